"""Values as text: read again they are the same."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.foreign.cells import cell_text, getter_of

BERLIN = timezone(timedelta(hours=2))
CASES = [
    (None, None),
    ("", None),
    ("x", "x"),
    (False, "false"),
    (12, "12"),
    (0.1, "0.1"),
    (1e300, "1e+300"),
    (float("nan"), "nan"),
    (float("inf"), "inf"),
    (Decimal("1E+2"), "100"),
    (Decimal("-0.50"), "-0.50"),
    (datetime(2024, 5, 1, 8, tzinfo=BERLIN), "2024-05-01T06:00:00Z"),
    (datetime.fromisoformat("2024-05-01 08:00"), "2024-05-01T08:00:00"),
    (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T00:00:00Z"),
    (date(2024, 5, 1), "2024-05-01"),
    (time(6, 30), "06:30:00"),
    (timedelta(seconds=1.5), "1.5"),
    (b"\xff\x00", "/wA="),
    (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
    (["a", {"b": Decimal("1.5")}], '["a",{"b":1.5}]'),
]


@pytest.mark.parametrize(("value", "text"), CASES)
def test_text_of_a_value(value, text):
    assert cell_text(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_float_is_read_again_exactly(value):
    assert float(cell_text(value)) == value


@given(
    st.recursive(
        st.none() | st.text(max_size=3) | st.integers(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
        max_leaves=6,
    )
)
def test_text_of_any_json_is_text_or_nothing(value):
    text = cell_text(value)
    if isinstance(value, list | dict):
        assert json.loads(text) == value
    assert text is None or isinstance(text, str)


@pytest.mark.parametrize(
    ("path", "record", "found"),
    [
        ("a", {"a": 1}, 1),
        ("a.b", {"a": {"b": 2}}, 2),
        ("a.b", {"a.b": 3}, 3),
        ("a.b.c", {"a": {"b.c": 4}}, 4),
        ("a.1.b", {"a": [0, {"b": 5}]}, 5),
        ("a.9", {"a": [0]}, None),
        ("a.b", {"a": 7}, None),
        ("a.b", {"a": None}, None),
        ("a", "text", None),
    ],
)
def test_path(path, record, found):
    assert getter_of(path)(record) == found
