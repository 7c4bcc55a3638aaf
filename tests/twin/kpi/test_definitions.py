"""The list of measures and what is measured are one."""

from pathlib import Path

import pytest

from twin.kpi import KPI_DEFINITIONS


def test_every_measure_is_defined_in_order(measure):
    assert list(measure().measures()) == list(KPI_DEFINITIONS)


@pytest.mark.parametrize("name", KPI_DEFINITIONS)
def test_definition_says_unit_direction_and_meaning(name):
    kpi = KPI_DEFINITIONS[name]
    assert kpi.better in {"high", "low", "none"}
    assert kpi.definition.endswith(".")
    assert kpi.definition[0].isupper()
    # A unit in the name is the unit.
    assert name.endswith("_s") == (kpi.unit == "s")
    assert name.endswith("_kwh") == kpi.unit.startswith("kWh")


def test_document_says_what_the_definitions_say():
    text = (Path(__file__).parents[3] / "docs" / "kpi.md").read_text()
    for name, kpi in KPI_DEFINITIONS.items():
        better = "" if kpi.better == "none" else kpi.better
        source = f" ({kpi.source})" if kpi.source else ""
        row = f"| `{name}` | {kpi.unit} | {better} | {kpi.definition}{source} |"
        assert row in text, name
