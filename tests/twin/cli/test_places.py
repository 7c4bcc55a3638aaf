import pytest

from streams.memory import MemoryLog, MemorySource
from streams.records import Position
from twin.cli.places import parse_place
from twin.errors import OptionError

ONE = MemorySource(MemoryLog(["log/0"]))
TWO = MemorySource(MemoryLog(["a-0", "a-1"]))


@pytest.mark.parametrize(
    ("text", "source", "place"),
    [
        ("12", ONE, Position({"log/0": 12})),
        ("log/0=12", ONE, Position({"log/0": 12})),
        ("a-0=1,a-1=2", TWO, Position({"a-0": 1, "a-1": 2})),
        ("1970-01-01T00:00:01Z", TWO, 1_000_000),
    ],
)
def test_places_are_offsets_positions_and_times(text, source, place):
    assert parse_place(text, source) == place


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        ("12", TWO, "a-0=12,a-1=12"),
        ("b-0=1", TWO, "one of a-0, a-1"),
        ("a-0=x", TWO, "PARTITION=OFFSET"),
        ("-3", ONE, "no place in a source"),
        ("2024-05-01T06:00:00", ONE, "2024-05-01T06:00:00Z"),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text, source, reason):
    with pytest.raises(OptionError, match=reason):
        parse_place(text, source)
