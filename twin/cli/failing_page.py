"""The page of `millstream health`."""

from pathlib import Path

import numpy as np
import polars as pl

from twin.cli.failing import DAY_US, HealthSpec, Told, ranked
from twin.report.formatting import number
from twin.report.health import (
    Degradation,
    HeadTile,
    HealthData,
    MachineRow,
    write,
)
from twin.report.health.curves import CURVES_MAX

_HOUR_US = 3_600_000_000


def write_page(told: Told, spec: HealthSpec, path: Path) -> None:
    """Draw the health of machines on a page.

    Parameters
    ----------
    told : Told
        What is shown.
    spec : HealthSpec
        What was asked for.
    path : Path
        File to write; its folder is made.
    """
    write(page_data(told, spec), path)


def page_data(told: Told, spec: HealthSpec) -> HealthData:
    """Return what the page shows; see `write_page`."""
    table, frame = told.table, ranked(told.table)
    quantiles = [name for name in frame.columns if name.startswith("rul_q")]
    levels = [float(name.removeprefix("rul_q")) for name in quantiles]
    ages = dict(table.trail.group_by("unit").agg(pl.col("cycle").max()).iter_rows())
    rows = [
        _row(one, f"p_fail_{table.horizon}", (quantiles[0], quantiles[-1]), ages)
        for one in frame.iter_rows(named=True)
    ]
    wide = table.effects.pivot(on="sensor", index="unit", values="cycles")
    names = frame.select("unit")
    effects = names.join(wide, on="unit", how="left", maintain_order="left")
    sensors = tuple(effects.columns[1:])
    calibration = table.calibration
    return HealthData(
        title="Health of machines",
        subtitle=f"{len(rows)} that run, learned from {table.n_learned} failures",
        cycle="" if told.cycle_us is None else f"{told.cycle_us / _HOUR_US:g} h",
        horizon=table.horizon,
        share_percent=100 * (levels[-1] - levels[0]),
        tiles=_tiles(told),
        ranking=tuple(rows),
        curves=tuple(
            _curve(row, table.trail, quantiles, levels) for row in rows[:CURVES_MAX]
        ),
        machines=tuple(effects["unit"].to_list()),
        sensors=sensors,
        effects=effects.select(sensors).to_numpy(),
        predicted=calibration["predicted"].to_numpy(),
        observed=calibration["observed"].to_numpy(),
        n_cases=calibration["n"].to_numpy().astype(np.float64),
        warnings=table.warning.record.warning,
        alarm_text=_alarm_text(told, spec),
        created_from=_origin(told, spec),
    )


def _row(
    one: dict[str, object], risk: str, ends: tuple[str, str], ages: dict[str, float]
) -> MachineRow:
    def at(name: str) -> float:
        return float(str(one[name]))

    window = None
    if one["renew_at"] is not None:
        window = (at("renew_from"), at("renew_at"), at("renew_by"))
    name = str(one["unit"])
    return MachineRow(
        name=name,
        risk=at(risk),
        left=(at("rul_mean"), at(ends[0]), at(ends[1])),
        window=window,
        alarm_since=None if one["alarm_since"] is None else at("alarm_since"),
        age=ages[name],
        drivers=str(one["drivers"]),
    )


def _curve(
    row: MachineRow, trail: pl.DataFrame, quantiles: list[str], levels: list[float]
) -> Degradation:
    own = trail.filter(pl.col("unit") == row.name)
    middle = quantiles[int(np.argmin(np.abs(np.array(levels) - 0.5)))]
    return Degradation(
        row=row,
        age=own["cycle"].to_numpy(),
        mean=own["rul_mean"].to_numpy(),
        median=own[middle].to_numpy(),
        low=own[quantiles[0]].to_numpy(),
        high=own[quantiles[-1]].to_numpy(),
    )


def _tiles(told: Told) -> tuple[HeadTile, ...]:
    table, record = told.table, told.table.warning.record
    risk = table.frame[f"p_fail_{table.horizon}"]
    due = table.frame["renew_by"].drop_nulls()
    rate, unit = 1000 * record.rate, "in 1,000 cycles of a unit"
    if told.cycle_us is not None:
        rate, unit = record.rate * DAY_US / told.cycle_us, "a machine and day"
    n_alarms = int(table.frame["alarm"].sum())
    return (
        HeadTile(
            name="Alarms standing",
            value=f"{n_alarms}",
            note=f"of {table.frame.height} machines",
        ),
        HeadTile(
            name="Failures to expect",
            value=number(float(str(risk.sum()))),
            note=f"within {table.horizon} cycles, if nothing is renewed",
        ),
        HeadTile(
            name="Renewals due",
            value=f"{int((due <= table.horizon).sum())}",
            note=f"by the end of {table.horizon} cycles",
        ),
        HeadTile(
            name="Told in time",
            value=f"{100 * record.caught_share:.0f} %",
            note="of failures held out",
        ),
        HeadTile(name="Alarms raised", value=number(rate), note=unit),
        HeadTile(
            name="Error of the mean",
            value=number(table.held_out_rmse),
            note="cycles, root mean square, held out",
        ),
    )


def _alarm_text(told: Told, spec: HealthSpec) -> str:
    warning, horizon = told.table.warning, told.table.horizon
    rule, record, leads = warning.rule, warning.record, warning.lead_quantiles()
    text = (
        f"An alarm is raised where the risk is {100 * rule.raise_at:.3g} % or more in "
        f"{rule.confirm} cycles in a row, stands for {rule.hold:g} cycles or more, and "
        f"is cleared below {100 * rule.clear_at:.3g} %. Held out, {record.n_alarms} "
        f"alarms were raised for {record.n_units} failures; {record.n_caught} of them "
        f"were told more than {spec.costs.lead:g} cycles before, and {record.n_false} "
        f"alarms came more than {horizon} cycles before."
    )
    if leads is not None:
        low, middle, high = (number(one) for one in leads)
        text += (
            f" Half had stood for {middle} cycles, four in five for {low} to {high}."
        )
    return text


def _origin(told: Told, spec: HealthSpec) -> dict[str, str]:
    costs = spec.costs
    origin = {
        "Machines": told.told_of,
        "Learned from": told.learned_from,
        "Costs": f"{costs.planned:g} planned, {costs.failure:g} after a failure",
        "Lead": f"{costs.lead:g} cycles",
    }
    if told.lives is not None:
        counts = told.lives.counts
        origin["Readings"] = f"{counts['readings']:,}"
        origin["Down or maintained"] = f"{len(told.lives.resting)}"
    return origin
