import asyncio
import gzip
import json
import time
import zlib

import pytest

from twin.service.bodies import CLOUD_EVENTS, JSON, NDJSON, read_body, split_body
from twin.service.options import ServiceOptions
from twin.service.problems import ProblemError

SMALL = ServiceOptions(body_bytes_max=1000, events_max=3, depth_max=8)


def read(*chunks, encoding="", options=SMALL):
    async def stream():
        for chunk in chunks:
            yield chunk

    return asyncio.run(read_body(stream(), encoding=encoding, options=options))


def test_body_comes_in_pieces():
    assert read(b"ab", b"", b"cd") == b"abcd"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_packed_body_is_unpacked(pack):
    packed = pack(b"x" * 900)
    assert read(packed[:7], packed[7:], encoding="gzip") == b"x" * 900


def test_too_large_is_refused_at_its_first_bytes_too_many():
    with pytest.raises(ProblemError, match="over 1000 bytes") as refused:
        read(*[b"x" * 100] * 11)
    assert refused.value.status == 413


def test_bomb_is_noticed_before_it_is_unpacked():
    bomb = gzip.compress(b"\0" * 50_000_000)
    roomy = ServiceOptions(body_bytes_max=100_000)
    with pytest.raises(ProblemError, match="unpacked too") as refused:
        read(bomb, encoding="gzip", options=roomy)
    assert refused.value.status == 413


@pytest.mark.parametrize("packed", [b"no gzip", gzip.compress(b"abc", mtime=0)[:-3]])
def test_what_cannot_be_unpacked_is_the_senders_mistake(packed):
    with pytest.raises(ProblemError, match="body: ") as refused:
        read(packed, encoding="gzip")
    assert refused.value.status == 400


def test_other_packing_is_not_known():
    with pytest.raises(ProblemError, match="'br'; allowed: gzip"):
        read(b"", encoding="br")


def test_lines_are_records_and_blank_ones_are_not():
    body = split_body(b'{"a":1}\r\n\n{"b":2}\n', NDJSON, SMALL)
    assert body.values == [b'{"a":1}', b'{"b":2}']


@pytest.mark.parametrize("kind", [JSON, CLOUD_EVENTS, f"{JSON}; charset=utf-8"])
def test_list_is_split_as_it_stands(kind):
    body = split_body(b' [{"a": 1.50}, {"b":2}]', kind, SMALL)
    assert body.values == [b'{"a": 1.50}', b'{"b":2}']
    assert body.unread is None


def test_single_event_is_one_record():
    assert split_body(b'{"a":1}', JSON, SMALL).values == [b'{"a":1}']


@pytest.mark.parametrize("text", [b"[1,", b"[]", b"[" * 50 + b"]" * 50])
def test_what_cannot_be_split_is_kept_whole(text):
    body = split_body(text, JSON, SMALL)
    assert body.values == [text]
    assert body.unread


def test_brackets_in_texts_are_not_nesting():
    text = json.dumps([{"note": "[" * 100}]).encode()
    assert split_body(text, JSON, SMALL).unread is None


def test_limits_and_types_are_named():
    with pytest.raises(ProblemError, match="events: 4; allowed: at most 3"):
        split_body(b"a\nb\nc\nd\n", NDJSON, SMALL)
    with pytest.raises(ProblemError, match="'text/xml'; allowed: application/json"):
        split_body(b"<a/>", "text/xml", SMALL)
    with pytest.raises(ProblemError, match="body: empty"):
        split_body(b" \n", NDJSON, SMALL)


def test_epcis_becomes_events():
    event = {
        "type": "ObjectEvent", "eventTime": "2024-05-01T06:00:00Z",
        "eventTimeZoneOffset": "+00:00", "action": "ADD", "eventID": "urn:uuid:1",
        "bizStep": "commissioning",
        "epcList": ["urn:epc:id:sgtin:4012345.011122.25"],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
    }  # fmt: skip
    body = split_body(json.dumps(event).encode(), "application/ld+json", SMALL)
    assert [json.loads(one)["id"] for one in body.values] == ["urn:uuid:1/0"]


def test_string_without_an_end_takes_no_time():
    text = b'[["' + b'\\"' * 400_000
    start_s = time.perf_counter()
    assert split_body(text, JSON, ServiceOptions()).unread
    assert time.perf_counter() - start_s < 5 * split_seconds(text)


def split_seconds(text):
    """Seconds of a plain loop over the bytes: what is linear is no slower."""
    start_s = time.perf_counter()
    for _ in text:
        pass
    return time.perf_counter() - start_s + 0.05
