"""Random cases with one element taken out again: what is left must run differently."""

from dataclasses import replace

from benchmarks.workloads.random_networks import GivenDemand, RandomCase
from twin.model.network import build
from twin.simulate.decisions import Decisions

_FAILURE = ("failure_law", "failure_cv", "repair_law", "repair_cv")
_LAW_COLUMNS = {
    "routings": ("duration_law", "duration_cv"),
    "lanes": ("lead_time_law", "lead_time_cv"),
    "releases": ("interval_law", "interval_cv"),
}
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "slots": {"machines": ("slots",)},
    "breakdowns": {"machines": ("mttf_s", "mttr_s")},
    "shifts": {"sites": ("calendar",), "machines": ("calendar",),
               "pools": ("calendar",)},
    "yields": {"sites": ("yield_rate",), "routings": ("yield_rate",)},
    "dispatch": {"groups": ("rule",)},
    "setups": {"routings": ("setup_family",)},
    "rework": {"routings": ("rework_rate",)},
    "sampling": {"routings": ("sampling_rate",)},
    "batches": {"routings": ("batch_min", "batch_max", "batch_timeout_s")},
    "pools": {"routings": ("operator_pool", "operators", "tool_pool")},
    "blocking": {"groups": ("capacity",)},
    "failure_laws": {"machines": _FAILURE},
    "busy_clock": {"machines": ("failure_clock",)},
    "on_failure": {"machines": ("on_failure",)},
    "maintenance": {"machines": ("maintenance_every_s",)},
    "wear": {"machines": ("wear_per_h",)},
    "readings": {"machines": ("reading_every_s",)},
    "capacities": {"sites": ("dispatch_capacity_per_period",),
                   "lanes": ("capacity_per_period",)},
    "lost": {"demands": ("backlogged",)},
    "site_losses": {"sites": ("yield_rate",)},
    "reviews": {"stock": ("review_s",)},
    "allocation": {"stock": ("allocation",)},
    "unsplit": {"demands": ("split",)},
    "failing_suppliers": {"suppliers": ("mttf_s", "mttr_s")},
    "laws": _LAW_COLUMNS,
    "open_steps": {"open_orders": ("step",)},
}  # fmt: skip
"""The columns of an element, by table; without them it is as by default."""

TABLES = {"releases": "releases", "outputs": "outputs", "open_orders": "open_orders"}
KINDS = {"stops": ("machine",), "outages": ("place", "lane"), "shocks": ("demand",)}
SEEN_IN_EVENTS = (*COLUMNS, *TABLES, *KINDS, "given_demand", "policies", "decisions")


def without(case: RandomCase, element: str) -> RandomCase:
    """Return a case with an element taken out, all else the same.

    Parameters
    ----------
    case : RandomCase
        Left as it is.
    element : str
        One of `SEEN_IN_EVENTS`.

    Returns
    -------
    RandomCase
    """
    rest = case.elements - {element}
    if element in KINDS:
        kept = tuple(d for d in case.disruptions if d.kind not in KINDS[element])
        return replace(case, elements=rest, disruptions=kept)
    if element == "given_demand":
        nobody: GivenDemand | None = None
        return replace(case, elements=rest, demand=nobody)
    if element == "policies":
        return replace(case, elements=rest)
    if element == "decisions":
        pauses = tuple((until_us, Decisions()) for until_us, _ in case.pauses)
        return replace(case, elements=rest, pauses=pauses)
    tables = dict(case.tables)
    if element in TABLES:
        del tables[TABLES[element]]
    for name, columns in COLUMNS.get(element, {}).items():
        tables[name] = [
            {cell: value for cell, value in row.items() if cell not in columns}
            for row in tables.get(name, [])
        ]
    network = build(tables, case.settings)
    return replace(case, elements=rest, tables=tables, network=network)
