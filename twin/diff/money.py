"""Money of two plans, term by term."""

from collections.abc import Mapping
from dataclasses import dataclass

TERMS = (
    "sales", "purchase", "transport", "handling", "holding", "shortage", "profit",
    "stock_change", "result",
)  # fmt: skip
"""Terms of `twin.kpi.KpiTable.totals` that are money over the plan, in the order in
which they add up: profit is sales less the costs, the result is profit and what stock
gained in value."""


@dataclass(frozen=True, slots=True)
class MoneyChange:
    """A term before and after, in the currency of the network."""

    term: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """How much more it is now."""
        return self.after - self.before


def compare_money(
    before: Mapping[str, float | None], after: Mapping[str, float | None]
) -> tuple[MoneyChange, ...]:
    """Compare the terms that both plans tell.

    Parameters
    ----------
    before, after : mapping of str to float or None
        KPIs of both plans.
    """
    known = ((term, before.get(term), after.get(term)) for term in TERMS)
    return tuple(
        MoneyChange(term, old, new)
        for term, old, new in known
        if old is not None and new is not None
    )
