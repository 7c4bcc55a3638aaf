"""A plant whose every parameter is known, played fast enough for thousands of runs."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from forecasting.lifetimes import LAWS, Interval
from streams.batch import EventBatch, concatenate
from streams.names import Names
from twin.calibrate import Estimate, Sample, estimate, samples_of
from twin.model import Network, build
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

DAY_S, HOUR_S = 86_400.0, 3_600.0
DAY_US = 86_400_000_000
N_DAYS = 30
LEAD_S, WORK_S = 6 * DAY_S, 3 * DAY_S
CVS = {"exponential": 1.0, "lognormal": 0.8, "gamma": 0.6, "weibull": 0.5}
MTTF_S, MTTR_S = 20 * HOUR_S, 1.5 * HOUR_S
OFTEN_S, SHORT_S = 5 * HOUR_S, HOUR_S  # of machines that are there to fail
SETUP_S, EACH_S, EACH_CV = 2 * HOUR_S, 900.0, 0.4
YIELDS = {"single": 0.9, "dozen": 0.85}
# Orders of each kind; drawn, as intervals of a share swing with the number of orders.
N_ORDERS = (90, 130)
N_SLOTS = 12  # of a machine; so many operations are not over at the end, at most
LANE_ORDERS_A_DAY = 4


@dataclass(frozen=True, slots=True)
class Truth:
    """A parameter of the plant: where it stands, its law and its values."""

    sample: str
    column: str
    law: str
    value: float
    cv: float | None = None

    @property
    def name(self) -> str:
        """As it is reported."""
        return f"{self.law} {self.column}, {self.sample}"


def truths() -> list[Truth]:
    """Every parameter that is estimated, in the order in which it is reported."""
    found = []
    for law in LAWS:
        cv = CVS[law] if law != "exponential" else None
        found.append(Truth(f"lane_{law}", "lead_time_s", law, LEAD_S, cv))
        found.append(Truth(f"made_{law}", "duration_s", law, WORK_S, cv))
    found.append(Truth("setup", "duration_s", "gamma", EACH_S, EACH_CV))
    found.append(Truth("setup", "setup_s", "constant", SETUP_S))
    found += [Truth(f"yield_{n}", "yield_rate", "share", y) for n, y in YIELDS.items()]
    found.append(Truth("M_made_gamma", "mttf_s", "exponential", MTTF_S))
    found.append(Truth("M_made_gamma", "mttr_s", "exponential", MTTR_S))
    for law in LAWS:
        cv = CVS[law] if law != "exponential" else None
        found.append(Truth(f"fails_{law}", "mttf_s", law, OFTEN_S, cv))
        found.append(Truth(f"fails_{law}", "mttr_s", law, SHORT_S, cv))
    return found


@cache
def plant_network() -> Network:
    """Make a plant of one machine a product, and suppliers that take all laws of time.

    Machines fail and are repaired, one group works in shifts, so that process times
    are seen with stops in between. Some machines do nothing but fail, by all laws.
    """
    made = [f"made_{law}" for law in LAWS] + ["setup", "yield_single", "yield_dozen"]
    routings = [_routing(item) for item in made]
    machines = [
        {
            "machine": f"M_{item}", "site": "P", "group": f"G_{item}",
            "slots": N_SLOTS, "mttf_s": MTTF_S, "mttr_s": MTTR_S,
            "calendar": "shifts" if item == "made_lognormal" else None,
        }
        for item in made
    ]  # fmt: skip
    # Behind the others, and without work: these stay as they are.
    machines += [
        {
            "machine": f"fails_{law}", "site": "P", "group": f"fails_{law}",
            "mttf_s": OFTEN_S, "failure_law": law, "failure_cv": CVS[law],
            "mttr_s": SHORT_S, "repair_law": law, "repair_cv": CVS[law],
        }
        for law in LAWS
    ]  # fmt: skip
    lanes = [
        {
            "lane": f"lane_{law}", "from_place": "V", "to_place": "P",
            "item": f"raw_{law}", "lead_time_s": LEAD_S, "lead_time_law": law,
            "lead_time_cv": CVS[law],
        }
        for law in LAWS
    ]  # fmt: skip
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday")
    tables = {
        "sites": [{"site": "P", "kind": "plant"}],
        "items": [{"item": item} for item in made + [f"raw_{law}" for law in LAWS]],
        "suppliers": [{"supplier": "V"}],
        "routings": routings,
        "machines": machines,
        "lanes": lanes,
        "calendars": [
            {"calendar": "shifts", "weekday": day, "start": "04:00", "end": "22:00"}
            for day in weekdays
        ],
        "stock": [{"item": item, "site": "P"} for item in made],
    }
    return build(tables, {"name": "calibrated", "as_of": "2024-01-01T00:00:00Z"})


def _routing(item: str) -> dict[str, object]:
    row: dict[str, object] = {
        "item": item, "step": 1, "operation": f"do_{item}",
        "machine_group": f"G_{item}",
        "duration_s": WORK_S,
    }  # fmt: skip
    kind, _, rest = item.partition("_")
    if kind == "made":
        return row | {"duration_law": rest, "duration_cv": CVS[rest]}
    if kind == "setup":
        return row | {
            "duration_s": EACH_S, "duration_law": "gamma", "duration_cv": EACH_CV,
            "setup_s": SETUP_S,
        }  # fmt: skip
    return row | {"duration_s": HOUR_S, "yield_rate": YIELDS[rest]}


def play(seed: int) -> EventBatch:
    """Play a month and return its events."""
    network = plant_network()
    names = Names()
    plant = Plant(network, names, seed=seed)
    start_us = network.settings.as_of_us
    rng = np.random.default_rng(seed)
    batches = []
    for day in range(N_DAYS):
        plant.release(_orders(network, rng, is_first=day == 0))
        batches.append(plant.advance(start_us + (day + 1) * DAY_US))
    return concatenate(batches, names)


def _orders(network: Network, rng: np.random.Generator, *, is_first: bool) -> Decisions:
    lanes = [f"lane_{law}" for law in LAWS] * LANE_ORDERS_A_DAY
    raw = [f"raw_{law}" for law in LAWS] * LANE_ORDERS_A_DAY
    made: list[tuple[str, float]] = []
    if is_first:
        for item in sorted({i for i in network.items.ids if not i.startswith("raw")}):
            n_orders = int(rng.integers(N_ORDERS[0], N_ORDERS[1] + 1))
            made += [(item, float(_quantity(item, rng))) for _ in range(n_orders)]
    return Decisions(
        lane=np.array([network.lane_index[lane] for lane in lanes], np.int32),
        item=np.array([network.item_index[item] for item in raw], np.int32),
        quantity=np.ones(len(lanes)),
        make_item=np.array([network.item_index[item] for item, _ in made], np.int32),
        make_site=np.zeros(len(made), np.int32),
        make_quantity=np.array([quantity for _, quantity in made]),
    )


def _quantity(item: str, rng: np.random.Generator) -> int:
    if item == "setup":
        return int(rng.integers(1, 20))
    if item == "yield_dozen":
        return int(rng.integers(8, 17))
    return 1


def samples(seed: int) -> dict[tuple[str, str], Sample]:
    """Return samples of a run by the name of their row and their column."""
    found, _, _ = samples_of(plant_network(), [play(seed)])
    return {(str(next(iter(one.key.values()))), one.column): one for one in found}


def estimates(
    sample: Sample, laws: tuple[str, ...], rng: np.random.Generator | None = None
) -> dict[str, Estimate]:
    """Estimates of a sample by column."""
    return {one.column: one for one in estimate(sample, rng, laws=laws)}


def holds(interval: Interval, value: float) -> bool:
    """Whether the interval has the true value, but for the rounding of its ends."""
    return interval.low <= value * (1 + 1e-12) and interval.high >= value * (1 - 1e-12)
