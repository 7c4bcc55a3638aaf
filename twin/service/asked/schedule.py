"""A schedule of the shop as it stands."""

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from streams.codec import format_times
from twin.planning.scheduling import objective_of, schedule_production
from twin.planning.searching import search_options
from twin.planning.shop_schedule import (
    ShopProblem,
    held,
    judged,
    rules_document,
    shop_document,
    shop_problem,
)
from twin.service.asked.start import start_of
from twin.service.jobs import Handle
from twin.service.past import find_state
from twin.service.tenant import Tenant
from twin.simulate.opening.conditions import conditions_of

SECONDS_MAX = 600.0
OPERATIONS_MAX = 20_000
TICKS_MAX = 2**40


class PlacedOperation(BaseModel):
    """An operation, and where and when it is done.

    Attributes
    ----------
    job, operation, machine : str
        By the names that an answer has.
    start : int
        Ticks, as in an answer.
    """

    job: str = Field(max_length=200)
    operation: str = Field(max_length=200)
    machine: str = Field(max_length=200)
    start: int = Field(ge=0, lt=TICKS_MAX)

    @property
    def row(self) -> tuple[str, str, str, int]:
        """Job, operation, machine and start."""
        return self.job, self.operation, self.machine, self.start


class Kept(BaseModel):
    """What a new schedule keeps of one that was made or changed before.

    Attributes
    ----------
    from_us : int
        Tick 0 of the starts: `at_us` of that schedule.
    locks : list of PlacedOperation
        They stay where they are.
    operations : list of PlacedOperation
        Of these stays what starts before `freeze`.
    freeze : int
        Ticks from the state that is scheduled; 0: nothing.
    """

    from_us: int = Field(ge=0, lt=2**62)
    locks: list[PlacedOperation] = Field(default=[], max_length=OPERATIONS_MAX)
    operations: list[PlacedOperation] = Field(default=[], max_length=OPERATIONS_MAX)
    freeze: int = Field(default=0, ge=0, lt=TICKS_MAX)


class ScheduleAsked(BaseModel):
    """A schedule that is asked for.

    Attributes
    ----------
    at : str or None
        Offset or time of the state; None: now.
    seconds : float
        How long to search.
    objective : str or None
        What is best, such as ``tardiness=10,makespan``; None: that of the shop.
    seed : int
        Of the search.
    kept : Kept or None
        What stays where it is; None: only what has begun.
    """

    at: str | None = Field(default=None, max_length=64)
    seconds: float = Field(default=10.0, gt=0, le=SECONDS_MAX, examples=[5.0])
    objective: str | None = Field(default=None, max_length=200)
    seed: int = Field(default=0, ge=0, lt=2**31)
    kept: Kept | None = None


class CheckAsked(BaseModel):
    """A schedule that was changed by hand, to be checked.

    Attributes
    ----------
    at : str or None
        `state` of the schedule that was changed; None: now.
    from_us : int
        Tick 0 of the starts: `at_us` of that schedule.
    objective : str or None
        As asked for then.
    operations : list of PlacedOperation
        All of them.
    """

    at: str | None = Field(default=None, max_length=64)
    from_us: int = Field(ge=0, lt=2**62)
    objective: str | None = Field(default=None, max_length=200)
    operations: list[PlacedOperation] = Field(max_length=OPERATIONS_MAX)


def schedule(tenant: Tenant, asked: ScheduleAsked, handle: Handle) -> dict[str, Any]:
    """Schedule the open production orders of a tenant.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : ScheduleAsked
        How.
    handle : Handle
        Told every better schedule with its bound; stopped, the best so far is returned.

    Returns
    -------
    dict
        As `twin.planning.shop_schedule.shop_document`, with `rules` of
        `rules_document` and `state`: the offset that names the state.
    """
    at = asked.at if asked.at is not None else _offset(tenant)
    free = _shop(tenant, at, asked.objective)
    shop = _kept(free, asked.kept)

    def better(progress: Any) -> None:  # noqa: ANN401 - of the optimizer, behind its seam
        handle.tell(
            seconds=progress.seconds, objective=progress.objective, bound=progress.bound
        )

    found = schedule_production(
        shop.problem,
        search_options(tenant.clock.monotonic_s, asked.seconds, seed=asked.seed),
        on_progress=better,
        cancelled=lambda: handle.is_stopped,
    )
    document = shop_document(shop, found, time_text=_time_text)
    return {**document, "state": at, "rules": rules_document(free)}


def check(tenant: Tenant, asked: CheckAsked) -> dict[str, Any]:
    """Check a schedule that was changed by hand.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    asked : CheckAsked
        What.

    Returns
    -------
    dict
        As `twin.planning.shop_schedule.judged`.

    Raises
    ------
    InputError
        If an operation is missing or not known.
    """
    shop = _shop(tenant, asked.at, asked.objective)
    rows = [one.model_dump() for one in asked.operations]
    return judged(shop, rows, from_us=asked.from_us)


def _offset(tenant: Tenant) -> str | None:
    """Name the state of now to find it again; None where one offset cannot."""
    found = find_state(tenant, None).position
    offsets = list(found.to_json().values())
    return str(offsets[0]) if len(offsets) == 1 else None


def _kept(shop: ShopProblem, kept: Kept | None) -> ShopProblem:
    if kept is None:
        return shop
    shop = held(shop, [one.row for one in kept.locks], from_us=kept.from_us)
    rows = [one.row for one in kept.operations]
    return held(shop, rows, from_us=kept.from_us, freeze=kept.freeze)


def _shop(tenant: Tenant, at: str | None, objective_text: str | None) -> ShopProblem:
    start = start_of(tenant, at)
    conditions = None
    if start.carried is not None:
        as_of_us = start.network.settings.as_of_us
        conditions = conditions_of(start.carried.state, start.network, at_us=as_of_us)
    shop = shop_problem(start.network, conditions, left_out=start.left_out)
    if objective_text is not None:
        objective = objective_of(objective_text)
        shop = replace(shop, problem=replace(shop.problem, objective=objective))
    return shop


def _time_text(time_us: int) -> str:
    (text,) = format_times(np.array([time_us], np.int64))
    return text
