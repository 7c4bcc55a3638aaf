"""The KPIs that a what-if compares: name, unit, and which way is better."""

from dataclasses import dataclass
from typing import Literal

Better = Literal["high", "low", "neither"]
MONEY = "money"


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
        `MONEY` is the currency of the network.
    better : str
        ``high`` or ``low``; ``neither`` where it depends.
    note : str
        What it counts; may be "".
    factor : float
        The reader sees the value times this, such as 100 for percent.
    """

    key: str
    name: str
    unit: str
    better: Better
    note: str = ""
    factor: float = 1.0


MEASURES = (
    Measure(
        "result", "Result", MONEY, "high",
        "Profit plus what stock, with that on the way, gained in value.",
    ),
    Measure("fill_rate", "Fill rate", "%", "high", "Demand served at once.", 100.0),
    Measure("lost_share", "Lost sales", "%", "low", "Lost for want of stock.", 100.0),
    Measure("mean_stock_value", "Mean stock", MONEY, "low", "On hand, at unit cost."),
    Measure("turns", "Stock turns", "a year", "high", "Cost of goods over stock."),
    Measure(
        "variance_ratio", "Order variation", "x demand", "low",
        "Mean over sites; above 1 orders swing more than demand.",
    ),
    Measure(
        "profit", "Profit", MONEY, "neither",
        "Sales less all costs below; stock that is bought counts as cost.",
    ),
    Measure("sales", "Sales", MONEY, "high"),
    Measure("purchase", "Purchases", MONEY, "neither"),
    Measure("handling", "Making and handling", MONEY, "neither"),
    Measure("transport", "Transport", MONEY, "neither"),
    Measure("holding", "Holding", MONEY, "low", "Stock on hand and on the way."),
    Measure("shortage", "Shortage", MONEY, "low", "Late and lost units."),
)  # fmt: skip
"""In the order in which they are shown, the most telling first."""
