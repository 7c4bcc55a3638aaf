"""Forecasts for the command line: of tables and logs, as tables and a page."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from twin.cli.sources import batches_of
from twin.demand import (
    CHANGED,
    FALSE_ALARM,
    JUDGED,
    AskedDemand,
    Explained,
    ForecastTable,
    adjusted,
    changes_of,
    explained,
    forecast_table,
    value_added,
)

if TYPE_CHECKING:
    from twin.report.outlook import Judged, OutlookData
    from twin.report.reasons import Change, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSpec:
    """What is forecast: see the options of `millstream forecast`."""

    horizon: int
    season_length: int | tuple[int, int]
    levels: tuple[float, ...]
    protection: int | None
    method: str = "default"
    calibrated: bool | None = None


def _no_changes() -> pl.DataFrame:
    return pl.DataFrame(schema=CHANGED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """A forecast, and what planners said of it.

    Attributes
    ----------
    frame : polars.DataFrame
        The forecast, see `ForecastTable.frame`; of a log also ``ds`` (begin of each
        bucket) and ``baseline`` (the mean before adjustments).
    table : ForecastTable
        The forecast before any adjustment: its past, and its methods.
    dated : bool
        Whether the panel's times are times, or numbers of steps.
    n_adjusted : int
        Rows that planners adjusted.
    judged : polars.DataFrame
        See `twin.demand.value_added`; empty without a log.
    rejected : int
        Records of the log that could not be read.
    changes : polars.DataFrame
        See `twin.demand.changes_of`; empty until it was looked for.
    told : Explained or None
        Why each series was forecast so, where that was asked for.
    """

    frame: pl.DataFrame
    table: ForecastTable
    dated: bool
    n_adjusted: int = 0
    judged: pl.DataFrame
    rejected: int = 0
    changes: pl.DataFrame = field(default_factory=_no_changes)
    told: Explained | None = None


def of_table(past: pl.DataFrame, spec: ForecastSpec) -> Outlook:
    """Forecast a table; see `twin.demand.forecast_table`."""
    made = _made(past, spec)
    return Outlook(
        frame=made.frame,
        table=made,
        dated="ds" in past.columns,
        judged=pl.DataFrame(schema=JUDGED),
    )


def of_log(
    log: str, spec: ForecastSpec, *, bucket_us: int, config: Path | None = None
) -> Outlook:
    """Forecast the demand of a log by item and site, and adjust it as planners said.

    Parameters
    ----------
    log : str
        What `millstream replay` can read.
    spec : ForecastSpec
        What is forecast.
    bucket_us : int
        Length of a step, microseconds.
    config : Path or None
        Client properties of a kafka:// source.

    Raises
    ------
    OptionError
        If there is no such log, or no demand in it.
    """
    rejected: list[int] = []
    asked = AskedDemand.of(batches_of(log, config, rejected))
    past = asked.table(bucket_us)
    made = _made(past, spec)
    last = past.group_by("id").agg(pl.col("ds").max())
    step = pl.duration(microseconds=pl.col("step") * bucket_us)
    frame = (
        made.frame.join(last, on="id", how="left", maintain_order="left")
        .with_columns(pl.col("ds") + step)
    )  # fmt: skip
    frame, n_adjusted = adjusted(frame, asked.adjustments)

    def anew(known: pl.DataFrame, horizon: int) -> pl.DataFrame:
        return forecast_table(
            known,
            horizon,
            season_length=spec.season_length,
            quantiles=spec.levels,
            method=_method(spec),
            calibrated=False,  # of the mean alone
        ).frame

    return Outlook(
        frame=frame,
        table=made,
        dated=True,
        n_adjusted=n_adjusted,
        judged=value_added(past, asked.adjustments, anew),
        rejected=sum(rejected),
    )


def headline(made: Outlook, spec: ForecastSpec) -> str:
    """Say in a line what was forecast, and by what."""
    text = ", ".join(f"{count} by {name}" for name, count in made.table.methods.items())
    past = made.table.panel
    n_series, n_values = past.n_series, len(past.values)
    told = f"{n_series} series of {n_values} values, {spec.horizon} steps: {text}"
    if made.table.n_calibrated:
        told += f"; {made.table.n_calibrated} with calibrated quantiles"
    if made.n_adjusted:
        told += f"; {made.n_adjusted} rows adjusted by planners"
    if made.rejected:
        told += f"; {made.rejected} records of the log could not be read"
    return told


def summary(made: Outlook, spec: ForecastSpec) -> dict[str, Any]:
    """Return what a JSON file says of a forecast."""
    return {
        "series": made.table.panel.n_series,
        "values": len(made.table.panel.values),
        "horizon": spec.horizon,
        "season_length": spec.season_length,
        "quantiles": list(spec.levels),
        "protection": spec.protection,
        "method": spec.method,
        "methods": made.table.methods,
        "calibrated_series": made.table.n_calibrated,
        "changes": _plain(made),
        "adjusted_rows": made.n_adjusted,
        "adjustments": made.judged.to_dicts(),
        "rejected_records": made.rejected,
    }


def with_changes(made: Outlook) -> Outlook:
    """Look for what changed of late."""
    return replace(made, changes=changes_of(made.table.panel, made.table.made))


def with_reasons(made: Outlook) -> Outlook:
    """Find out why each series was forecast so."""
    return replace(made, told=explained(made.table.panel, made.table.made))


def changes_title(made: Outlook) -> str:
    """Say in a line how many series changed, and how many would by chance."""
    n_series, n_changed = made.table.panel.n_series, made.changes.height
    chance = n_series * FALSE_ALARM
    would = f"some {chance:.0f}" if chance >= 1.0 else "hardly one"
    return (
        f"{n_changed} of {n_series} series changed of late, the surest first (were all "
        f"calm, {would} would be listed):"
    )


def shown_changes(made: Outlook) -> pl.DataFrame:
    """Return changes as they are printed: dates where there are any, rounded."""
    time = ["ds"] if made.dated else ["step"]
    rounded = pl.col("size", "level", "statistic").round_sig_figs(4)
    told = made.changes.with_columns(rounded, pl.col("probability").round_sig_figs(2))
    return told.select("id", "kind", *time, "size", "level", "statistic", "probability")


def write_reasons(
    made: Outlook, spec: ForecastSpec, path: Path, *, source: str
) -> None:
    """Write why each series was forecast so, as JSON.

    Parameters
    ----------
    made : Outlook
        After `with_reasons`.
    spec : ForecastSpec
        What was asked.
    path : Path
        File to write; its folder is made.
    source : str
        What it was made from.
    """
    told = made.told or Explained((), {})
    content = {
        "file": source,
        **summary(made, spec),
        "drivers": told.drivers,
        "series_explained": list(told.series),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _plain(made: Outlook) -> list[dict[str, Any]]:
    """Return changes for JSON: times as text, none where there are only steps."""
    time = pl.col("ds").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = made.changes.with_columns(time if made.dated else pl.lit(None).alias("ds"))
    return rows.to_dicts()


def write_page(made: Outlook, spec: ForecastSpec, path: Path, *, source: str) -> None:
    """Draw the forecasts of the greatest series on a page.

    Parameters
    ----------
    made, spec
        The forecast.
    path : Path
        HTML file to write.
    source : str
        What it was made from, as the reader knows it.
    """
    from twin.report import outlook

    outlook.write(_page(made, spec, source), path)


def _page(made: Outlook, spec: ForecastSpec, source: str) -> "OutlookData":
    import numpy as np

    from twin.report import ForecastFan
    from twin.report.outlook import PANELS_MAX, OutlookData

    past, levels = made.table.panel, sorted(spec.levels)
    shape = past.n_series, spec.horizon
    # A column of the frame by series and step; levels from the least.
    quantiles = np.stack(
        [made.frame[f"q{level:g}"].to_numpy().reshape(shape) for level in levels]
    )
    mean = made.frame["mean"].to_numpy().reshape(shape).mean(axis=1)
    greatest = np.sort(np.argsort(-mean, kind="stable")[:PANELS_MAX])
    unit_us = past.step_us if not made.dated else 1
    fans = []
    for k in greatest.tolist():
        history = past.series(k)
        times = past.start_us[k] + past.step_us * np.arange(len(history) + spec.horizon)
        times //= unit_us
        fans.append(
            ForecastFan(
                name=past.ids[k],
                history_times_us=times[: len(history)],
                history=history,
                times_us=times[len(history) :],
                levels=np.array(levels),
                quantiles=quantiles[:, k],
            )
        )
    return OutlookData(
        title="Forecasts",
        subtitle=headline(made, spec),
        fans=tuple(fans),
        n_series=past.n_series,
        dated=made.dated,
        methods=made.table.methods,
        changes=_changed(made),
        reasons=tuple(_reason(made, k) for k in greatest.tolist() if made.told),
        drivers=made.told.drivers if made.told else {},
        judged=_judged(made.judged),
        created_from={"Source": source, "Steps ahead": str(spec.horizon),
                      "Steps in a season": str(spec.season_length)},
    )  # fmt: skip


def _reason(made: Outlook, row: int) -> "Reason":
    from twin.report.reasons import Reason

    assert made.told is not None
    one = made.told.series[row]
    parts = one["components"] or {}
    season = parts.get("season") or (0.0,)
    return Reason(
        series=one["series"],
        method=one["method"],
        why=one["why"],
        level=parts.get("level"),
        trend=parts.get("trend"),
        swing=max(season) - min(season) if len(season) > 1 else None,
        models=parts.get("models") or {},
        skill=one["skill"],
        n_cutoffs=one["n_cutoffs"],
        n_errors=one["n_errors"],
    )


def _changed(made: Outlook) -> "tuple[Change, ...]":
    from twin.report.reasons import Change

    times = made.changes["ds"].dt.epoch("us").to_list()
    return tuple(
        Change(
            series=row["id"],
            when_us=when_us if made.dated else None,
            **{name: row[name] for name in _EVIDENCE},
        )
        for row, when_us in zip(made.changes.iter_rows(named=True), times, strict=True)
    )


_EVIDENCE = ("kind", "step", "size", "level", "statistic", "probability")


def _judged(frame: pl.DataFrame) -> "tuple[Judged, ...]":
    from twin.report.outlook import Judged

    names = Judged.__dataclass_fields__
    return tuple(
        Judged(series=row["id"], **{n: row[n] for n in names if n != "series"})
        for row in frame.iter_rows(named=True)
    )


def _method(spec: ForecastSpec) -> Any:  # noqa: ANN401 - a name the seam checks
    return spec.method


def _made(past: pl.DataFrame, spec: ForecastSpec) -> ForecastTable:
    return forecast_table(
        past,
        spec.horizon,
        season_length=spec.season_length,
        quantiles=spec.levels,
        protection=spec.protection,
        method=_method(spec),
        calibrated=spec.calibrated,
    )
