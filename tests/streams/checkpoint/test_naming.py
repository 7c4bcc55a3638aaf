from pathlib import Path

import pytest

from streams.checkpoint.naming import DELTA, UNFINISHED, Listing, SaveName

FOLDER = Path("checkpoints")


@pytest.mark.parametrize("kind", [".ckpt", DELTA, UNFINISHED])
@pytest.mark.parametrize(
    "name", [SaveName(0, 1), SaveName(12, 345), SaveName(10**7, 10**13)]
)
def test_name_is_read_back_from_its_file(name, kind):
    assert SaveName.parse(name.file(kind), kind) == name
    assert SaveName.parse(name.file(kind), ".other") is None


@pytest.mark.parametrize(
    "file",
    [
        "checkpoint-1.ckpt",
        "checkpoint-g1-000000000001.ckpt",
        "dead",
        "checkpoint-.ckpt",
    ],
)
def test_other_files_are_no_checkpoints(file):
    assert SaveName.parse(file) is None


def test_generation_comes_before_number():
    names = [SaveName(1, 2), SaveName(0, 9), SaveName(1, 1), SaveName(0, 10)]
    assert sorted(names) == [names[1], names[3], names[2], names[0]]


def test_listing_sorts_each_kind(faulty_disk):
    disk = faulty_disk()
    for file in (
        SaveName(1, 8).file(),
        SaveName(0, 7).file(),
        SaveName(1, 9).file(DELTA),
        SaveName(2, 9).file(UNFINISHED),
        "letters",
    ):
        disk.write(FOLDER / file, [b""])
    listing = Listing.of(disk, FOLDER)
    assert listing.whole == (SaveName(0, 7), SaveName(1, 8))
    assert listing.deltas == (SaveName(1, 9),)
    assert listing.unfinished == (SaveName(2, 9),)
    assert listing.newest == SaveName(1, 9)
    assert Listing.of(disk, Path("nowhere")).newest is None
