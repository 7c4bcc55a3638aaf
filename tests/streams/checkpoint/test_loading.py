from pathlib import Path

import numpy as np
import pytest

from streams.checkpoint import CheckpointWriter, checkpoints, load, save
from streams.checkpoint.frame import Head, Origin, Table
from streams.checkpoint.loading import check_origin, latest_number
from streams.checkpoint.naming import Listing
from streams.disk import LocalDisk
from streams.errors import CheckpointCorruptError, CheckpointError

GOLDEN = Path(__file__).parent / "golden"


def value(n):
    """An array that differs from save to save in one of its ten pages."""
    array = np.zeros(5120, np.int64)
    array[: n + 1] = n
    return array


@pytest.fixture
def chain(tmp_path):
    """Saves 1 to 5: a whole one, two deltas, a whole one, a delta."""
    for numbers in ((1, 2, 3), (4, 5)):
        with CheckpointWriter(tmp_path) as writer:
            for n in numbers:
                writer.begin({"s": {"x": value(n)}, "raw": b"%d" % n}, {"n": n})
                writer.commit()
    return tmp_path


def same(found, n):
    assert (found.number, found.meta["n"]) == (n, n)
    assert found.sections["raw"] == b"%d" % n
    assert found.arrays("s")["x"].tobytes() == value(n).tobytes()


def test_newest_is_whole_one_and_its_deltas(chain):
    found = load(chain)
    same(found, 5)
    assert found.path.name == "checkpoint-000000000004.delta"
    found.arrays("s")["x"][:] = 1


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_any_that_is_kept_is_loaded_by_its_number(chain, n):
    same(load(chain, number=n), n)


def test_number_beyond_what_is_kept(chain):
    same(load(chain, number=99), 5)
    assert load(chain, number=0) is None


def test_heads_tell_all_that_is_kept(chain):
    found = checkpoints(chain)
    assert [(one.number, one.meta["n"]) for one in found] == [
        (n, n) for n in range(1, 6)
    ]
    assert {one.generation for one in found} == {0}
    assert found[4].path.name == "checkpoint-000000000004.delta"


def test_heads_are_read_without_bodies(tmp_path, monkeypatch):
    save(tmp_path, {"s": {"x": np.zeros(1 << 20)}}, meta={"n": 1})
    n_read = []
    whole = LocalDisk.read

    def read(disk, path, **part):
        data = whole(disk, path, **part)
        n_read.append(len(data))
        return data

    monkeypatch.setattr(LocalDisk, "read", read)
    assert len(checkpoints(tmp_path)) == 1
    assert sum(n_read) < 1000


def test_flip_of_any_byte_of_a_whole_one_falls_back_and_says_so(chain):
    newest = chain / "checkpoint-000000000004.ckpt"
    whole = newest.read_bytes()
    for byte in [*range(400), *range(400, len(whole), 997)]:
        newest.write_bytes(
            whole[:byte] + bytes([whole[byte] ^ 0x10]) + whole[byte + 1 :]
        )
        found = load(chain)
        same(found, 3)
        assert [one.path for one in found.rejected] == [newest]


def test_cut_at_any_byte_falls_back(chain):
    newest = chain / "checkpoint-000000000004.ckpt"
    whole = newest.read_bytes()
    for length in [*range(400), *range(400, len(whole), 997)]:
        newest.write_bytes(whole[:length])
        same(load(chain), 3)


@pytest.mark.parametrize("change", ["flip", "cut"])
def test_damage_of_deltas_leaves_those_before(chain, change):
    (chain / "checkpoint-000000000004.ckpt").unlink()
    path = chain / "checkpoint-000000000001.delta"
    whole = path.read_bytes()
    first = next(checkpoints_end(whole))
    for byte in range(0, len(whole), 131):
        if change == "flip":
            path.write_bytes(
                whole[:byte] + bytes([whole[byte] ^ 1]) + whole[byte + 1 :]
            )
        else:
            path.write_bytes(whole[:byte])
        found = load(chain)
        same(found, 1 if byte < first else 2)
        expected = 0 if change == "cut" and byte in {0, first} else 1
        assert len(found.rejected) == expected
        heads = [one.number for one in checkpoints(chain)]
        assert heads[: found.number] == list(range(1, found.number + 1))


def checkpoints_end(deltas):
    """Ends of the deltas in a file: each begins with its magic."""
    place = deltas.find(b"MSCD", 4)
    while place >= 0:
        yield place
        place = deltas.find(b"MSCD", place + 4)


def test_deltas_of_another_whole_one_are_not_applied(chain):
    """The same file name and numbers, but not the bytes that they were made for."""
    deltas = (chain / "checkpoint-000000000001.delta").read_bytes()
    (chain / "checkpoint-000000000004.delta").write_bytes(deltas)
    found = load(chain)
    same(found, 4)
    assert "must be Origin(number=4" in found.rejected[0].reason


def test_origin_must_be_exact():
    head = Head(Table({}, [], [], Origin(1, 2, 3)), 0, 0, 0, 0)
    check_origin(head, Origin(1, 2, 3))
    for other in (Origin(2, 2, 3), Origin(1, 3, 3), Origin(1, 2, 4)):
        with pytest.raises(CheckpointCorruptError, match="sequence=3"):
            check_origin(head, other)


def test_folder_without_a_whole_one_is_an_error(chain):
    for path in chain.glob("*.ckpt"):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CheckpointCorruptError, match=r"none is whole: .*4.ckpt: cut"):
        load(chain)


def test_folder_never_saved_into_holds_none(tmp_path):
    assert load(tmp_path / "nowhere") is None
    assert checkpoints(tmp_path / "nowhere") == []


def test_file_that_its_owner_replaces_meanwhile_is_looked_for_again(chain, monkeypatch):
    whole = LocalDisk.read
    gone = chain / "checkpoint-000000000004.ckpt"

    def read(disk, path, **part):
        if path == gone and gone.exists():
            gone.unlink()
        return whole(disk, path, **part)

    monkeypatch.setattr(LocalDisk, "read", read)
    same(load(chain), 3)


def test_files_that_keep_going_end_in_an_error(chain, monkeypatch):
    def read(disk, path, **part):
        raise FileNotFoundError(path)

    monkeypatch.setattr(LocalDisk, "read", read)
    with pytest.raises(CheckpointError, match="faster than they can be read"):
        load(chain)
    assert checkpoints(chain) == []


def test_latest_number_counts_deltas(chain):
    disk = LocalDisk()
    assert latest_number(disk, chain, Listing.of(disk, chain)) == 5


def golden(found):
    kind = np.dtype(
        [("id", "i4"), ("at", [("x", "f8"), ("y", "f8")]), ("v", "f4", (2,))]
    )
    assert found.meta == {
        "network_hash": "ab12",
        "position": {"log/0": 7},
        "types": [],
    }
    assert found.sections["raw"] == b"bytes \x00\xff"
    assert found.sections["empty"] == {}
    arrays = found.arrays("state")
    assert arrays["table"].dtype == kind
    assert arrays["table"]["at"]["y"].tolist() == [0.5, 1.5, 2.5]
    assert arrays["table"]["v"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert arrays["grid"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert arrays["words"].tolist() == ["a", "bcd"]
    assert arrays["none"].shape == (0, 4)
    arrays["grid"][0, 0] = 9


def test_checkpoint_of_version_1_is_read_for_ever():
    found = load(GOLDEN / "v1")
    golden(found)
    assert (found.number, found.generation, found.rejected) == (1, 0, ())
    (head,) = checkpoints(GOLDEN / "v1")
    assert (head.number, head.meta) == (1, found.meta)


def test_damaged_checkpoint_of_version_1_is_refused(tmp_path):
    (path,) = (GOLDEN / "v1").iterdir()
    whole = path.read_bytes()
    for byte in range(len(whole)):
        broken = whole[:byte] + bytes([whole[byte] ^ 0x20]) + whole[byte + 1 :]
        (tmp_path / path.name).write_bytes(broken)
        with pytest.raises(CheckpointCorruptError):
            load(tmp_path)
        (tmp_path / path.name).write_bytes(whole[:byte])
        with pytest.raises(CheckpointCorruptError):
            load(tmp_path)


def test_checkpoint_of_version_2_is_read_for_ever():
    """A whole one of generation 3, and a delta in which an array grew."""
    whole = load(GOLDEN / "v2", number=1)
    golden(whole)
    assert (whole.number, whole.generation) == (1, 3)
    assert whole.arrays("state")["long"].tolist() == [0] * 2000
    found = load(GOLDEN / "v2")
    golden(found)
    assert (found.number, found.generation, found.rejected) == (2, 3, ())
    assert found.arrays("state")["long"].tolist() == [*[0] * 1999, 5, *[6] * 3]
    assert [one.number for one in checkpoints(GOLDEN / "v2")] == [1, 2]
