"""The disk crashes or fails at each operation: what is found afterwards?"""

import errno
from pathlib import Path

import numpy as np
import pytest

from streams.checkpoint import CheckpointWriter, load, save
from streams.checkpoint.files import Files
from streams.errors import (
    CheckpointCorruptError,
    CheckpointError,
    CheckpointWriteError,
)

FOLDER = Path("checkpoints")
N_SAVES = 14


def sections(n):
    """A page that changes from save to save, some that stay, and some that grow.

    At every fourth save all of them change, so that it must be a whole one.
    """
    array = np.full(10240, n // 4)
    array[:n] = n
    return {"s": {"x": array, "grown": np.arange(n * 100)}, "raw": b"%d" % n}


def same(found, n):
    assert found.meta == {"n": n}
    assert found.sections["raw"] == b"%d" % n
    for name, array in sections(n)["s"].items():
        assert found.arrays("s")[name].tobytes() == array.tobytes()


def saved_until_crash(disk, crash, first=1):
    """Save again and again until the disk crashes; return the last acknowledged."""
    acknowledged = first - 1
    try:
        writer = CheckpointWriter(FOLDER, disk=disk)
        for n in range(first, first + N_SAVES):
            writer.begin(sections(n), {"n": n})
            writer.commit()
            acknowledged = n
    except crash:
        pass
    return acknowledged


def n_operations(disk, crash):
    saved_until_crash(disk, crash)
    return disk.n_operations


def test_saves_are_of_both_kinds(faulty_disk, disk_crash):
    disk = faulty_disk()
    assert saved_until_crash(disk, disk_crash) == N_SAVES
    kinds = [line.split()[0] for line in disk.log]
    assert kinds.count("rename") >= 3
    assert kinds.count("append") >= 2
    assert kinds.count("unlink") >= 2
    # The first one was put in its place, and later written over.
    assert disk.log.count("rename checkpoint-000000000001.tmp") == 2


@pytest.mark.parametrize("seed", range(6))
def test_crash_at_every_operation_leaves_the_new_or_the_last_one_whole(
    faulty_disk, disk_crash, seed
):
    for crash_at in range(1, n_operations(faulty_disk(), disk_crash) + 1):
        disk = faulty_disk(1000 * seed + crash_at, crash_at=crash_at)
        acknowledged = saved_until_crash(disk, disk_crash)
        again = disk.after_crash()
        found = load(FOLDER, disk=again)
        if found is None:
            assert acknowledged == 0
            continue
        assert found.meta["n"] in {acknowledged, acknowledged + 1}
        assert found.meta["n"] > 0
        same(found, found.meta["n"])


def test_second_crash_after_the_first_loses_no_more(faulty_disk, disk_crash):
    random = np.random.default_rng(1)
    n = n_operations(faulty_disk(), disk_crash)
    for seed in range(100):
        disk = faulty_disk(seed, crash_at=int(random.integers(1, n + 1)))
        acknowledged = saved_until_crash(disk, disk_crash)
        for _ in range(3):
            disk = disk.after_crash()
            found = load(FOLDER, disk=disk)
            there = 0 if found is None else found.meta["n"]
            assert acknowledged <= there <= acknowledged + 1
            disk.crash_at = int(random.integers(1, n + 1))
            acknowledged = saved_until_crash(disk, disk_crash, first=there + 1)
        found = load(FOLDER, disk=disk.after_crash())
        if found is not None:
            same(found, found.meta["n"])


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_failure_at_every_operation_is_told_and_gone_on_from(
    faulty_disk, disk_crash, error
):
    for fail_at in range(1, n_operations(faulty_disk(), disk_crash) + 1):
        disk = faulty_disk(fail_at, fail_at=(fail_at,), error=error)
        writer = CheckpointWriter(FOLDER, disk=disk)
        n_failed = 0
        for n in range(1, N_SAVES + 1):
            before = load(FOLDER, disk=disk)
            writer.begin(sections(n), {"n": n})
            try:
                writer.commit()
            except CheckpointWriteError:
                n_failed += 1
                found = load(FOLDER, disk=disk)
                allowed = {n, None if before is None else before.meta["n"]}
                assert (None if found is None else found.meta["n"]) in allowed
            else:
                same(load(FOLDER, disk=disk), n)
        assert n_failed == 1


def test_full_disk_leaves_what_is_there(faulty_disk):
    disk = faulty_disk()
    save(FOLDER, sections(1), meta={"n": 1}, disk=disk)
    files = dict(disk.names)
    disk.fail_at = range(disk.n_operations + 1, 10**6)
    for _ in range(3):
        with pytest.raises(CheckpointWriteError, match=r"written: No space left"):
            save(FOLDER, sections(2), meta={"n": 2}, disk=disk)
    disk.fail_at = ()
    same(load(FOLDER, disk=disk), 1)
    assert files.items() <= disk.names.items()
    save(FOLDER, sections(3), meta={"n": 3}, disk=disk)
    same(load(FOLDER, disk=disk), 3)
    assert not [path for path in disk.names if path.suffix == ".tmp"]


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointWriteError, match=r"file/sub'?: cannot be written"):
        save(tmp_path / "file" / "sub", {}, meta={})


def test_flip_of_any_byte_on_the_disk_is_never_loaded(faulty_disk, disk_crash):
    """Whatever is loaded is one of the saves, whole."""
    disk = faulty_disk()
    saved_until_crash(disk, disk_crash)
    random = np.random.default_rng(3)
    files = sorted(disk.names)
    for _ in range(400):
        content = disk.names[files[random.integers(len(files))]].content
        place, bit = random.integers(len(content)), 1 << random.integers(8)
        content[place] ^= bit
        found = load(FOLDER, disk=disk)
        same(found, found.meta["n"])
        content[place] ^= bit


def test_damage_of_everything_is_an_error_not_a_start_from_nothing(faulty_disk):
    disk = faulty_disk()
    save(FOLDER, sections(1), meta={"n": 1}, disk=disk)
    for file in disk.names.values():
        file.content[50] ^= 1
    with pytest.raises(CheckpointCorruptError, match="none is whole"):
        load(FOLDER, disk=disk)


def test_generation_and_keep_have_a_least_value(faulty_disk):
    with pytest.raises(CheckpointError, match="keep: must be >= 2, was 1"):
        Files(FOLDER, generation=0, keep=1, disk=faulty_disk())
