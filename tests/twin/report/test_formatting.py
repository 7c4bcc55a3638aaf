import pytest

from twin.report.formatting import label, number, percent, quantity, short, time

NARROW = "\N{NARROW NO-BREAK SPACE}"
WIDE = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1312470.4, "1,312,470"),
        (-1234.0, f"{MINUS}1,234"),
        (1.8432, "1.84"),
        (0.9999, "1.00"),
        (12.34, "12.3"),
        (0.00123, "0.00123"),
        (123_456_789.0, f"123.5{NARROW}M"),
        (float("nan"), "\N{EN DASH}"),
        (float("inf"), "\N{EN DASH}"),
    ],
)
def test_number_is_written_for_people(value, text):
    assert number(value) == text


def test_percent_has_one_decimal_and_no_negative_zero():
    assert percent(97.26) == f"97.3{NARROW}%"
    assert percent(-0.01) == f"0.0{NARROW}%"
    assert percent(-2.5) == f"{MINUS}2.5{NARROW}%"


def test_quantity_joins_number_and_unit():
    assert quantity(1200, "EUR") == f"1,200{WIDE}EUR"
    assert quantity(1200, "") == "1,200"
    assert quantity(12, "%") == f"12.0{NARROW}%"
    assert quantity(float("nan"), "EUR") == "\N{EN DASH}"


def test_short_leaves_short_names_alone_and_cuts_long_ones():
    assert short("Mill 1") == "Mill 1"
    assert len(short("M" * 100)) == 26


def test_label_takes_the_meaning_from_tags():
    assert label("<a href='x'>&") == "&lt;a href='x'&gt;&amp;"


def test_time_shows_minutes_only_when_there_are_any():
    assert time(1_767_225_600_000_000) == "2026-01-01"
    assert time(1_767_225_600_000_000 + 3_660_000_000) == "2026-01-01 01:01"
