from types import SimpleNamespace

import numpy as np

from streams.kafka.polled import microseconds, of_client


def polled(offset, *, timestamp=1, key=None, value=b"v", headers=()):
    return SimpleNamespace(
        offset=offset, timestamp=timestamp, key=key, value=value, headers=headers
    )


def test_times_are_microseconds_unknown_ones_zero_and_absurd_ones_cut():
    most = np.iinfo(np.int64).max
    times_ms = np.array([-1, 0, 5, most, -most])
    limit = most // 1000 * 1000
    assert microseconds(times_ms).tolist() == [0, 0, 5000, limit, -limit]
    records = [polled(0, timestamp=-1), polled(1, timestamp=1 << 70)]
    assert of_client("t-0", records).timestamps_us.tolist() == [0, limit]


def test_records_of_the_client_become_one_buffer():
    batch = of_client(
        "t-0",
        [
            polled(3, key=b"k", headers=[("id", b"1"), ("none", None)]),
            polled(9, value=None),
        ],
    )
    assert batch.partition == "t-0"
    assert batch.offsets.tolist() == [3, 9]
    assert list(batch.values()) == [b"v", b""]
    assert batch.keys == (b"k", None)
    assert batch.headers == ({"id": b"1", "none": b""}, {})


def test_keys_and_headers_that_nobody_has_are_left_out():
    batch = of_client("t-0", [polled(0), polled(1)])
    assert (batch.keys, batch.headers) == (None, None)
