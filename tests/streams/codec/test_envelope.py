"""Attributes of an event: times exact to the microsecond, versions, Kafka headers."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec.envelope import (
    Envelope,
    check_content,
    format_times,
    from_headers,
    is_binary,
    parse_sequence,
    parse_time,
)
from streams.errors import EnvelopeError
from streams.events import TIME_US_MAX, TIME_US_MIN, TYPE_CODES


@given(st.integers(TIME_US_MIN, TIME_US_MAX))
def test_time_written_and_read_is_the_same_microsecond(time_us):
    (text,) = format_times(np.array([time_us], np.int64))
    assert parse_time(text) == time_us


@given(
    st.timedeltas(timedelta(-40_000), timedelta(40_000)),
    st.integers(-14 * 60, 14 * 60),
)
def test_zone_is_taken_off(since, minutes):
    zone = timezone(timedelta(minutes=minutes))
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + since).astimezone(zone)
    expected = since // timedelta(microseconds=1)
    assert parse_time(moment.isoformat()) == expected


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("1970-01-01T00:00:00.000001999Z", 1),  # cut off, not rounded
        ("1970-01-01t00:00:00.5z", 500_000),
        ("1970-01-01 00:00:01Z", 1_000_000),
        ("1969-12-31T23:59:59.9999999Z", -1),
    ],
)
def test_time_form_is_read(text, time_us):
    assert parse_time(text) == time_us


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01T06:00:00",
        "2024-05-01",
        "2024-02-30T00:00:00Z",
        "2024-05-01T06:00:00+0200",
        "2024-05-01T06:00:60Z",
        "2024-W01-1T06:00:00Z",
        "1714543200",
        "0001-01-01T00:00:00+23:59",  # before the year 1 in UTC
        "",
    ],
)
def test_other_time_is_refused_with_its_value(text):
    with pytest.raises(EnvelopeError, match="RFC 3339 with a zone"):
        parse_time(text)


def test_time_outside_the_calendar_is_not_written():
    with pytest.raises(EnvelopeError, match="years 1 to 9999"):
        format_times(np.array([0, TIME_US_MAX + 1], np.int64))


@pytest.mark.parametrize(("given", "read"), [(0, 0), ("0042", 42), (2**63 - 1,) * 2])
def test_sequence_is_a_number_or_digits(given, read):
    assert parse_sequence(given) == read


@pytest.mark.parametrize("given", [-1, 2**63, "-1", "x", "", "1.0", "9" * 19])
def test_other_sequence_is_refused(given):
    with pytest.raises(EnvelopeError, match="whole number"):
        parse_sequence(given)


def envelope(**changes) -> Envelope:
    attributes = {
        "id": "1",
        "source": "erp",
        "type": "StockCounted",
        "time": "2024-05-01T06:00:00Z",
        "specversion": "1.0",
    }
    return Envelope(**(attributes | changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"specversion": "0.3"}, "specversion = '0.3': must be '1.0'"),
        (
            {"dataschema": "urn:millstream:event:StockCounted:2"},
            "must be 'urn:millstream:event:StockCounted:1'",
        ),
        ({"datacontenttype": "text/xml"}, "datacontenttype = 'text/xml'"),
        ({"data_base64": "AA=="}, "data_base64"),
    ],
)
def test_content_of_another_kind_is_refused(changes, reason):
    with pytest.raises(EnvelopeError, match=reason):
        check_content(envelope(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"dataschema": "urn:millstream:event:StockCounted:1"},
        {"datacontenttype": "application/json; charset=utf-8"},
        {"datacontenttype": "application/vnd.acme+json"},
    ],
)
def test_json_of_this_version_is_taken(changes):
    assert check_content(envelope(**changes)) == TYPE_CODES["StockCounted"]


HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"7",
    "ce_source": b"erp",
    "ce_type": b"StockCounted",
    "ce_time": b"2024-05-01T06:00:00Z",
    "ce_sequence": b"12",
    "content-type": b"application/json",
    "traceparent": b"\xff",
}


def test_binary_mode_is_told_by_its_headers():
    assert is_binary(HEADERS)
    assert not is_binary({"content-type": b"application/json"})
    structured = HEADERS | {"content-type": b"Application/CloudEvents+json"}
    assert not is_binary(structured)


def test_headers_become_an_envelope():
    read = from_headers(HEADERS, b"{}")
    assert (read.id, read.source, read.sequence) == ("7", "erp", "12")
    assert read.datacontenttype == "application/json"
    assert bytes(read.data) == b"{}"


def test_header_that_is_missing_or_no_text_is_refused():
    with pytest.raises(msgspec.ValidationError, match="time"):
        from_headers({k: v for k, v in HEADERS.items() if k != "ce_time"}, b"{}")
    with pytest.raises(EnvelopeError, match="ce_id"):
        from_headers(HEADERS | {"ce_id": b"\xff"}, b"{}")
