"""The KPIs that a what-if compares, in the order and the units of the reader.

What each is stands in `twin.kpi.KPI_DEFINITIONS`; here is what a reader sees first, in
which unit, and where less is not better by itself.
"""

from dataclasses import dataclass
from typing import Literal

from twin.kpi import KPI_DEFINITIONS

Better = Literal["high", "low", "neither"]
MONEY = "money"
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI of a future.

    Attributes
    ----------
    key : str
        Its name among what a future measures.
    name : str
        What the reader sees.
    unit : str
        `MONEY` in it is the currency of the network.
    better : str
        ``high`` or ``low``; ``neither`` where it depends.
    note : str
        What it counts.
    factor : float
        The reader sees the value times this, such as 100 for percent.
    """

    key: str
    name: str
    unit: str
    better: Better
    note: str = ""
    factor: float = 1.0


RESULT = Measure(
    "result",
    "Result",
    MONEY,
    "high",
    "Profit plus what stock, with that on the way, gained in value.",
)
"""The one KPI beside the definitions: a branch that only sells its stock has a profit,
and one that fills it has none."""

HEADLINES = {
    "otif_line_share": "On time in full",
    "fill_rate": "Fill rate",
    "stock_mean_value": "Mean stock",
    "order_lead_time_p95_s": "Order lead time, P95",
    "production_lead_time_mean_s": "Production lead time",
    "lost_share": "Lost sales",
    "backlog_mean_units": "Mean backlog",
    "turns": "Stock turns",
    "oee": "OEE",
    "wip_mean_orders": "Work in progress",
    "throughput_units_per_day": "Throughput",
    "bullwhip": "Bullwhip",
    "cost_to_serve_per_unit": "Cost to serve a unit",
    "sales": "Sales",
    "purchase_cost": "Purchases",
    "shortage_cost": "Shortage cost",
    "profit": "Profit",
}
"""What is shown first, and what it is called."""

# A branch that sells less also spends less: that is no merit.
_VOLUME = {
    "profit",
    "purchase_cost",
    "transport_cost",
    "handling_cost",
    "production_cost",
    "energy_cost",
    "energy_kwh",
    "cost_to_serve",
}
_RATIOS = {"bullwhip"}  # of unit 1, and no share of anything
_UNITS = {"1/year": "a year", "s": "h", "1": "%"}
_FACTORS = {"s": 1.0 / HOUR_S, "1": 100.0}
_SUFFIXES = ("_s", "_units", "_orders", "_kwh")


def _measure(key: str) -> Measure:
    kpi = KPI_DEFINITIONS[key]
    better: Better = "neither"
    if kpi.better != "none" and key not in _VOLUME:
        better = kpi.better
    unit = "" if key in _RATIOS else _UNITS.get(kpi.unit, kpi.unit)
    factor = 1.0 if key in _RATIOS else _FACTORS.get(kpi.unit, 1.0)
    name = HEADLINES.get(key) or words(key)
    return Measure(key, name, unit, better, NOTES[key], factor)


def _notes() -> dict[str, str]:
    """Return the definitions, each complete without the one above it."""
    notes: dict[str, str] = {}
    whole = ""
    for key, kpi in KPI_DEFINITIONS.items():
        told, same, rest = kpi.definition.partition("The same: ")
        if same and not told:
            notes[key] = f"{whole.rpartition(': ')[0] or whole}: {rest}"
        elif kpi.definition.startswith("The same"):
            notes[key] = f"{whole} {kpi.definition}"
        else:
            notes[key] = whole = kpi.definition
    return notes


def words(key: str) -> str:
    """Return the name of a KPI as words, without its unit.

    Examples
    --------
    >>> words("lane_lead_time_p95_s"), words("energy_per_unit_kwh")
    ('Lane lead time p95', 'Energy per unit')
    """
    for suffix in _SUFFIXES:
        key = key.removesuffix(suffix)
    text = key.replace("_", " ")
    return text[0].upper() + text[1:]


NOTES = _notes()
"""What each KPI is, in sentences that stand alone."""

HEADLINE_MEASURES = (RESULT, *map(_measure, HEADLINES))
MEASURES = (
    *HEADLINE_MEASURES,
    *(_measure(key) for key in KPI_DEFINITIONS if key not in HEADLINES),
)
"""All KPIs, the most telling first."""
