import hashlib
import random
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.errors import LogCorruptError
from streams.log import LogReader, LogWriter, verify
from streams.log.segments import segment_paths

WRITER = """
import hashlib, sys
from pathlib import Path
from streams.log import LogWriter

log = LogWriter(Path(sys.argv[1]), segment_bytes=20_000, fsync="close")
while True:
    first = log.end_offset
    n = 1 + first % 13
    log.append([hashlib.sha256(b"%d" % (first + i)).digest() * (i + 1)
                for i in range(n)])
    print(log.end_offset, flush=True)
"""


def read_all(folder):
    found = []
    with LogReader(folder) as reader:
        while batch := reader.poll(0, 1000):
            found += batch.values()
    return found


def write_frames(folder, batches, segment_bytes=10**6):
    """Write each batch as a frame; return where frames end in the last segment."""
    ends = [0]
    with LogWriter(folder, segment_bytes=segment_bytes) as log:
        for batch in batches:
            log.append(batch)
            ends.append(segment_paths(folder)[-1].stat().st_size)
    return ends


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(
        st.lists(st.binary(max_size=20), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    ),
    data=st.data(),
)
def test_truncating_at_any_byte_loses_only_the_last_frames(
    tmp_path_factory, batches, data
):
    folder = tmp_path_factory.mktemp("log")
    ends = write_frames(folder, batches)
    path = segment_paths(folder)[-1]
    cut = data.draw(st.integers(0, ends[-1]))
    with path.open("r+b") as file:
        file.truncate(cut)
    whole = max(index for index, end in enumerate(ends) if end <= cut)
    kept = [value for batch in batches[:whole] for value in batch]
    assert read_all(folder) == kept  # a reader stops before the torn frame
    with LogWriter(folder) as log:
        assert log.recovery.bytes_cut == cut - ends[whole]
        assert log.recovery.end_offset == len(kept)
        assert log.append([b"after"]) == len(kept)
    assert read_all(folder) == [*kept, b"after"]
    assert verify(folder).problems == ()


def test_torn_tail_is_reported(tmp_path):
    ends = write_frames(tmp_path, [[b"a", b"b"], [b"c"]])
    path = segment_paths(tmp_path)[-1]
    with path.open("r+b") as file:
        file.truncate(ends[2] - 3)
    with LogWriter(tmp_path) as log:
        recovery = log.recovery
    assert str(recovery) == (
        f"cut {ends[2] - 3 - ends[1]} bytes of an unfinished append from byte "
        f"{ends[1]} of {path.name}; the log ends at offset 2"
    )
    with LogWriter(tmp_path) as log:
        assert str(log.recovery).startswith("nothing to repair")


def test_zeros_that_a_power_cut_left_are_cut(tmp_path):
    ends = write_frames(tmp_path, [[b"a"], [b"b"]])
    path = segment_paths(tmp_path)[-1]
    with path.open("ab") as file:
        file.write(bytes(5000))
    assert read_all(tmp_path) == [b"a", b"b"]
    with LogWriter(tmp_path) as log:
        assert log.recovery.bytes_cut == 5000
    assert path.stat().st_size == ends[-1]


def test_changed_byte_before_whole_frames_is_refused_and_nothing_is_cut(tmp_path):
    ends = write_frames(tmp_path, [[b"a"], [b"b"], [b"c"]])
    path = segment_paths(tmp_path)[-1]
    broken = bytearray(path.read_bytes())
    broken[ends[1] + 66] ^= 4
    path.write_bytes(broken)
    for attempt in (LogWriter, LogReader):
        with pytest.raises(LogCorruptError, match=rf"{path.name}: byte {ends[1]}: "):
            attempt(tmp_path)
    assert path.read_bytes() == broken


def test_changed_header_before_whole_frames_is_refused(tmp_path):
    ends = write_frames(tmp_path, [[b"a"], [b"b"], [b"c"]])
    path = segment_paths(tmp_path)[-1]
    broken = bytearray(path.read_bytes())
    broken[ends[1] + 9] ^= 0x40  # its length now points far behind the file
    path.write_bytes(broken)
    with pytest.raises(LogCorruptError, match=f"byte {ends[1]}: no frame begins"):
        LogWriter(tmp_path)


def test_missing_segment_is_refused(tmp_path):
    write_frames(tmp_path, [[bytes(50)]] * 4, segment_bytes=1)
    segment_paths(tmp_path)[2].unlink()
    with pytest.raises(LogCorruptError, match="ends at offset 2, the next one"):
        LogWriter(tmp_path)


def kill_after(folder, delay_s):
    """Run the writer, kill it after a moment, return what it had acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline()
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().split("\n")
    return int(lines[-2]) if len(lines) > 1 else 0  # the last line may be torn


def check_killed(folder, n_kills, seed):
    generator = random.Random(seed)
    for _ in range(n_kills):
        acknowledged = kill_after(folder, generator.uniform(0, 0.05))
        with LogWriter(folder) as log:
            end = log.recovery.end_offset
        assert end >= acknowledged
    values = read_all(folder)
    assert verify(folder).problems == ()
    assert len(values) == end
    for offset, value in enumerate(values):
        digest = hashlib.sha256(b"%d" % offset).digest()
        assert value == digest * (len(value) // len(digest))


def test_log_killed_at_3_random_moments_is_a_verified_prefix(tmp_path):
    check_killed(tmp_path, n_kills=3, seed=1)


@pytest.mark.slow
def test_log_killed_at_20_random_moments_is_a_verified_prefix(tmp_path):
    check_killed(tmp_path, n_kills=20, seed=2)
