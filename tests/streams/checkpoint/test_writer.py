import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from streams.checkpoint import CheckpointWriter, load, save
from streams.disk import LocalDisk
from streams.errors import (
    CheckpointError,
    CheckpointFencedError,
    CheckpointWriteError,
)

FOLDER = Path("checkpoints")
ANY_ARRAY = hnp.arrays(
    dtype=st.sampled_from(
        [np.int64, np.float64, np.int32, np.bool_, "U3", "S4", "M8[us]"]
    ),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    arrays=st.dictionaries(st.text(max_size=4), ANY_ARRAY, max_size=3),
    raw=st.binary(max_size=200),
)
def test_any_section_comes_back_bit_for_bit(tmp_path_factory, arrays, raw):
    folder = tmp_path_factory.mktemp("checkpoints")
    save(folder, {"arrays": arrays, "raw": raw}, meta={"n": 1})
    loaded = load(folder)
    assert loaded.sections["raw"] == raw
    assert loaded.meta == {"n": 1}
    found = loaded.arrays("arrays")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    saves=st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", "c"]), ANY_ARRAY | st.binary(), max_size=3
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_deltas_of_any_sections_come_back_bit_for_bit(faulty_disk, saves):
    """Sections come and go, change type and length; most saves here are deltas."""
    disk = faulty_disk()
    big = np.zeros(1 << 13)
    writer = CheckpointWriter(FOLDER, disk=disk)
    for n, given_arrays in enumerate(saves):
        sections = {
            name: part if isinstance(part, bytes) else {"x": part}
            for name, part in given_arrays.items()
        }
        writer.begin({**sections, "big": {"x": big}}, {"n": n})
        writer.commit()
        found = load(FOLDER, disk=disk)
        assert found.meta == {"n": n}
        assert list(found.sections) == [*sections, "big"]
        for name, part in sections.items():
            if isinstance(part, bytes):
                assert found.sections[name] == part
                continue
            array = found.arrays(name)["x"]
            assert (array.dtype, array.shape) == (part["x"].dtype, part["x"].shape)
            assert array.tobytes() == part["x"].tobytes()
    assert len([name for name in disk.log if name.startswith("rename")]) == 1


def value(n):
    array = np.zeros(5120, np.int64)
    array[: n + 1] = n
    return array


def save_numbers(folder, *numbers, **options):
    return [
        save(folder, {"s": {"x": value(n)}}, meta={"n": n}, **options) for n in numbers
    ]


def commit(writer, *numbers):
    for n in numbers:
        writer.begin({"s": {"x": value(n)}}, {"n": n})
        path = writer.commit()
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_newest_and_one_before_are_kept(tmp_path):
    paths = save_numbers(tmp_path, 1, 2, 3)
    assert sorted(tmp_path.iterdir()) == paths[1:]
    loaded = load(tmp_path)
    assert (loaded.number, loaded.meta["n"], loaded.rejected) == (3, 3, ())


def test_more_are_kept_when_asked_for(tmp_path):
    paths = save_numbers(tmp_path, 1, 2, 3, 4, 5, keep=4)
    assert sorted(tmp_path.iterdir()) == paths[1:]
    assert load(tmp_path, number=3).meta["n"] == 3


def test_save_after_damage_keeps_the_last_whole_one(tmp_path):
    good, damaged = save_numbers(tmp_path, 1, 2)
    damaged.write_bytes(b"")
    (newest,) = save_numbers(tmp_path, 3)
    assert sorted(tmp_path.iterdir()) == [good, newest]
    newest.write_bytes(newest.read_bytes()[:-5])
    assert load(tmp_path).meta["n"] == 1


def test_whole_one_is_due_when_deltas_are_half_of_it(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        kinds = [commit(writer, n).suffix for n in range(12)]
    assert kinds[:4] == [".ckpt", ".delta", ".delta", ".delta"]
    assert kinds.count(".ckpt") in {3, 4}
    assert load(tmp_path).meta["n"] == 11
    assert len(list(tmp_path.glob("*.ckpt"))) == 2
    assert len(list(tmp_path.glob("*.delta"))) <= 2


def test_change_of_everything_is_saved_whole(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        for n in (1, 2):
            writer.begin({"s": {"x": np.full(9000, n)}}, {})
            assert writer.commit().suffix == ".ckpt"


def test_writer_does_not_read_again_what_it_wrote(tmp_path, monkeypatch):
    with CheckpointWriter(tmp_path) as writer:
        commit(writer, 1)
        monkeypatch.setattr(LocalDisk, "read", None)
        for n in range(2, 20):
            commit(writer, n)


def test_file_that_is_no_longer_needed_is_written_over(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        for n in (1, 2, 3, 4):
            writer.begin({"s": {"x": np.full(9000 - n, n)}}, {"n": n})
            inode = writer.commit().stat().st_ino
            if n == 3:
                (spare,) = tmp_path.glob("*.tmp")
                assert spare.stat().st_ino != inode
                spare_inode = spare.stat().st_ino
        assert inode == spare_inode
    assert (load(tmp_path).arrays("s")["x"] == np.full(8996, 4)).all()
    assert not list(tmp_path.glob("*.tmp"))


def test_spare_file_that_somebody_removed_is_done_without(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        for n in (1, 2, 3, 4):
            writer.begin({"s": {"x": np.full(9000, n)}}, {"n": n})
            writer.commit()
            for spare in tmp_path.glob("*.tmp"):
                spare.unlink()
    assert load(tmp_path).meta["n"] == 4


def test_unfinished_files_of_a_crash_are_removed(tmp_path):
    (tmp_path / "checkpoint-g000001-000000000001.tmp").write_bytes(b"torn")
    save_numbers(tmp_path, 1, generation=2)
    assert names(tmp_path) == ["checkpoint-g000002-000000000001.ckpt"]


def test_later_owner_wins_whatever_the_earlier_one_saves(tmp_path):
    earlier = CheckpointWriter(tmp_path, generation=1)
    commit(earlier, 1, 2, 3)
    later = CheckpointWriter(tmp_path, generation=2)
    commit(later, 4)
    for write in (lambda: commit(earlier, 5), lambda: save_numbers(tmp_path, 5)):
        with pytest.raises(CheckpointFencedError, match=r"generation 2, was [01]"):
            write()
    found = load(tmp_path)
    assert (found.generation, found.number, found.meta["n"]) == (2, 4, 4)


def test_earlier_owner_who_is_overtaken_while_writing_is_fenced(tmp_path):
    """The later one saves between the first look of the earlier one and its rename."""

    class Slow(LocalDisk):
        def sync(self, path):
            super().sync(path)
            if not list(tmp_path.glob("*g000002*")):
                save_numbers(tmp_path, 2, generation=2)

    with pytest.raises(CheckpointFencedError):
        save_numbers(tmp_path, 1, generation=1, disk=Slow())
    assert names(tmp_path) == ["checkpoint-g000002-000000000001.ckpt"]


def test_file_of_an_overtaken_owner_never_comes_first(tmp_path):
    """Even if it slipped through with a higher number, by a race or by hand."""
    save_numbers(tmp_path, 1, 2, 3, generation=1)
    late = tmp_path / "checkpoint-g000001-000000000003.ckpt"
    kept = late.read_bytes()
    save_numbers(tmp_path, 4, generation=2)
    (tmp_path / "checkpoint-g000001-000000000099.ckpt").write_bytes(kept)
    assert load(tmp_path).meta["n"] == 4


@pytest.mark.parametrize(("name", "least"), [("generation", 0), ("keep", 2)])
def test_option_out_of_its_range_is_refused(tmp_path, name, least):
    with pytest.raises(CheckpointError, match=f"{name}: must be >= {least}, was"):
        CheckpointWriter(tmp_path, **{name: least - 1})


def test_write_without_begin_is_refused(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        for call in (writer.commit, writer.start):
            with pytest.raises(CheckpointError, match="nothing was begun"):
                call()
        commit(writer, 1)
        with pytest.raises(CheckpointError, match="nothing was begun"):
            writer.commit()


def test_array_of_objects_is_refused_and_nothing_begun(tmp_path):
    with CheckpointWriter(tmp_path) as writer:
        with pytest.raises(CheckpointError, match="holds Python objects"):
            writer.begin({"s": {"x": np.array([{}])}}, {})
        with pytest.raises(CheckpointError, match="nothing was begun"):
            writer.commit()


def test_write_in_a_thread_lets_the_arrays_change(tmp_path):
    go = threading.Event()

    class Slow(LocalDisk):
        def sync(self, path):
            assert go.wait(60)
            super().sync(path)

    array = value(3)
    with CheckpointWriter(tmp_path, disk=Slow()) as writer:
        writer.begin({"s": {"x": array}}, {"n": 3})
        writer.start()
        array[:] = -1
        assert writer.busy
        assert load(tmp_path) is None
        go.set()
        path = writer.wait()
        assert not writer.busy
        assert writer.wait() is None
    assert path == load(tmp_path).path
    assert (load(tmp_path).arrays("s")["x"] == value(3)).all()


def test_failure_in_a_thread_is_raised_by_the_next_call(faulty_disk):
    writer = CheckpointWriter(FOLDER, disk=faulty_disk(fail_at=(1,)))
    writer.begin({"s": {"x": value(1)}}, {"n": 1})
    writer.start()
    with pytest.raises(CheckpointWriteError, match="No space left on device"):
        writer.begin({}, {})
    writer.close()


SAVER = """
import sys, itertools
from pathlib import Path
import numpy as np
from streams.checkpoint import CheckpointWriter
array = np.zeros(20000, np.int64)
with CheckpointWriter(Path(sys.argv[1])) as writer:
    for n in itertools.count(1):
        array[: n % 3000 + 1] = n
        writer.begin({"s": {"x": array}}, {"n": n, "sum": int(array.sum())})
        writer.commit()
        print(n, flush=True)
"""


@pytest.mark.slow
def test_saver_killed_at_random_moments_leaves_what_it_acknowledged(tmp_path):
    generator = np.random.default_rng(5)
    for index in range(6):
        folder = tmp_path / str(index)
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            process.stdout.readline()
            time.sleep(generator.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            lines = process.stdout.read().split("\n")
        loaded = load(folder)
        assert loaded.meta["n"] >= (int(lines[-2]) if len(lines) > 1 else 1)
        assert loaded.arrays("s")["x"].sum() == loaded.meta["sum"]
        save(folder, {}, meta={"n": 0})
        assert load(folder).meta["n"] == 0
