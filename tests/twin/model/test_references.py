from itertools import pairwise

import pytest

from twin.errors import NetworkError
from twin.model import build, load


@pytest.fixture
def problems(tables, settings):
    """Change tables, build, and return what was found."""

    def find(**changes):
        with pytest.raises(NetworkError) as caught:
            build(tables | changes, settings)
        return caught.value.problems

    return find


def only(problems):
    (problem,) = problems
    return problem


def test_key_twice_names_the_first_row(tables, problems):
    found = only(problems(stock=[*tables["stock"], tables["stock"][0]]))
    assert (found.file, found.row, found.column) == ("stock", 3, "item, site")
    assert found.value == "tea, D"
    assert "row 1" in found.allowed


def test_place_of_two_kinds_is_named(tables, problems):
    found = only(problems(customers=[{"customer": "M"}, {"customer": "D"}]))
    assert (found.file, found.row, found.value) == ("customers", 2, "D")
    assert "sites.csv" in found.allowed


@pytest.mark.parametrize(
    "wrong",
    [
        ("bills", "component", "leef"),
        ("machines", "site", "PP"),
        ("machines", "calendar", "days"),
        ("lanes", "from_place", "M"),
        ("lanes", "to_place", "VV"),
        ("lanes", "lead_time_law", "latte"),
        ("demands", "weekly_profile", "weak"),
        ("open_orders", "item", "*"),
    ],
)
def test_unknown_reference_is_named(tables, problems, wrong):
    table, column, value = wrong
    tables[table][0] |= {column: value}
    found = [p for p in problems() if p.column == column]
    assert only(found).value == value
    assert only(found).row == 1
    assert only(found).file == table


def test_unknown_reference_suggests_the_nearest(tables, problems):
    tables["bills"][0]["component"] = "leef"
    assert "did you mean 'leaf'" in only(problems()).allowed


def test_references_to_an_unreadable_table_are_not_judged(
    tables, settings, write_csv, tmp_path
):
    folder = write_csv(tmp_path, tables, settings)
    (folder / "items.csv").unlink()
    with pytest.raises(NetworkError) as caught:
        load(folder)
    assert only(caught.value.problems).file == "items.csv"


def test_bill_cycle_is_shown(tables, problems):
    tables["bills"].append({"item": "leaf", "component": "tea", "quantity": 1})
    found = only(problems())
    assert (found.file, found.column) == ("bills", "component")
    assert found.value in {"tea > leaf > tea", "leaf > tea > leaf"}


def test_deep_bill_is_no_cycle(tables, settings):
    names = [f"level{k}" for k in range(2000)]
    tables["items"] += [{"item": name} for name in names]
    tables["bills"] += [
        {"item": upper, "component": lower, "quantity": 1}
        for upper, lower in pairwise(names)
    ]
    assert len(build(tables, settings).items.ids) == 2003


def test_shared_component_is_no_cycle(tables, settings):
    tables["items"].append({"item": "box"})
    tables["bills"] += [
        {"item": "tea", "component": "box", "quantity": 1},
        {"item": "box", "component": "bag", "quantity": 1},
    ]
    assert build(tables, settings).bills.item_index.size == 4
