import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.errors import LogCorruptError, LogError, PositionError
from streams.log import LogReader, LogWriter
from streams.records import Position


def drain(reader, max_records=100):
    found = []
    while batch := reader.poll(0, max_records):
        assert len(batch) <= max_records
        found += zip(batch.offsets.tolist(), batch.values(), strict=True)
    return found


@settings(max_examples=40, deadline=None)
@given(
    batches=st.lists(
        st.lists(st.binary(max_size=30), min_size=1, max_size=5), max_size=6
    ),
    segment_bytes=st.sampled_from([1, 200, 10**6]),
    data=st.data(),
)
def test_any_batches_read_in_any_slices_from_any_offset_are_the_same_bytes(
    tmp_path_factory, batches, segment_bytes, data
):
    max_records = data.draw(st.integers(1, 7))
    folder = tmp_path_factory.mktemp("log")
    with LogWriter(folder, segment_bytes=segment_bytes, fsync="close") as log:
        for batch in batches:
            log.append(batch)
    expected = list(enumerate(value for batch in batches for value in batch))
    reader = LogReader(folder)
    assert drain(reader, max_records) == expected
    assert reader.position() == reader.end_position()
    start = data.draw(st.integers(0, len(expected)))
    reader.seek(Position({"log/0": start}))
    assert drain(reader, max_records) == expected[start:]


@pytest.fixture
def folder(tmp_path):
    """Frames with times 10, (30, 20), then one of event times 100..200."""
    with LogWriter(tmp_path, segment_bytes=1) as log:
        log.append([b"a"], timestamps_us=10)
        log.append([b"b", b"c"], timestamps_us=[30, 20])
        log.append([b"d", b"e"], timestamps_us=31, event_times_us=(100, 200))
    return tmp_path


@pytest.mark.parametrize(
    ("time_us", "offset"),
    [(0, 0), (10, 0), (11, 1), (30, 1), (31, 3), (150, 3), (200, 3), (201, 5)],
)
def test_seek_time_continues_at_the_first_record_that_may_be_that_late(
    folder, time_us, offset
):
    reader = LogReader(folder)
    reader.seek_time(time_us)
    assert reader.position() == Position({"log/0": offset})


def test_keys_headers_and_times_come_back(tmp_path):
    with LogWriter(tmp_path) as log:
        log.append(
            [b"a", b"b"],
            keys=[None, b"k"],
            headers=[{"ce_id": b"1"}, {}],
            timestamps_us=[4, 5],
        )
    batch = LogReader(tmp_path).poll(0, 9)
    assert batch.keys == (None, b"k")
    assert batch.headers == ({"ce_id": b"1"}, {})
    assert batch.timestamps_us.tolist() == [4, 5]


def test_reader_follows_a_writer_over_segments(tmp_path):
    with LogWriter(tmp_path, segment_bytes=150) as log, LogReader(tmp_path) as reader:
        assert reader.poll(0, 9) is None
        for index in range(6):
            log.append([b"%d" % index])
            if index % 2:
                assert [value for _, value in drain(reader)] == [
                    b"%d" % (index - 1),
                    b"%d" % index,
                ]
        assert reader.poll(0.02, 9) is None
        assert reader.end_position() == Position({"log/0": 6})


def test_reader_stops_before_an_append_that_is_going_on(folder):
    path = max(folder.glob("*.seg"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    reader = LogReader(folder)
    assert len(drain(reader)) == 3
    assert reader.poll(0, 9) is None
    path.write_bytes(whole)
    assert [value for _, value in drain(reader)] == [b"d", b"e"]


@pytest.mark.parametrize("position", [{"log/0": 6}, {"log/1": 0}])
def test_seek_to_what_is_not_there_is_refused(folder, position):
    with pytest.raises(PositionError):
        LogReader(folder).seek(Position(position))


def test_log_whose_first_segments_are_gone_begins_later(folder):
    (folder / f"{0:020d}.seg").unlink()
    reader = LogReader(folder)
    assert reader.position() == Position({"log/0": 1})
    with pytest.raises(PositionError, match=r"offset must be in 1\.\.5, was 0"):
        reader.seek(Position({"log/0": 0}))


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(LogError, match="no such folder"):
        LogReader(tmp_path / "nowhere")


def test_values_are_mapped_aligned_and_never_copied(tmp_path):
    with LogWriter(tmp_path) as log:
        for size in (1, 100, 7):
            log.append([b"x" * size])
    with LogReader(tmp_path) as reader:
        for _ in range(3):
            batch = reader.poll(0, 1)
            values = np.frombuffer(batch.data, np.uint8)
            assert values.ctypes.data % 64 == 0
            assert values.flags.writeable
            assert len(batch.data) >= batch.ends[-1] + 16


def test_frames_of_older_logs_are_read_beside_new_ones(tmp_path, monkeypatch):
    with LogWriter(tmp_path) as log:
        with monkeypatch.context() as patch:
            patch.setattr("streams.log.frame.FRAME_ALIGNMENT", 8)
            log.append([b"a", b"bc"])
            log.append([b"d"], keys=[b"k"])
        log.append([b"e"])
    assert max(tmp_path.glob("*.seg")).stat().st_size % 64
    assert [value for _, value in drain(LogReader(tmp_path))] == [
        b"a",
        b"bc",
        b"d",
        b"e",
    ]


def test_segment_that_lost_bytes_since_it_was_opened_is_refused(tmp_path):
    with LogWriter(tmp_path) as log:
        for _ in range(3):
            log.append([b"x" * 9000])
    reader = LogReader(tmp_path)
    assert len(reader.poll(0, 1)) == 1
    with max(tmp_path.glob("*.seg")).open("r+b") as file:
        file.truncate(100)
    with pytest.raises(LogCorruptError, match="checksum"):
        reader.poll(0, 1)


def test_changed_bytes_in_a_sealed_segment_are_found_when_it_is_read(tmp_path):
    with LogWriter(tmp_path, segment_bytes=1) as log:
        log.append([b"aaaa"])
        log.append([b"bbbb"])
    path = min(tmp_path.glob("*.seg"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"aaaa", b"aaxa"))
    with pytest.raises(LogCorruptError, match="checksum"):
        LogReader(tmp_path).poll(0, 1)


def test_end_of_events_lies_behind_the_last_frame_that_may_hold_them(tmp_path):
    with LogWriter(tmp_path, segment_bytes=300) as log:
        for times in ((0, 9), (10, 30), (5, 40), (50, 60), (70, 80)):
            log.append([b"x" * 60, b"y"], event_times_us=times)
    reader = LogReader(tmp_path)
    assert len(list(tmp_path.glob("*.seg"))) > 1
    ends = {0: 2, 4: 2, 5: 6, 49: 6, 50: 8, 69: 8, 70: 10, 99: 10, -1: 0}
    found = {time: reader.end_of_events(time).of("log/0") for time in ends}
    assert found == ends


def test_frame_without_event_times_may_hold_any(tmp_path):
    with LogWriter(tmp_path) as log:
        log.append([b"a"], event_times_us=(5, 6))
        log.append([b"b"], timestamps_us=100)
        log.append([b"c"], event_times_us=(7, 8))
    assert LogReader(tmp_path).end_of_events(0) == Position({"log/0": 2})
