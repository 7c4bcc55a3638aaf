"""Scenarios: what happens to a network that nobody planned for.

A scenario file is TOML with a name and any number of ``[[demand_shocks]]``,
``[[supplier_failures]]`` and ``[[machine_failures]]``; times count from `as_of`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twin.errors import Problem, ScenarioError
from twin.model.cells import empty, typed
from twin.model.columns import ANY, Column, Table, amount, link, positive
from twin.model.network import Network
from twin.model.read import read_rows, suggestion

SECOND_US = 1_000_000
MAX_FACTOR = 100.0  # of demand; more is a mistake of units


def _when() -> tuple[Column, Column]:
    return (
        amount("start_s", "s", "When it begins, after `as_of`.", required=True),
        positive("duration_s", "s", "How long it lasts.", required=True),
    )


DEMAND_SHOCKS = Table(
    "demand_shocks",
    "Demand of some customers for some items is multiplied.",
    (
        link("customer", "customers", "Who.", wildcard=True, default=ANY),
        link("item", "items", "For what.", wildcard=True, default=ANY),
        *_when(),
        Column(
            "factor", "number", "Demand as a multiple of what it would be.", "1",
            required=True, low=0.0, high=MAX_FACTOR,
        ),
    ),
)  # fmt: skip
SUPPLIER_FAILURES = Table(
    "supplier_failures",
    "A supplier sends less, or nothing.",
    (
        link("supplier", "suppliers", "Who."),
        *_when(),
        Column(
            "capacity_factor", "number", "What is left of its capacity.", "share",
            default=0.0, low=0.0, high=1.0,
        ),
    ),
)  # fmt: skip
MACHINE_FAILURES = Table(
    "machine_failures",
    "A machine is down.",
    (link("machine", "machines", "Which."), *_when()),
)
SCENARIO_TABLES = (DEMAND_SHOCKS, SUPPLIER_FAILURES, MACHINE_FAILURES)


@dataclass(frozen=True, slots=True)
class Disruptions:
    """One kind of disruption; arrays of (n,).

    Attributes
    ----------
    first, second : ndarray of shape (n,), int32
        What is hit, -1 for all: customer and item of a shock, supplier or machine of a
        failure (then `second` is -1).
    start_us, end_us : ndarray of shape (n,), int64
        Microseconds UTC; `end_us` is the first instant after it.
    factor : ndarray of shape (n,), float64
        Multiple of demand or of capacity; 0 for a machine.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    factor: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named set of disruptions of one network."""

    name: str
    demand_shocks: Disruptions
    supplier_failures: Disruptions
    machine_failures: Disruptions


def load_scenario(path: Path | str, network: Network) -> Scenario:
    """Read a scenario file and check it against its network.

    Parameters
    ----------
    path : Path or str
        A TOML file.
    network : Network
        Whose ids it names.

    Returns
    -------
    Scenario
        With dense indices of `network`.

    Raises
    ------
    ScenarioError
        With every problem; rows count the entries of a kind, from 1.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(path.name, None, None, str(error), "a TOML file in UTF-8")
        raise ScenarioError(str(path), (problem,)) from error
    return build_scenario(content, network, file=path.name)


def build_scenario(
    content: Mapping[str, Any], network: Network, *, file: str = "scenario"
) -> Scenario:
    """Check a scenario in memory against its network.

    Parameters
    ----------
    content : mapping
        `name` and a list of mappings for each kind of disruption, as in a file.
    network : Network
        Whose ids it names.
    file : str
        What to call it in messages.

    Returns
    -------
    Scenario
        With dense indices of `network`.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    known = ["name", *(table.name for table in SCENARIO_TABLES)]
    problems = [
        Problem(file, None, name, name, f"{', '.join(known)}{suggestion(name, known)}")
        for name in content
        if name not in known
    ]
    frames = {}
    for table in SCENARIO_TABLES:
        frames[table.name], found = _checked(table, content, (file, network))
        problems += found
    if problems:
        raise ScenarioError(file, tuple(problems))
    shocks, suppliers, machines = (frames[table.name] for table in SCENARIO_TABLES)
    places, as_of_us = network.place_index, network.settings.as_of_us
    everywhere = [ANY] * max(suppliers.height, machines.height)
    return Scenario(
        name=str(content.get("name", file)),
        demand_shocks=_disruptions(
            shocks,
            as_of_us,
            first=_indices(shocks["customer"].to_list(), places),
            second=_indices(shocks["item"].to_list(), network.item_index),
        ),
        supplier_failures=_disruptions(
            suppliers,
            as_of_us,
            first=_indices(suppliers["supplier"].to_list(), places),
            second=_indices(everywhere[: suppliers.height], places),
        ),
        machine_failures=_disruptions(
            machines,
            as_of_us,
            first=_indices(machines["machine"].to_list(), network.machine_index),
            second=_indices(everywhere[: machines.height], places),
        ),
    )


def _checked(
    table: Table, content: Mapping[str, Any], against: tuple[str, Network]
) -> tuple[pl.DataFrame, list[Problem]]:
    file, network = against
    rows = content.get(table.name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        allowed = f"[[{table.name}]] entries"
        return empty(table), [Problem(file, None, table.name, str(rows), allowed)]
    if not rows:
        return empty(table), []
    frame, problems = typed(table, read_rows(rows), f"{file} [[{table.name}]]")
    for column in table.columns:
        if not column.refers_to:
            continue
        name = column.refers_to[0]
        ids = set(network.tables[name][name.removesuffix("s")])
        for row, value in enumerate(frame[column.name], start=1):
            if value not in ids | {None, ANY}:
                allowed = column.allowed + suggestion(value, ids)
                where = f"{file} [[{table.name}]]"
                problems.append(Problem(where, row, column.name, value, allowed))
    return frame, problems


def _indices(ids: Sequence[str], index: Mapping[str, int]) -> NDArray[np.int32]:
    return np.array([index.get(name, -1) for name in ids], np.int32)


def _disruptions(
    frame: pl.DataFrame,
    as_of_us: int,
    *,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
) -> Disruptions:
    start = np.rint(frame["start_s"].to_numpy() * SECOND_US).astype(np.int64)
    length = np.rint(frame["duration_s"].to_numpy() * SECOND_US).astype(np.int64)
    names = [n for n in ("factor", "capacity_factor") if n in frame.columns]
    factor = frame[names[0]].to_numpy() if names else np.zeros(frame.height)
    return Disruptions(
        first=first,
        second=second,
        start_us=as_of_us + start,
        end_us=as_of_us + start + length,
        factor=factor.astype(np.float64),
    )
