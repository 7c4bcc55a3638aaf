import pytest

from streams.errors import LogCorruptError, LogError
from streams.log.frame import encode_frame
from streams.log.segments import Segment, check_sealed, segment_path, segment_paths

FRAMES = [
    encode_frame(10, [b"a", b"b"], timestamps_us=[5, 9]),
    encode_frame(12, [b"c"], timestamps_us=7),
    encode_frame(13, [b"d" * 40, b"e"], timestamps_us=[20, 11]),
]


@pytest.fixture
def segment(tmp_path):
    path = segment_path(tmp_path, 10)
    path.write_bytes(b"".join(FRAMES))
    return Segment(path)


def test_walk_finds_frames_by_offset_and_by_time(segment):
    assert segment.walk(checksums=True) is None
    second, third = len(FRAMES[0]), len(FRAMES[0]) + len(FRAMES[1])
    assert [segment.frame_of_offset(offset) for offset in range(10, 15)] == [
        0,
        0,
        second,
        third,
        third,
    ]
    # The second frame's times are behind those of the first: nothing begins there.
    assert [segment.frame_of_time(t) for t in (0, 9, 10, 20, 21)] == [
        0,
        0,
        third,
        third,
        None,
    ]
    assert (segment.end_offset, segment.times_us()) == (15, (5, 20))


def test_walk_goes_on_where_it_ended(segment):
    whole = segment.path.read_bytes()
    segment.path.write_bytes(whole[:-1])
    fault = segment.walk(checksums=False)
    assert fault.is_torn
    assert fault.byte == segment.end_byte == len(FRAMES[0]) + len(FRAMES[1])
    segment.path.write_bytes(whole)
    assert segment.walk(checksums=False) is None
    assert segment.end_offset == 15


def test_walk_tells_a_changed_frame_from_a_torn_one(segment):
    whole = bytearray(segment.path.read_bytes())
    whole[len(FRAMES[0]) + 70] ^= 1
    segment.path.write_bytes(whole)
    fault = segment.walk(checksums=True)
    assert (fault.byte, fault.is_torn) == (len(FRAMES[0]), False)
    assert "checksum" in fault.reason


def test_walk_refuses_a_frame_that_stands_in_the_wrong_place(tmp_path):
    path = segment_path(tmp_path, 10)
    path.write_bytes(FRAMES[0] + FRAMES[2])
    fault = Segment(path).walk(checksums=True)
    assert (fault.reason, fault.is_torn) == ("offset 13, expected 12", False)


def test_read_of_a_changed_frame_names_segment_and_byte(segment):
    segment.walk(checksums=False)
    whole = bytearray(segment.path.read_bytes())
    whole[len(FRAMES[0]) + 65] ^= 1
    segment.path.write_bytes(whole)
    with pytest.raises(LogCorruptError, match=rf"10\.seg: byte {len(FRAMES[0])}: "):
        segment.read(len(FRAMES[0]))


def test_sealed_segment_must_end_where_the_next_begins(segment):
    check_sealed(segment, 15)
    with pytest.raises(LogCorruptError, match="ends at offset 15, the next one"):
        check_sealed(Segment(segment.path), 16)


def test_paths_come_oldest_first_and_strange_names_are_refused(tmp_path):
    for first in (10**12, 0, 99):
        segment_path(tmp_path, first).touch()
    assert [int(p.stem) for p in segment_paths(tmp_path)] == [0, 99, 10**12]
    (tmp_path / "12.seg").touch()
    with pytest.raises(LogError, match="named by 20 digits"):
        segment_paths(tmp_path)
    with pytest.raises(LogError, match="no such folder"):
        segment_paths(tmp_path / "nowhere")
