"""Cells of every type to numbers, times and text; what does not fit is null."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.mapping.document import Condition, TableOptions, TimeOptions
from streams.mapping.expressions import (
    Cell,
    condition_of,
    constant_cell,
    number_of,
    template_of,
    time_of,
)

TABLE, TIME = TableOptions(), TimeOptions()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def evaluated(values, expression):
    frame = pl.DataFrame({"c": values})
    cell = Cell(pl.col("c"), frame.schema["c"])
    return frame.select(expression(cell).alias("r"))["r"].to_list()


def times(values, formats=(), **options):
    return evaluated(values, lambda c: time_of(c, formats, TimeOptions(**options)))


def test_numbers_in_text_with_their_marks():
    marks = TableOptions(decimal=",", thousands=".")
    values = ["1.234,5", " 7 ", "x", None, "inf", "1,2,3"]
    read = evaluated(values, lambda c: number_of(c, marks))
    assert read == [1234.5, 7.0, None, None, None, None]


def test_numbers_that_are_numbers():
    nothing = [1.5, float("nan"), None]
    assert evaluated(nothing, lambda c: number_of(c, TABLE)) == [1.5, None, None]
    assert evaluated([3], lambda c: number_of(c, TABLE)) == [3.0]


def test_whole_number_as_text_has_no_point():
    assert evaluated([1001.0, 1.5, None], lambda c: c.text) == ["1001", "1.5", None]
    assert evaluated([7], lambda c: c.text) == ["7"]


@settings(max_examples=50, deadline=None)
@given(st.datetimes(datetime(1980, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001
def test_time_in_iso_is_exact_to_the_microsecond(moment):
    expected = microseconds(moment.replace(tzinfo=UTC))
    shifted = moment.replace(tzinfo=UTC).astimezone(ZoneInfo("Etc/GMT-2"))
    text = [f"{moment:%Y-%m-%d %H:%M:%S.%f}", f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"]
    assert times([*text, shifted.isoformat("T", "microseconds")]) == [expected] * 3


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("01.05.2024 06:00", ["%d.%m.%Y %H:%M"]),
        ("5/1/24 6:00 AM", ["%d-%b-%y", "%m/%d/%y %I:%M %p"]),
        (" 1714543200 ", ["unix_s"]),
        ("1714543200000", ["%Y", "unix_ms"]),
        ("2024-05-01 06:00:00.000000", ["%Y-%m-%d %H:%M:%S.%f"]),
        ("2024-05-01 08:00:00 +0200", ["%Y-%m-%d %H:%M:%S %z"]),
    ],
)
def test_first_format_that_fits_counts(text, formats):
    expected = microseconds(datetime(2024, 5, 1, 6, tzinfo=UTC))
    assert times([text, "?"], formats) == [expected, None]


def test_date_alone_is_midnight_of_its_zone():
    expected = microseconds(datetime(2024, 5, 1, tzinfo=ZoneInfo("Asia/Tokyo")))
    for value in ("01-May-24", date(2024, 5, 1)):
        assert times([value], ["%d-%b-%y"], zone="Asia/Tokyo") == [expected]


def test_hour_that_does_not_exist_is_null_and_one_that_is_twice_the_first():
    texts = ["2024-03-31 02:30:00", "2024-10-27 02:30:00"]
    first = microseconds(datetime(2024, 10, 27, 0, 30, tzinfo=UTC))
    assert times(texts, zone="Europe/Berlin") == [None, first]


def test_moment_with_a_zone_keeps_it():
    moment = datetime(2024, 5, 1, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    expected = microseconds(datetime(2024, 5, 1, 6, tzinfo=UTC))
    assert times([moment], zone="Asia/Tokyo") == [expected]


def test_number_of_a_sheet_is_days_since_1899():
    expected = microseconds(datetime(2024, 5, 1, 6, 0, 0, 250_000, tzinfo=UTC))
    serial = 45413 + (6 * 3600 + 0.25) / 86400
    assert times([serial]) == [expected]
    assert times([str(serial)], ["excel"]) == [expected]
    assert times([1714543200], ["%Y", "unix_s"]) == [1714543200 * 10**6]


@pytest.mark.parametrize(
    ("op", "value", "passed"),
    [
        ("==", 1, [True, False, False, False]),
        ("==", "1", [False, False, False, False]),
        ("==", "1.0", [True, False, False, False]),
        ("!=", "x", [True, True, False, True]),
        (">", 1, [False, True, False, False]),
        (">=", 1, [True, True, False, False]),
        ("<", 2, [True, False, False, False]),
        ("<=", 2, [True, True, False, False]),
        ("in", [1, "x"], [True, False, True, False]),
        ("not_in", [1, "x"], [False, True, False, True]),
        ("matches", "^[0-9]", [True, True, False, False]),
        ("is_null", None, [False, False, False, True]),
        ("not_null", None, [True, True, True, False]),
        ("parses", "number", [True, True, False, False]),
        ("not_parses", "number", [False, False, True, True]),
        ("parses", "time", [False, False, False, False]),
    ],
)
def test_filter_passes(op, value, passed):
    condition = Condition(column="c", op=op, value=value)
    values = ["1.0", "2", "x", None]
    read = evaluated(values, lambda c: condition_of(condition, c, TABLE, TIME))
    assert read == passed


def test_filter_on_yes_and_no():
    condition = Condition(column="c", op="==", value=True)
    for values in ([True, False, None], ["TRUE", "false", None]):
        read = evaluated(values, lambda c: condition_of(condition, c, TABLE, TIME))
        assert read == [True, False, False]


def test_template_weaves_cells_and_is_null_where_one_is_empty():
    frame = pl.DataFrame({"a": ["x", None], "n": [1.0, 2.0], "__row__": [2, 3]})
    cells = {name: Cell(pl.col(name), kind) for name, kind in frame.schema.items()}
    woven = frame.select(template_of("{{{a}}}/{n}/{row}", cells).alias("r"))
    assert woven["r"].to_list() == ["{x}/1/2", None]


def test_constant_has_its_type():
    assert constant_cell("x").kind == pl.String
    assert constant_cell(1.5).kind == pl.Float64
