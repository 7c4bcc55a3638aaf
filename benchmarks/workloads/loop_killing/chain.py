"""A small chain, the events of forty of its days, and who decides for it.

Some events come later than they may, and belong where they come. With every second seed
plans wait for approval, and words about them come late, too, or never.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np

from streams.codec import encode, encode_batch
from streams.events import TYPE_CODES, PlanApproved, PlanRejected
from streams.ingest import IngestOptions
from streams.ingest.lateness import is_correction
from streams.names import Names
from twin.cycle import Decided
from twin.loop import Loop
from twin.loop.following import LiveOptions, PolicyResponder, policy_responder
from twin.loop.occasions import REVIEW, Responder, Trigger
from twin.loop.play import PlayOptions
from twin.loop.replanning import LocalResponder
from twin.loop.triggers import DemandShift, LateSupplier, ShortageProjected
from twin.model import Network
from twin.model.network import build
from twin.simulate.decisions import Decisions
from twin.simulate.reference.plant import Plant

N_DAYS, DAY_S, HOUR_S = 40, 86_400, 3_600
N_PARTITIONS = 2
RUN = "killed"
LATENESS_S, LATE_SHARE = HOUR_S, 0.05
"""How late records may come, and the share of those that do come later by hours."""
Coming = tuple[int, bytes]
"""When a record comes, microseconds UTC, and what it says."""
ITEMS = {"tea": 4.0, "coffee": 7.0, "cocoa": 5.0}
SHOPS = ("north", "south")
PLAN_SECONDS = 0.02
"""Time limit of a plan where clocks count: some end in time and some do not."""


def network() -> Network:
    """Return a supplier, a warehouse and two shops for three items."""
    lanes: list[dict[str, Any]] = [
        {"lane": f"buy-{item}", "from_place": "V", "to_place": "hub", "item": item,
         "lead_time_s": 2 * DAY_S, "price": cost, "minimum": 10}
        for item, cost in ITEMS.items()
    ]  # fmt: skip
    lanes += [
        {"lane": f"ship-{shop}", "from_place": "hub", "to_place": shop, "item": "*",
         "lead_time_s": DAY_S, "unit_cost": 0.5}
        for shop in SHOPS
    ]  # fmt: skip
    demands = [
        {"customer": "M", "item": item, "site": shop, "mean_per_day": 3 + k,
         "law": "poisson", "price": 20.0, "shortage_cost": 0.5}
        for shop in SHOPS
        for k, item in enumerate(ITEMS)
    ]  # fmt: skip
    stock = [
        {"item": item, "site": site, "on_hand": 60 if site == "hub" else 40,
         "holding_cost_per_day": 0.02}
        for item in ITEMS
        for site in ("hub", *SHOPS)
    ]  # fmt: skip
    sites = [{"site": "hub", "kind": "warehouse"}]
    return build(
        {
            "sites": sites + [{"site": shop, "kind": "store"} for shop in SHOPS],
            "items": [{"item": i, "unit_cost": c} for i, c in ITEMS.items()],
            "suppliers": [{"supplier": "V"}],
            "customers": [{"customer": "M"}],
            "lanes": lanes,
            "demands": demands,
            "stock": stock,
        },
        {"name": "killed", "as_of": "2024-01-01T00:00:00Z", "horizon_periods": 14},
    )


class _BySchedule:
    """Orders the same every few days: what a plant does that hears nobody."""

    name = "by schedule"
    information = "none"

    def __init__(self, network: Network) -> None:
        lanes, pairs = network.lanes, network.lane_items
        bought = lanes.from_place_index[pairs.first] >= network.n_sites
        self._decisions = Decisions(
            lane=pairs.first, item=pairs.second, quantity=np.where(bought, 50.0, 15.0)
        )
        self._review = 0

    def observe(self, asked: Any) -> None:
        """Learn nothing."""

    def decide(self, state: Any, now_us: int) -> Decided:
        """Order every fifth day."""
        del state, now_us
        self._review += 1
        return Decided(self._decisions if self._review % 5 == 0 else Decisions())


def waits(seed: int) -> bool:
    """Tell whether plans wait for approval."""
    return seed % 2 == 1


def records(seed: int) -> list[list[bytes]]:
    """Return records by partition: orders and words about plans, and the rest.

    Parameters
    ----------
    seed
        Of demand, and of what comes late.
    """
    made, random = network(), np.random.default_rng((seed, 5))
    names = Names()
    loop = Loop(made, Plant(made, names, seed=seed), _BySchedule(made), names=names)
    parts: list[list[Coming]] = [[] for _ in range(N_PARTITIONS)]
    for turn in loop.turns(N_DAYS):
        events = turn.events
        corrects = is_correction(events.type_code)
        asked = events.type_code == TYPE_CODES["OrderReceived"]
        values = encode_batch(events)
        for row, value in enumerate(values):
            time_us = int(events.time_us[row])
            comes_us = time_us + _delay_us(random, is_late=bool(corrects[row]))
            parts[0 if asked[row] else 1].append((comes_us, value))
    if waits(seed):
        parts[0] += _words(made, random)
    return [[value for _, value in sorted(part, key=itemgetter(0))] for part in parts]


def _delay_us(random: np.random.Generator, *, is_late: bool) -> int:
    """Draw how much later than its time a record comes: hours, if it may be late."""
    if is_late and random.random() < LATE_SHARE:
        return int(random.uniform(2 * HOUR_S, 30 * HOUR_S)) * 1_000_000
    return int(random.uniform(0, 0.9 * LATENESS_S)) * 1_000_000


def _words(made: Network, random: np.random.Generator) -> list[Coming]:
    """Approve or reject the plans of most reviews, hours after they are released."""
    coming: list[Coming] = []
    for review in range(N_DAYS):
        is_approved, says = random.random(2) < (0.85, 0.9)
        review_us = made.settings.as_of_us + review * made.settings.review_us
        time_us = review_us + int(random.uniform(HOUR_S, 6 * HOUR_S)) * 1_000_000
        comes_us = time_us + _delay_us(random, is_late=True)
        if not says:
            continue
        plan = f"{RUN}/{REVIEW}/{review_us}"
        word = PlanApproved if is_approved else PlanRejected
        value = encode(
            word(plan=plan, who="ada"), event_id=f"word/{review}", source="desk",
            time_us=time_us,
        )  # fmt: skip
        coming.append((comes_us, value))
    return coming


def deciders(
    monotonic_s: Callable[[], float] | None,
) -> tuple[Responder, tuple[Trigger, ...], PolicyResponder]:
    """Return who answers, what calls for answers, and what is remembered.

    Parameters
    ----------
    monotonic_s
        Clock that bounds plans; None: none does.
    """
    policy = policy_responder(
        PlayOptions(quantile=0.9), monotonic_s=monotonic_s, time_limit_s=PLAN_SECONDS
    )
    triggers = (DemandShift(), LateSupplier(), ShortageProjected())
    return LocalResponder(policy, monotonic_s=monotonic_s), triggers, policy


def options(seed: int, *, by_clock: bool) -> LiveOptions:
    """Return the options of a loop with one kind of budget or the other."""
    return LiveOptions(
        run=RUN,
        must_be_approved=waits(seed),
        basis="provisional" if by_clock else "committed",
        is_repeatable=not by_clock,
        answered_within_s=30 * HOUR_S,
        ingest=IngestOptions(lateness_us=LATENESS_S * 1_000_000),
    )
