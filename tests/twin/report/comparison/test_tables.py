import dataclasses
import re

from twin.report.comparison import BranchText
from twin.report.comparison.tables import change_table, dot, measure_table

EVIL = "<script>"


def rows(text):
    found = re.findall(r"<tr>(.*?)</tr>", text)
    return [re.sub(r"<[^>]+>", " ", row).split() for row in found]


def test_measures_have_mean_and_difference_of_every_branch(data):
    first = " ".join(rows(measure_table(data))[1])
    assert first.startswith("Result ↑ What it counts. 80,000 ± 3,200 EUR")
    assert "88,000 ± 3,200 EUR +8,000 ± 1,600 EUR better" in first
    assert "64,000 ± 3,200 EUR \N{MINUS SIGN}16,000 ± 4,000 EUR worse" in first
    assert "80,000 ± 3,200 EUR no difference" in first
    assert "+800 ± 2,400 EUR not told from chance" in first


def test_direction_is_left_out_where_neither_is_better(data):
    text = measure_table(data)
    assert rows(text)[4][:2] == ["Purchases", "What"]
    assert 'title="lower is better"' in text


def test_changes_are_listed_by_branch(data):
    table = rows(change_table(data))
    assert table[1][-1] == "nothing"
    assert " ".join(table[2]) == "is better A word. better: 1 to 2"


def test_names_are_escaped(changed, data):
    evil = BranchText(EVIL, EVIL, (EVIL,))
    measure = dataclasses.replace(data.measures[0], name=EVIL, note=EVIL, unit=EVIL)
    page = changed(branches=(evil,) * 6, measures=(measure,))
    assert EVIL not in measure_table(page) + change_table(page)


def test_nothing_measured_is_no_table(alone):
    assert measure_table(alone) == ""


def test_dots_have_the_colours_of_branches():
    assert dot(0) != dot(1)
