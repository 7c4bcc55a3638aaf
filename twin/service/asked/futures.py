"""Futures: what if, and by when."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from twin.model.changes import ChangeFile
from twin.model.changes.file import changes_of
from twin.service.asked.plain import Plain
from twin.service.asked.start import DAY_S, Start, counted, start_of
from twin.service.jobs import Handle
from twin.service.tenant import Tenant
from twin.simulate.replicate import ReplicateOptions
from twin.whatif import ENGINES, FutureOptions, base_branch, branch_of, compare
from twin.whatif.places import places_to_ask
from twin.whatif.promise import Promise, PromiseOptions, Wanted, promise

REPLICATIONS_MAX = 2_000
BRANCHES_MAX = 20
DAYS_MAX = 730.0
LEVELS = {"p50": 0.5, "p90": 0.9}

PolicyName = Literal["table", "base-stock", "mpc"]
EngineName = Literal["compiled", "reference"]
Replications = Annotated[int, Field(ge=2, le=REPLICATIONS_MAX)]
Days = Annotated[float, Field(gt=0, le=DAYS_MAX)]


class WhatIfAsked(BaseModel):
    """Branches to be compared.

    Attributes
    ----------
    at : str or None
        Offset or time where they branch off; None: now.
    changes : list of dict
        One a branch, as a change file: `name`, `description`, and entries by kind.
    replications, days : int, float
        Futures of each branch, and their length.
    policy, engine, seed : str, str, int
        Who decides in them, what simulates, and of what they are drawn.
    """

    at: str | None = Field(default=None, max_length=64)
    changes: list[dict[str, Plain]] = Field(
        min_length=1,
        max_length=BRANCHES_MAX,
        examples=[
            [
                {
                    "name": "faster filling",
                    "machine_speed": [{"group": "filling", "factor": 1.2}],
                }
            ]
        ],
    )
    replications: Replications = 20
    days: Days = 28.0
    policy: PolicyName = "table"
    engine: EngineName = "compiled"
    seed: int = Field(default=0, ge=0, lt=2**31)


class PromiseAsked(BaseModel):
    """An order for which a date is asked.

    Attributes
    ----------
    item, quantity : str, float
        What, and how many units.
    site, customer : str or None
        Where it is shipped from, and to whom; None: any.
    at : str or None
        Offset or time; None: now.
    replications, days, policy, engine, seed : see `WhatIfAsked`
        How futures are played.
    explain : bool
        Whether it is found what holds the order back.
    """

    item: str = Field(min_length=1, max_length=256, examples=["shampoo_mild"])
    quantity: float = Field(gt=0, lt=1e12, examples=[400.0])
    site: str | None = Field(default=None, max_length=256)
    customer: str | None = Field(default=None, max_length=256)
    at: str | None = Field(default=None, max_length=64)
    replications: Replications = 20
    days: Days = 56.0
    policy: PolicyName = "table"
    engine: EngineName = "compiled"
    seed: int = Field(default=0, ge=0, lt=2**31)
    explain: bool = True


def whatif(tenant: Tenant, asked: WhatIfAsked, handle: Handle) -> dict[str, Any]:
    """Play all branches with the same luck.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : WhatIfAsked
        What is different.
    handle : Handle
        Told future by future.

    Returns
    -------
    dict
        ``cells``: KPI by KPI, branch by branch, see `twin.whatif.Cell`.
    """
    files = [
        changes_of(change, file=f"branch {number}")
        for number, change in enumerate(asked.changes, 1)
    ]
    return compared(
        tenant,
        start_of(tenant, asked.at),
        files,
        handle,
        days=asked.days,
        policy=asked.policy,
        engine=asked.engine,
        replications=asked.replications,
        seed=asked.seed,
    )


def compared(  # noqa: PLR0913  # what futures are played with
    tenant: Tenant, start: Start, files: Sequence[ChangeFile], handle: Handle, *,
    days: float, policy: PolicyName, engine: EngineName, replications: int, seed: int,
) -> dict[str, Any]:  # fmt: skip
    """Play the base and branches from one start, all with the same luck.

    Parameters
    ----------
    tenant : Tenant
        Whose clock paces it.
    start : Start
        Where all begin.
    files : sequence of ChangeFile
        What is different, one a branch.
    handle : Handle
        Told future by future.
    days, policy, engine, replications, seed
        See `WhatIfAsked`.

    Returns
    -------
    dict
        As of `whatif`.
    """
    base = base_branch(start.network)
    branches = [base, *(branch_of(one, base) for one in files)]
    options = FutureOptions(horizon_s=days * DAY_S, policy=policy)
    found = compare(
        [start.begins(one) for one in branches],
        options,
        ReplicateOptions(n_max=replications, seed=seed),
        monotonic_s=tenant.clock.monotonic_s,
        engine=ENGINES[engine],
        on_progress=counted(handle),
    )
    cells = [
        {
            "kpi": cell.measure.key,
            "unit": cell.measure.unit,
            "branch": cell.branch,
            "mean": _number(cell.mean),
            "half_width": _number(cell.half_width),
            "difference": _number(cell.difference),
            "difference_half_width": _number(cell.difference_half_width),
            "verdict": cell.verdict,
        }
        for cell in found.cells()
    ]
    return {
        "branches": [one.name for one in branches],
        "replications": found.replications.n,
        "cells": cells,
        "left_out": list(start.left_out),
    }


def promised(tenant: Tenant, asked: PromiseAsked, handle: Handle) -> dict[str, Any]:
    """Find by when an order could be there.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : PromiseAsked
        What is asked for.
    handle : Handle
        Told future by future.

    Returns
    -------
    dict
        ``promises``, one a site, the soonest first: times in half and in nine of ten
        futures, microseconds UTC (None: not within them), and what binds.
    """
    start = start_of(tenant, asked.at)
    pairs = places_to_ask(
        start.network, asked.item, site=asked.site, customer=asked.customer
    )
    options = PromiseOptions(
        futures=FutureOptions(horizon_s=asked.days * DAY_S, policy=asked.policy),
        n_replications=asked.replications,
        seed=asked.seed,
        explains=asked.explain,
    )
    found = promise(
        base_branch(start.network),
        [Wanted(asked.item, asked.quantity, *pair) for pair in pairs],
        options,
        monotonic_s=tenant.clock.monotonic_s,
        begins=start.begins,
        engine=ENGINES[asked.engine],
        on_progress=counted(handle),
    )
    return {
        "promises": [_promise_json(one) for one in found],
        "left_out": list(start.left_out),
    }


def _promise_json(one: Promise) -> dict[str, Any]:
    return {
        "wanted": msgspec.to_builtins(one.wanted),
        "from_us": one.start_us,
        **{name: one.quantile_us(level) for name, level in LEVELS.items()},
        "held_by": [
            {"what": held.lever.name, "gain_s": held.gain_s, "binds": held.counts}
            for held in one.held
        ],
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
