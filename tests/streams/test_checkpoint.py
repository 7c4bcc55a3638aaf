import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from streams import checkpoint
from streams.errors import (
    CheckpointCorruptError,
    CheckpointError,
    CheckpointMismatchError,
    CheckpointWriteError,
)

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
    checkpoint.save(folder, {"arrays": arrays, "raw": raw}, meta={"n": 1})
    loaded = checkpoint.load(folder)
    assert loaded.sections["raw"] == raw
    assert loaded.meta == {"n": 1}
    found = loaded.arrays("arrays")
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_structured_and_strided_arrays_come_back_writable(tmp_path):
    kind = np.dtype(
        [("id", "i4"), ("at", [("x", "f8"), ("y", "f8")]), ("v", "f4", (2,))]
    )
    table = np.zeros(3, kind)
    table["at"]["y"] = [1, 2, 3]
    grid = np.arange(12.0).reshape(3, 4)
    checkpoint.save(tmp_path, {"s": {"t": table, "g": grid[:, ::2]}}, meta={})
    arrays = checkpoint.load(tmp_path).arrays("s")
    assert arrays["t"].dtype == kind
    assert arrays["t"]["at"]["y"].tolist() == [1, 2, 3]
    assert arrays["g"].tolist() == grid[:, ::2].tolist()
    arrays["g"][0, 0] = 7.0


def save_numbers(folder, *numbers):
    return [
        checkpoint.save(folder, {"s": {"x": np.full(50, n)}}, meta={"n": n})
        for n in numbers
    ]


def test_newest_and_one_before_are_kept(tmp_path):
    paths = save_numbers(tmp_path, 1, 2, 3)
    assert sorted(tmp_path.iterdir()) == paths[1:]
    loaded = checkpoint.load(tmp_path)
    assert (loaded.number, loaded.meta["n"], loaded.rejected) == (3, 3, ())


def test_flip_of_any_byte_falls_back_to_the_one_before_and_says_so(tmp_path):
    _, newest = save_numbers(tmp_path, 1, 2)
    whole = newest.read_bytes()
    for byte in range(0, len(whole), 7):
        broken = bytearray(whole)
        broken[byte] ^= 0x10
        newest.write_bytes(broken)
        loaded = checkpoint.load(tmp_path)
        assert loaded.meta["n"] == 1
        assert [one.path for one in loaded.rejected] == [newest]


def test_save_after_damage_keeps_the_last_whole_one(tmp_path):
    good, damaged = save_numbers(tmp_path, 1, 2)
    damaged.write_bytes(b"")
    (newest,) = save_numbers(tmp_path, 3)
    assert sorted(tmp_path.iterdir()) == [good, newest]
    newest.write_bytes(newest.read_bytes()[:-5])
    assert checkpoint.load(tmp_path).meta["n"] == 1


def test_cut_at_any_byte_falls_back_to_the_one_before(tmp_path):
    _, newest = save_numbers(tmp_path, 1, 2)
    whole = newest.read_bytes()
    for length in range(0, len(whole), 11):
        newest.write_bytes(whole[:length])
        assert checkpoint.load(tmp_path).meta["n"] == 1


def test_folder_without_a_whole_one_is_an_error(tmp_path):
    for path in save_numbers(tmp_path, 1, 2):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        CheckpointCorruptError, match=r"none is whole: .*torn or changed"
    ):
        checkpoint.load(tmp_path)


def test_folder_never_saved_into_holds_none(tmp_path):
    assert checkpoint.load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("step", ["fsync", "write", "replace"])
def test_failing_disk_leaves_the_folder_as_it_was(tmp_path, monkeypatch, step):
    (path,) = save_numbers(tmp_path, 1)

    def fail(*_):
        raise OSError(28, "No space left on device")

    target = {
        "fsync": (os, "fsync"),
        "write": (checkpoint, "_write"),
        "replace": (type(path), "replace"),
    }[step]
    monkeypatch.setattr(*target, fail)
    with pytest.raises(CheckpointWriteError, match="No space left on device"):
        save_numbers(tmp_path, 2)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == [path]
    assert checkpoint.load(tmp_path).meta["n"] == 1


def test_checkpoint_of_another_network_is_refused(tmp_path):
    checkpoint.save(tmp_path, {"raw": b""}, meta={"network_hash": "aa"})
    loaded = checkpoint.load(tmp_path)
    loaded.require(network_hash="aa")
    with pytest.raises(
        CheckpointMismatchError, match="network_hash must be 'bb', was 'aa'"
    ):
        loaded.require(network_hash="bb")
    with pytest.raises(CheckpointMismatchError, match="no section of arrays 'raw'"):
        loaded.arrays("raw")


def test_newer_version_is_named_not_taken_for_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "VERSION", 2)
    save_numbers(tmp_path, 1)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="version must be 1, was 2"):
        checkpoint.load(tmp_path)


def test_array_of_objects_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"array 's\.x': holds Python objects"):
        checkpoint.save(tmp_path, {"s": {"x": np.array([{}])}}, meta={})


SAVER = """
import sys, itertools
from pathlib import Path
import numpy as np
from streams import checkpoint
for n in itertools.count(1):
    checkpoint.save(Path(sys.argv[1]), {"s": {"x": np.full(20000, n)}}, meta={"n": n})
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
        loaded = checkpoint.load(folder)
        assert loaded.rejected == ()
        assert loaded.meta["n"] >= (int(lines[-2]) if len(lines) > 1 else 1)
        assert (loaded.arrays("s")["x"] == loaded.meta["n"]).all()
        checkpoint.save(folder, {}, meta={"n": 0})
        assert checkpoint.load(folder).meta["n"] == 0
