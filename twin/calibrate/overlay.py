"""Edits of a network with their evidence: a file, a changed network, events."""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from streams.events import ModelCalibrated
from twin.calibrate.calibration import LAW_COLUMNS, Calibration, has_column
from twin.calibrate.estimates import OBSERVED, SHARE, Estimate
from twin.errors import InputError
from twin.model.changes.apply import rebuilt
from twin.model.laws import WEIBULL_CV
from twin.model.network import Network

Cell = str | float | int | bool | None
SUFFIXES = (".toml", ".json")


@dataclass(frozen=True, slots=True)
class Edit:
    """New values of columns of one row of a table, named by its key."""

    table: str
    key: Mapping[str, Cell]
    values: Mapping[str, Cell]
    evidence: tuple[Mapping[str, Cell], ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenLaw:
    """An observed law: factors of the mean, and their weights."""

    law: str
    factor: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a calibration changes.

    Attributes
    ----------
    network_hash : str
        Of the network that was calibrated.
    start_us, end_us : int
        The window, microseconds UTC.
    edits : tuple of Edit
        A row each.
    laws : tuple of WrittenLaw
        Observed laws, added to the table ``laws``.
    """

    network_hash: str
    start_us: int
    end_us: int
    edits: tuple[Edit, ...]
    laws: tuple[WrittenLaw, ...]


def overlay_of(calibration: Calibration) -> Overlay:
    """Turn estimates into edits of the network's tables.

    An estimate that the tables have no column for, such as times to failure by the
    other clock, is left to the table of the calibration.

    Parameters
    ----------
    calibration : Calibration
        What was estimated.

    Returns
    -------
    Overlay
        One edit a row.
    """
    network = calibration.network
    taken = set(network.laws.ids)
    values: dict[tuple[str, str], dict[str, Cell]] = {}
    evidence: dict[tuple[str, str], list[Mapping[str, Cell]]] = {}
    keys: dict[tuple[str, str], Mapping[str, Cell]] = {}
    laws: list[WrittenLaw] = []
    for one in calibration.estimates:
        if not _is_statable(one):
            continue
        place = (one.table, json.dumps(dict(one.key), sort_keys=True))
        keys[place] = dict(one.key)
        law = one.law
        if one.law == OBSERVED and one.observed is not None:
            law = _free_name(one, taken)
            taken.add(law)
            scaled = one.observed.value / one.value
            weights = one.observed.weight.tolist()
            laws.append(WrittenLaw(law, tuple(scaled.tolist()), tuple(weights)))
        values.setdefault(place, {}).update(_cells(one, law))
        evidence.setdefault(place, []).append(evidence_of(one))
    edits = tuple(
        Edit(place[0], keys[place], values[place], tuple(evidence[place]))
        for place in values
    )
    window = calibration.window
    return Overlay(network.hash, window.start_us, window.end_us, edits, tuple(laws))


def evidence_of(one: Estimate) -> dict[str, Cell]:
    """Return the evidence of an estimate as cells; what does not apply is left out."""
    found: dict[str, Cell] = {
        "column": one.column,
        "law": one.law,
        "n": one.n,
        "n_censored": one.n_censored,
        "value": one.value,
        "low": one.interval.low,
        "high": one.interval.high,
        "cv": one.cv,
        "cv_low": one.cv_interval.low,
        "cv_high": one.cv_interval.high,
        "p_value": one.p_value,
        "drift_p_value": one.drift.p_value,
        "drift_us": one.drift_us,
        "pooled_over": one.pooled_over or None,
    }
    return {
        name: value
        for name, value in found.items()
        if value is not None and not (isinstance(value, float) and math.isnan(value))
    }


def _is_statable(one: Estimate) -> bool:
    if not has_column(one.table, one.column) or not math.isfinite(one.value):
        return False
    return one.law == SHARE or one.value > 0.0 or one.column == "setup_s"


def _cells(one: Estimate, law: str) -> dict[str, Cell]:
    found: dict[str, Cell] = {one.column: float(one.value)}
    if one.column in LAW_COLUMNS:
        law_column, cv_column = LAW_COLUMNS[one.column]
        if has_column(one.table, law_column):
            # Tables can state no Weibull law as steady as one fitted to equal times.
            cv = max(one.cv, WEIBULL_CV[0]) if law == "weibull" else one.cv
            found |= {law_column: law, cv_column: float(cv)}
    return found


def _free_name(one: Estimate, taken: set[str]) -> str:
    parts = [one.table, *map(str, one.key.values()), one.column.removesuffix("_s")]
    name = "_".join(["calibrated", *(part.replace("*", "any") for part in parts)])
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def apply_overlay(overlay: Overlay, network: Network) -> Network:
    """Build a network with the edits of an overlay.

    Parameters
    ----------
    overlay : Overlay
        Edits; they need not come from this very network.
    network : Network
        Left as it is.

    Returns
    -------
    Network
        Checked as a whole.

    Raises
    ------
    InputError
        If a row, table or column that is edited is not there.
    NetworkError
        If the edited tables do not make up a network.
    """
    frames = dict(network.tables)
    for edit in overlay.edits:
        frame = frames.get(edit.table)
        if frame is None or not {*edit.key, *edit.values} <= set(frame.columns):
            names = ", ".join([*edit.key, *edit.values])
            msg = f"overlay: no table {edit.table!r} with the columns {names}"
            raise InputError(msg)
        mask = pl.Series([True] * frame.height, dtype=pl.Boolean)
        for name, value in edit.key.items():
            mask &= frame[name] == value
        if not mask.any():
            key = ", ".join(f"{name} {value!r}" for name, value in edit.key.items())
            msg = f"overlay: {edit.table} has no row with {key}"
            raise InputError(msg)
        frames[edit.table] = frame.with_columns(
            pl.when(mask).then(pl.lit(value)).otherwise(pl.col(name))
            .cast(frame.schema[name]).alias(name)
            for name, value in edit.values.items()
        )  # fmt: skip
    frames["laws"] = pl.concat([frames["laws"], *map(_law_rows, overlay.laws)])
    changed = {
        name: frame
        for name, frame in frames.items()
        if not frame.equals(network.tables[name])
    }
    return rebuilt(network, changed) if changed else network


def _law_rows(law: WrittenLaw) -> pl.DataFrame:
    rows = {"law": law.law, "factor": law.factor, "weight": law.weight}
    return pl.DataFrame(
        {
            "law": pl.Series([law.law] * len(law.factor), dtype=pl.String),
            "factor": pl.Series(rows["factor"], dtype=pl.Float64),
            "weight": pl.Series(rows["weight"], dtype=pl.Float64),
        }
    )


def calibrated_events(overlay: Overlay) -> list[ModelCalibrated]:
    """Return the events that put an overlay in force: one a changed row.

    Parameters
    ----------
    overlay : Overlay
        Edits and laws.

    Returns
    -------
    list of ModelCalibrated
        Laws first, as rows refer to them; `values` holds the key, too.
    """
    rows: list[tuple[str, str, dict[str, Cell]]] = []
    for law in overlay.laws:
        for k, (factor, weight) in enumerate(zip(law.factor, law.weight, strict=True)):
            cells: dict[str, Cell] = {
                "law": law.law, "factor": factor, "weight": weight,
            }  # fmt: skip
            rows.append((f"laws {law.law} {k}", "laws", cells))
    for edit in overlay.edits:
        key = " ".join(str(part) for part in edit.key.values())
        rows.append((f"{edit.table} {key}", edit.table, {**edit.key, **edit.values}))
    return [
        ModelCalibrated(
            record=record, table=table, values=cells, fitted_until_us=overlay.end_us
        )
        for record, table, cells in rows
    ]


def write_overlay(overlay: Overlay, path: Path) -> None:
    """Write an overlay, as TOML or JSON as the name of the file ends.

    Parameters
    ----------
    overlay : Overlay
        What to write.
    path : Path
        Its folder is made.

    Raises
    ------
    InputError
        If the name ends in neither.
    """
    check_suffix(path)
    content: dict[str, Any] = msgspec.to_builtins(overlay)
    text = json.dumps(content, indent=1, ensure_ascii=False)
    if path.suffix == ".toml":
        text = _toml(overlay)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def load_overlay(path: Path) -> Overlay:
    """Read an overlay.

    Parameters
    ----------
    path : Path
        TOML or JSON, as the name says.

    Returns
    -------
    Overlay

    Raises
    ------
    InputError
        If it is not one.
    """
    check_suffix(path)
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        return msgspec.convert(content, Overlay)
    except (ValueError, msgspec.ValidationError) as error:
        msg = f"{path}: not an overlay: {error}"
        raise InputError(msg) from error


def check_suffix(path: Path) -> None:
    """Refuse a file whose name ends in neither .toml nor .json.

    Raises
    ------
    InputError
        If it does.
    """
    if path.suffix not in SUFFIXES:
        msg = f"{path}: the name must end in {' or '.join(SUFFIXES)}"
        raise InputError(msg)


def _toml(overlay: Overlay) -> str:
    lines = [
        "# Parameters estimated from events, with evidence; durations in seconds.",
        f"network_hash = {_value(overlay.network_hash)}",
        f"start_us = {overlay.start_us}",
        f"end_us = {overlay.end_us}",
    ]
    if not overlay.edits:
        lines.append("edits = []")
    if not overlay.laws:
        lines.append("laws = []")
    for edit in overlay.edits:
        lines += [
            "", "[[edits]]", f"table = {_value(edit.table)}",
            f"key = {_inline(edit.key)}", f"values = {_inline(edit.values)}",
            "evidence = [",
            *(f"    {_inline(one)}," for one in edit.evidence), "]",
        ]  # fmt: skip
    for law in overlay.laws:
        lines += [
            "", "[[laws]]", f"law = {_value(law.law)}",
            f"factor = {_value(list(law.factor))}",
            f"weight = {_value(list(law.weight))}",
        ]  # fmt: skip
    return "\n".join(lines)


def _inline(cells: Mapping[str, Cell]) -> str:
    return "{ " + ", ".join(f"{k} = {_value(v)}" for k, v in cells.items()) + " }"


def _value(value: object) -> str:
    # JSON and TOML write strings, numbers and arrays of them alike, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
