import pytest

from streams.errors import LogError
from streams.log import LogProblem, LogWriter, stat, verify
from streams.log.segments import segment_paths


@pytest.fixture
def folder(tmp_path):
    with LogWriter(tmp_path, segment_bytes=1) as log:
        for index in range(3):
            log.append([b"v%d" % index, b"w"], timestamps_us=[index, 100 + index])
    return tmp_path


def flip(path, byte):
    data = bytearray(path.read_bytes())
    data[byte] ^= 1
    path.write_bytes(data)


def test_stat_counts_what_was_appended(folder):
    found = stat(folder)
    assert (found.start_offset, found.end_offset, found.n_records) == (0, 6, 6)
    assert (found.n_frames, found.n_segments) == (3, 3)
    assert (found.time_us_min, found.time_us_max) == (0, 102)
    assert found.n_bytes == sum(p.stat().st_size for p in segment_paths(folder))
    assert found.problems == ()


def test_verify_finds_a_changed_byte_that_headers_do_not_show(folder):
    path = segment_paths(folder)[1]
    flip(path, 64)
    assert stat(folder).problems == ()
    assert verify(folder).problems == (
        LogProblem(path.name, 0, "the checksum of the frame is wrong", is_torn=False),
    )


def test_verify_calls_only_the_last_frame_torn(folder):
    for path in (segment_paths(folder)[0], segment_paths(folder)[-1]):
        path.write_bytes(path.read_bytes()[:-1])
    assert [problem.is_torn for problem in verify(folder).problems] == [False, True]


def test_verify_finds_a_missing_segment(folder):
    segment_paths(folder)[1].unlink()
    (problem,) = verify(folder).problems
    assert "ends at offset 2" in problem.reason


def test_empty_log_holds_nothing(tmp_path):
    found = stat(tmp_path)
    assert (found.n_records, found.time_us_min, found.problems) == (0, None, ())
    with pytest.raises(LogError, match="no such folder"):
        verify(tmp_path / "nowhere")
