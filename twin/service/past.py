"""The state of a tenant now, or at an offset or a time before."""

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from streams.batch import NO_TIME
from streams.records import Position, Source
from twin.errors import OptionError
from twin.model.edits import ModelEdits
from twin.replay import Place, ReplayOptions, state_near
from twin.said import Said
from twin.service.follower import CHECKPOINTS
from twin.service.tenant import Tenant
from twin.state.state import State
from twin.state.tables import LAST_US


@dataclass(frozen=True, slots=True)
class Found:
    """A state, and what is in it.

    Attributes
    ----------
    state : State
        Its last instant closed; to be read.
    edits : ModelEdits
        What events changed of the network.
    position : Position
        Next offset of each partition.
    """

    state: State
    edits: ModelEdits
    position: Position

    @property
    def latest_us(self) -> int | None:
        """Time of its last event, microseconds UTC; None without one."""
        last_us = int(self.state.tables.clock[LAST_US])
        return None if last_us == NO_TIME else last_us


def find_state(tenant: Tenant, at: str | None) -> Found:
    """Return the state of a tenant.

    Parameters
    ----------
    tenant : Tenant
        Whose.
    at : str or None
        An offset, all records before it count; a time of ISO 8601, events up to it
        count; None: now.

    Returns
    -------
    Found

    Raises
    ------
    OptionError
        If `at` is neither, or lies behind the end of the events.
    """
    if at is None:
        view = tenant.follower.view()
        return Found(view.state, view.edits, view.position)
    tenant.follower.need_begun()  # folds by itself, with the same kernels
    with closing(tenant.stream.source()) as source:
        place = _place(at, source)
        options = ReplayOptions(ingest=tenant.options.ingest)
        past = state_near(
            source, tenant.network, tenant.store / CHECKPOINTS, place, options=options
        )
    return Found(past.state, past.edits, past.end)


def _place(at: str, source: Source) -> Place:
    if not at.isdecimal():
        return Place(time_us=_time_us(at))
    end = source.end_position()
    partitions = source.partitions()
    if len(partitions) != 1:
        msg = f"at: {at!r}; allowed: a time, where events are in several partitions"
        raise OptionError(Said(msg, "time_needed"))
    if int(at) > end.of(partitions[0]):
        msg = f"at: offset {at}; allowed: at most {end.of(partitions[0])}, the end"
        said = Said(msg, "offset_too_far", {"most": end.of(partitions[0])})
        raise OptionError(said)
    return Place(position=Position({partitions[0]: int(at)}))


def _time_us(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"at: {text!r}; allowed: an offset, or a time such as 2026-01-05T12:00Z"
        raise OptionError(Said(msg, "no_moment", {"value": text})) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1e6)
