from streams.records import RecordBatch
from twin.live.origins import Origins, origin_headers


def batch(*places, headers=True):
    given = [origin_headers(*place) for place in places] if headers else None
    values = [b"%d" % n for n in range(len(places))]
    keys = [b"k%d" % n for n in range(len(places))]
    return RecordBatch.of("r-0", values, headers=given, keys=keys, first_offset=5)


def test_copies_of_every_origin_are_dropped_whatever_came_between():
    origins = Origins()
    first = origins.unseen(batch(("a-0", 3), ("b-1", 1), ("a-0", 9)))
    assert len(first) == 3
    again = origins.unseen(batch(("a-0", 3), ("b-1", 2), ("a-0", 9), ("a-0", 10)))
    assert list(again.values()) == [b"1", b"3"]
    assert again.offsets.tolist() == [6, 8]
    assert again.keys == (b"k1", b"k3")
    restored = Origins.from_json(origins.to_json())
    assert len(restored.unseen(batch(("a-0", 10), ("b-1", 2)))) == 0


def test_records_without_an_origin_pass():
    origins = Origins()
    plain = batch(("a-0", 3), headers=False)
    assert origins.unseen(plain) is plain
    assert origins.to_json() == {}
