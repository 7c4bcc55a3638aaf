"""How long machines will last, learned from those of the log that failed."""

from contextlib import closing
from typing import Annotated, Any

import polars as pl
from pydantic import BaseModel, Field

from twin import health as seam
from twin.errors import InputError
from twin.health import HealthFeatures
from twin.health.lives import TYPES
from twin.replay import ReplayOptions, Twin, read
from twin.said import Said
from twin.service.jobs import Handle
from twin.service.tables import rows_of
from twin.service.tenant import Tenant

FAILURES_MIN = 5
"""Of fewer, nothing is learned."""

LIFE_SHARE = 0.6
"""Share of the median life above which no wear shows."""

_LEAF_ROWS = (5, 100)  # of the booster: fewer where there is less to learn from
_ROWS_A_LEAF = 200
_HOUR_US = 3_600e6
_LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)

Pattern = Annotated[str, Field(min_length=1, max_length=256)]


class HealthAsked(BaseModel):
    """Machines whose health is asked for.

    Attributes
    ----------
    machines : list of str
        Of one kind, names with ``*`` and ``?``; empty: all.
    cycle_h : float
        Length of a cycle, hours: what lives are counted in.
    horizon : int
        Cycles within which a failure counts.
    lead : float
        Cycles from a decision to the renewal.
    planned_cost, failure_cost : float
        Of a renewal that was planned, and of a failure with the renewal after it.
    seed : int
        Of what is learned.
    """

    machines: list[Pattern] = Field(default=[], max_length=100, examples=[["press-*"]])
    cycle_h: float = Field(default=1.0, ge=1 / 60, le=24.0 * 31)
    horizon: int = Field(default=30, ge=1, le=10_000)
    lead: float = Field(default=0.0, ge=0, le=10_000)
    planned_cost: float = Field(default=1.0, gt=0, le=1e12)
    failure_cost: float = Field(default=10.0, gt=0, le=1e12)
    seed: int = Field(default=0, ge=0, lt=2**31)


def health(tenant: Tenant, asked: HealthAsked, handle: Handle) -> dict[str, Any]:
    """Rank the machines of a tenant by their risk.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : HealthAsked
        Which machines, and what matters.
    handle : Handle
        Told when lives were read, and when it learns.

    Returns
    -------
    dict
        ``machines``: the most urgent first, with the probability to fail within the
        horizon, quantiles of what is left of their lives in cycles, alarms and windows
        of renewal; ``trail`` shows the cycles before, ``sensors`` what drives it; and
        how good it is on machines held out.

    Raises
    ------
    InputError
        If there is too little to learn from, or no machine that runs.
    """
    lives = _lives(tenant, asked, handle)
    past, running = lives.failed_units(), lives.running_units()
    _check(lives, past, running)
    sensors = seam.shared_sensors(past, running)
    past, running = (f.select("unit", "cycle", *sensors) for f in (past, running))
    handle.step(stage="learn", failures=lives.n_failed)
    table = seam.health_table(
        past,
        running,
        costs=seam.Costs(
            planned=asked.planned_cost, failure=asked.failure_cost, lead=asked.lead
        ),
        levels=_LEVELS,
        options=_options(past, asked.seed),
        horizon=asked.horizon,
        warning=seam.WarningOptions(),
    )
    risk = f"p_fail_{table.horizon}"
    ranked = table.frame.sort(
        [risk, "rul_mean"], descending=[True, False], maintain_order=True
    )
    return {
        "cycle_s": asked.cycle_h * 3_600.0,
        "horizon": table.horizon,
        "failures": lives.n_failed,
        "renewed": lives.n_renewed,
        "resting": list(lives.resting),
        "held_out_rmse": table.held_out_rmse,
        "coverage": table.coverage,
        "sensors_read": list(sensors),
        "machines": rows_of(ranked.rename({"unit": "machine", risk: "p_fail"})),
        "trail": rows_of(table.trail),
        "sensors": rows_of(table.effects),
    }


def _lives(tenant: Tenant, asked: HealthAsked, handle: Handle) -> seam.Lives:
    """Read the lives of the machines of the log, each event once and in order."""
    with closing(tenant.stream.source()) as source:
        options = ReplayOptions(types=TYPES, ingest=tenant.options.ingest)
        twin = Twin(tenant.network, source.partitions(), options)
        cycle_us = round(asked.cycle_h * _HOUR_US)
        folded = HealthFeatures(twin.names, cycle_us, journal=True)
        twin.projections["health"] = folded
        for records in read(source, source.end_position()):
            twin.push(records)
            handle.step(stage="read", records=twin.counters.read)
        twin.finish()
    lives = seam.lives_of(folded)
    return lives.of_machines(asked.machines) if asked.machines else lives


def _check(lives: seam.Lives, past: pl.DataFrame, running: pl.DataFrame) -> None:
    n_failed = past["unit"].n_unique()
    if n_failed < FAILURES_MIN:
        msg = (
            f"health: {n_failed} lives with readings ended in a failure (a machine "
            f"that enters the state down); at least {FAILURES_MIN} are needed to learn "
            "from"
        )
        parts = {"count": n_failed, "least": FAILURES_MIN}
        raise InputError(Said(msg, "too_few_failures", parts))
    if not running.height:
        msg = (
            f"health: no machine runs that was read; {len(lives.resting)} are down or "
            "maintained"
        )
        resting = {"count": len(lives.resting)}
        raise InputError(Said(msg, "no_machine_runs", resting))


def _options(past: pl.DataFrame, seed: int) -> seam.RulOptions:
    few, many = _LEAF_ROWS
    leaf_rows = min(many, max(few, past.height // _ROWS_A_LEAF))
    lengths = past.group_by("unit").agg(pl.col("cycle").max())["cycle"]
    middle = lengths.cast(pl.Float64).quantile(0.5, "linear")
    cap = max(LIFE_SHARE * (middle or 0.0), 1.0)
    return seam.RulOptions(cap=cap, leaf_rows=leaf_rows, seed=seed)
