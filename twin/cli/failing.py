"""Health for the command line: of tables and logs, as a table, JSON and a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from twin.cli.forecast import SUFFIXES, read_table
from twin.errors import InputError
from twin.health import (
    Costs,
    HealthFeatures,
    HealthTable,
    Lives,
    RulOptions,
    WarningOptions,
    health_table,
    lives_of,
    shared_sensors,
)
from twin.health.lives import TYPES

FILE_CAP = 125.0
"""Cycles above which no wear shows, in tables: that of the literature on engines."""

LIFE_SHARE = 0.6
"""The same in logs, as a share of the median life: about that of the literature."""

FAILURES_MIN = 5
DAY_US = 86_400_000_000
_LEAF_ROWS = (5, 100)  # of the booster: fewer where there is less to learn from
_ROWS_A_LEAF = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSpec:
    """What is asked for: see the options of `millstream health`."""

    costs: Costs
    levels: Sequence[float]
    horizon: int
    warning: WarningOptions
    cap: float | None
    cycle_us: int
    seed: int
    machines: tuple[str, ...] = ()
    kafka_config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """Health of machines, and where it comes from.

    Attributes
    ----------
    table : HealthTable
        What is told.
    learned_from, told_of : str
        Names of the sources.
    cycle_us : int or None
        Length of a cycle, microseconds; None in tables, which do not say.
    lives : Lives or None
        What the log held that is told of; None for a table.
    sensors : tuple of str
        What the model may read.
    """

    table: HealthTable
    learned_from: str
    told_of: str
    cycle_us: int | None
    lives: Lives | None
    sensors: tuple[str, ...]


def tell(train: str | None, readings: str, spec: HealthSpec) -> Told:
    """Learn from what failed, and tell how long what runs will last.

    Parameters
    ----------
    train : str or None
        Table of units up to their failure, or a log; None: the failures in `readings`.
    readings : str
        Table of units that run, or a log.
    spec : HealthSpec
        What is asked for.

    Raises
    ------
    InputError
        If there is nothing to learn from or to tell of, or no sensor in common.
    """
    lives = None if is_table(readings) else lives_in(readings, spec)
    _check_machines(lives, spec)
    running = read_table(Path(readings)) if lives is None else lives.running_units()
    if lives is not None and not running.height:
        msg = (
            f"log {readings!r}: must have a machine that runs and was read; "
            f"{len(lives.resting)} were down or maintained at its end, and "
            f"{lives.counts['readings']} readings came"
        )
        raise InputError(msg)
    known = lives if train is None else None
    if train is not None and not is_table(train):
        known = lives_in(train, spec)
    past = _past(train, readings, known)
    sensors = [name for name in past.columns if name not in {"unit", "cycle"}]
    if lives is not None or known is not None:
        sensors = shared_sensors(past, running)
        past, running = (f.select("unit", "cycle", *sensors) for f in (past, running))
    made = health_table(
        past,
        running,
        costs=spec.costs,
        levels=spec.levels,
        options=_options(past, spec, is_log=known is not None),
        horizon=spec.horizon,
        warning=spec.warning,
    )
    return Told(
        table=made,
        learned_from=train or readings,
        told_of=readings,
        cycle_us=spec.cycle_us if lives is not None else None,
        lives=lives,
        sensors=tuple(sensors),
    )


def is_table(source: str) -> bool:
    """Tell whether a name is that of a table."""
    return source.lower().endswith(SUFFIXES)


def lives_in(log: str, spec: HealthSpec) -> Lives:
    """Read the lives of the machines of a log, each event once and in order.

    Parameters
    ----------
    log : str
        What `millstream replay` can read.
    spec : HealthSpec
        Says how long a cycle is, and which machines count.
    """
    from twin.model import build
    from twin.replay import ReplayOptions, Twin, open_source, replay_ahead

    # Lives are told by events alone: any network will do.
    sites = [{"site": "-", "kind": "plant"}]
    network = build({"sites": sites}, {"name": "-", "as_of": "1970-01-01T00:00:00Z"})
    with open_source(log, kafka_config=spec.kafka_config) as source:
        twin = Twin(network, source.partitions(), ReplayOptions(types=TYPES))
        folded = HealthFeatures(twin.names, spec.cycle_us, journal=True)
        twin.projections["health"] = folded
        for _ in replay_ahead(twin, source, source.end_position()):
            pass
        twin.finish()
    lives = lives_of(folded)
    return lives.of_machines(spec.machines) if spec.machines else lives


def _check_machines(lives: Lives | None, spec: HealthSpec) -> None:
    if lives is None and spec.machines:
        msg = (
            f"--machines {','.join(spec.machines)}: chooses among those of a log; a "
            "table has the units it is to have"
        )
        raise InputError(msg)


def _past(train: str | None, readings: str, known: Lives | None) -> pl.DataFrame:
    """Return what is learned from, or say what is needed."""
    if known is None:
        if train is None:
            msg = (
                f"{readings}: a table of machines that run does not say which failed; "
                "give units up to their failure: --train FILE or --train LOG"
            )
            raise InputError(msg)
        return read_table(Path(train))
    past = known.failed_units()
    n_failed = past["unit"].n_unique()
    if n_failed < FAILURES_MIN:
        msg = (
            f"log {train or readings!r}: {n_failed} lives with readings ended in a "
            f"failure (a machine that enters the state down, or corrective "
            f"MaintenanceDone), {known.n_renewed} in maintenance; at least "
            f"{FAILURES_MIN} failures are needed to learn from: give them as --train "
            "FILE (unit, cycle and the same sensors, each unit up to its failure) or "
            "--train LOG"
        )
        raise InputError(msg)
    return past


def _options(past: pl.DataFrame, spec: HealthSpec, *, is_log: bool) -> RulOptions:
    few, many = _LEAF_ROWS
    leaf_rows = min(many, max(few, past.height // _ROWS_A_LEAF))
    cap = spec.cap
    if cap is None:
        cap = FILE_CAP
        if is_log:
            lengths = past.group_by("unit").agg(pl.col("cycle").max())["cycle"]
            middle = lengths.cast(pl.Float64).quantile(0.5, "linear")
            cap = max(LIFE_SHARE * (middle or 0.0), 1.0)
    return RulOptions(cap=cap, leaf_rows=leaf_rows, seed=spec.seed)


def ranked(table: HealthTable) -> pl.DataFrame:
    """Return the table, the most urgent first."""
    risk = f"p_fail_{table.horizon}"
    return table.frame.sort(
        [risk, "rul_mean"], descending=[True, False], maintain_order=True
    )


def headline(told: Told) -> str:
    """Say in two lines what was learned, and how good alarms are."""
    table, record = told.table, told.table.warning.record
    n_alarms = int(table.frame["alarm"].sum())
    rule = table.warning.rule
    text = (
        f"{table.frame.height} units, learned from {table.n_learned} failures; of "
        f"units held out the mean was off by {table.held_out_rmse:.3g} cycles (root "
        f"mean square), {100 * table.coverage:.1f} % lay within the quantiles\n"
        f"alarms: {n_alarms} standing, raised at p_fail_{table.horizon} >= "
        f"{rule.raise_at:.3g}, cleared below {rule.clear_at:.3g}; of units held out "
        f"{100 * record.caught_share:.0f} % of failures were told in time, "
        f"{100 * record.false_share:.0f} % of alarms came more than {table.horizon} "
        f"cycles before the failure, {_rate(told)}"
    )
    return text + _cycles(told)


def _rate(told: Told) -> str:
    rate = told.table.warning.record.rate
    if told.cycle_us is None:
        return f"{1000 * rate:.3g} alarms in 1,000 cycles of a unit"
    return f"{rate * DAY_US / told.cycle_us:.3g} alarms a machine and day"


def _cycles(told: Told) -> str:
    if told.cycle_us is None or told.lives is None:
        return ""
    counts = told.lives.counts
    text = f"\na cycle is {told.cycle_us / 3.6e9:g} h; {counts['readings']} readings"
    resting = len(told.lives.resting)
    if resting:
        text += f"; down or maintained, and not told of: {resting}"
    for name, words in (
        ("left_out", "of sensors beyond the bound"),
        ("unusable", "not finite"),
    ):
        if counts[name]:
            text += f"; {counts[name]} readings left out, {words}"
    return text


def summary(told: Told) -> dict[str, Any]:
    """Return what a JSON file says of health."""
    table, warning = told.table, told.table.warning
    rule, record, leads = warning.rule, warning.record, warning.lead_quantiles()
    days = None if told.cycle_us is None else told.cycle_us / DAY_US
    answer: dict[str, Any] = {
        "units": table.frame.height,
        "units_learned": table.n_learned,
        "sensors": list(told.sensors),
        "horizon": table.horizon,
        "cap": table.cap,
        "held_out_rmse": table.held_out_rmse,
        "coverage": table.coverage,
        "cost_rate": table.rate,
        "cycle_s": None if told.cycle_us is None else told.cycle_us / 1e6,
        "alarms": {
            "standing": int(table.frame["alarm"].sum()),
            "raise_at": rule.raise_at,
            "clear_at": rule.clear_at,
            "hold": rule.hold,
            "held_out": {
                "failures": record.n_units,
                "told_in_time": record.n_caught,
                "alarms": record.n_alarms,
                "false": record.n_false,
                "false_share": record.false_share,
                "per_unit_cycle": record.rate,
                "per_machine_day": None if days is None else record.rate / days,
                "cost_rate": record.cost_rate,
                "lead_q0.1_q0.5_q0.9": None if leads is None else list(leads),
            },
        },
        "calibration": table.calibration.to_dicts(),
        "most_urgent": ranked(table).head(10).to_dicts(),
    }
    if told.lives is not None:
        answer["log"] = {
            **told.lives.counts,
            "failures": told.lives.n_failed,
            "maintained": told.lives.n_renewed,
            "resting": list(told.lives.resting),
        }
    return answer
