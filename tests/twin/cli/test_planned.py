"""Plans, as they are asked for."""

import json

import polars as pl
import pytest

from twin.cli.planned import shortage_text
from twin.masterplan import Link, Shortage

MINUTE_US = 60_000_000
DAY_US = 86_400_000_000


@pytest.mark.slow
def test_example_is_planned_into_a_folder(tmp_path, command):
    from twin.model.shipped import example_folder  # noqa: PLC0415

    out = tmp_path / "plan"
    answer = command("plan", example_folder(), "--horizon", "4", "--out", out)
    assert answer["n_periods"] == 4
    assert answer["orders"]["purchase"] > 0
    assert answer == json.loads((out / "plan.json").read_text())
    orders = pl.read_csv(out / "orders.csv")
    assert orders.height == sum(answer["orders"].values())
    assert "plan of 4 reviews" in (out / "report.html").read_text()


@pytest.mark.slow
def test_plan_goes_on_from_a_log(tmp_path, command):
    """Work under way ends in the plan, and its demand is what the log asked for."""
    from twin.model.shipped import example_folder  # noqa: PLC0415

    played = tmp_path / "played"
    command("loop", example_folder(), "--periods", "3", "--out", played)
    answer = command(
        "plan", example_folder(), "--log", played / "log", "--horizon", "2"
    )
    assert answer["reviews_seen"] == 3
    assert answer["left_out"] == []
    assert answer["start_us"] == 1_767_571_200_000_000 + 3 * DAY_US
    assert answer["carried"]["production"] > 0


def link(kind, order, minute, **more):
    return Link(kind, order, "tea", "P", minute * MINUTE_US, **more)


def test_shortage_is_told_with_what_it_waits_for():
    chain = (link("made", "M1", 90, began_us=5, ready_us=4), link("purchase", "P1", 5))
    short = Shortage("tea", "P", 0, DAY_US, 12.4, 7.0, chain)
    assert shortage_text(short, "EUR") == (
        "short: 12 tea at P, 1970-01-01 to 1970-01-02, 7 EUR; next comes production "
        "M1 of tea (1970-01-01 01:30), which waited for purchase P1 of tea "
        "(1970-01-01 00:05)"
    )


def test_who_was_held_back_is_told_with_dates():
    held = link("transfer_in", "T1", 90, began_us=3 * DAY_US, ready_us=DAY_US)
    text = shortage_text(Shortage("tea", "P", 0, 0, 1.0, 1.0, (held,)), "EUR")
    assert "could begin on 1970-01-02 00:00 and was held back until 1970-01-04" in text
    alone = shortage_text(Shortage("tea", "P", 0, 0, 1.0, 1.0, ()), "EUR")
    assert alone.endswith("nothing more comes within the plan")
