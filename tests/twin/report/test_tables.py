import math
import re

from twin.report import ExceptionMessage, KpiRow, Marker
from twin.report.tables import (
    disruption_table,
    exception_table,
    kpi_table,
    table,
)


def cells(table):
    return [
        [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(CELL, row)]
        for row in re.findall(r"<tr>(.*?)</tr>", table)
    ]


CELL = r"<t[hd][^>]*>(.*?)</t[hd]>"


def test_measures_stand_beside_those_of_other_policies(data):
    rows = cells(kpi_table(data))
    assert rows[0] == ["Measure", "mpc", "of clairvoyant", "base-stock", "clairvoyant"]
    assert rows[1][1:] == [
        "1,312,470\N{NO-BREAK SPACE}EUR", "95.7\N{NARROW NO-BREAK SPACE}%",
        "1,084,350\N{NO-BREAK SPACE}EUR", "1,371,900\N{NO-BREAK SPACE}EUR",
    ]  # fmt: skip
    assert rows[7][3] == "\N{EN DASH}"


def test_best_is_bold_in_its_direction_and_the_bound_does_not_compete(changed):
    rows = (
        KpiRow("Profit", 5.0, comparisons={"other": 3.0, "clairvoyant": 9.0}),
        KpiRow("Cost", 5.0, better="low", comparisons={"other": 3.0}),
        KpiRow("Alone", 5.0),
    )
    table = kpi_table(changed(kpis=rows))
    assert re.findall(r"<strong>(.*?)</strong>", table) == ["5", "3"]


def test_tables_have_captions_and_scopes(data):
    for one in (kpi_table(data), exception_table(data), disruption_table(data)):
        assert "<caption>" in one
        assert 'scope="col"' in one
        assert 'scope="row"' in one


def test_exceptions_are_ranked_by_money(changed):
    rows = tuple(ExceptionMessage(f"E{m}", m) for m in (5.0, math.nan, 90.0, -40.0))
    table = cells(exception_table(changed(exceptions=rows)))
    assert [row[0] for row in table[1:]] == ["E90.0", "E-40.0", "E5.0", "Enan"]
    assert table[4][1] == "\N{EN DASH}"


def test_long_tables_are_cut_and_say_so(changed):
    rows = tuple(ExceptionMessage("E", float(i)) for i in range(130))
    table = exception_table(changed(exceptions=rows))
    assert len(cells(table)) == 101
    assert "30 smaller ones are left out" in table
    marks = disruption_table(changed(disruptions=(Marker(0, "x"),) * 130))
    assert "30 later ones are left out" in marks


def test_disruptions_have_the_numbers_of_the_charts(data):
    rows = cells(disruption_table(data))
    assert rows[2] == ["2", "2026-03-02", "Castings Ltd delivers nothing for 8 days"]


def test_texts_are_escaped(changed):
    evil = "<script>alert(1)</script>"
    data = changed(
        kpis=(KpiRow(evil, 1.0, evil, note=evil, comparisons={evil: 2.0}),),
        exceptions=(ExceptionMessage(evil, 1.0),),
        disruptions=(Marker(0, evil),),
        created_from={evil: evil},
        policy=evil,
        bound_name=evil,
        currency=evil,
    )
    for text in (kpi_table, exception_table, disruption_table):
        assert "<script" not in text(data)


def test_empty_report_has_no_tables(empty):
    assert not kpi_table(empty) + exception_table(empty) + disruption_table(empty)


def test_heads_of_numbers_stand_where_the_numbers_do():
    rows = "<tr><th scope='row'>a</th><td></td></tr>"
    rows += "<tr><th scope='row'>b</th><td class='num none'>1</td></tr>"
    written = table("All", ["Name", "Units"], rows)
    assert '<th scope="col">Name</th><th scope="col" class="num">Units</th>' in written
