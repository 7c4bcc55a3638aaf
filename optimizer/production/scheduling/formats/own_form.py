"""What may stand in a `problem.json`: its objects, fields and defaults."""

from __future__ import annotations

from typing import Annotated

import msgspec

from optimizer.production.scheduling.problem import LATEST

__all__ = [
    "Absence",
    "After",
    "BaselineText",
    "BufferText",
    "Count",
    "JobText",
    "LockText",
    "MachineText",
    "ModeText",
    "OperationText",
    "PoolText",
    "PowerText",
    "ProblemText",
    "SetupText",
    "TransportText",
]

Count = Annotated[int, msgspec.Meta(ge=0, le=LATEST - 1)]
"""A whole number; what is not there is null or left out, never below 0."""


class PowerText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Power of a machine while it works, is set up, or waits in between."""

    busy: Count = 0
    setup: Count = 0
    idle: Count = 0


class MachineText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A machine: its closed windows, setup matrix and family at the beginning."""

    id: str
    closed: list[tuple[Count, Count]] = []
    setups: str | None = None
    family: str | None = None
    batch: Count = 0
    blocking: bool = False
    buffer: str | None = None
    power: PowerText = PowerText()
    whole_setups: bool = False


class BufferText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Places behind the machines that name it."""

    id: str
    capacity: Count


class Absence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units of a pool that are away for a while."""

    start: Count
    end: Count
    amount: Count = 1


class PoolText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pool of operators or tools."""

    id: str
    capacity: Count
    away: list[Absence] = []


class SetupText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setup matrix: times, and costs, from the row's family to the column's."""

    id: str
    families: list[str]
    times: list[list[Count]]
    costs: list[list[Count]] | None = None


class ModeText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to do an operation: a machine or none, and what it holds of each pool.

    So many ticks of work before its end, `early`, what waits for it may start.
    """

    duration: Count
    machine: str | None = None
    uses: dict[str, Count] = {}
    early: Count = 0


class After(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation that ends before, and the least time between the two."""

    operation: str
    lag: Count = 0


class OperationText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """An operation; without `after` it follows the one before it in its job."""

    id: str
    modes: list[ModeText]
    family: str | None = None
    resumable: bool = False
    release: Count = 0
    size: Count = 1
    after: list[str | After] | None = None
    start_costs: list[tuple[Count, Count]] = []


class JobText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A job and its operations."""

    id: str
    operations: list[OperationText]
    release: Count = 0
    due: Count | None = None
    deadline: Count | None = None
    weight: Count = 1
    skip_cost: Count | None = None


class LockText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation that stays where it is."""

    operation: str
    start: Count
    machine: str | None = None


class TransportText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Ways between machines: ticks from the row's machine to the column's."""

    machines: list[str]
    times: list[list[Count]]


class BaselineText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """Where an operation was before, and what a tick or another machine costs."""

    operation: str
    start: Count
    machine: str | None = None
    tick_cost: Count = 1
    move_cost: Count = 1


class ProblemText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The whole file."""

    machines: list[MachineText]
    jobs: list[JobText]
    pools: list[PoolText] = []
    setups: list[SetupText] = []
    locks: list[LockText] = []
    objective: dict[str, Count] | list[str] = {}
    tick_s: float = 1.0
    transport: TransportText | None = None
    tariff: list[tuple[Count, Count]] = []
    baseline: list[BaselineText] = []
    buffers: list[BufferText] = []
