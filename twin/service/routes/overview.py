"""What a planner sees first, and the network it is about."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from twin.model.network import Network
from twin.service.access import Caller
from twin.service.overview import overview
from twin.service.past import find_state
from twin.service.places import Asked, Reads
from twin.service.problems import problems

router = APIRouter(tags=["state"])


class BoundAnswer(BaseModel):
    """What a measure cannot, or should not, go beyond.

    Attributes
    ----------
    value : float
        Of the unit of the measure.
    share : float
        How much of it is reached; more than 1 is beyond it.
    """

    value: float = Field(gt=0, examples=[160_000.0])
    share: float = Field(ge=0, examples=[0.75])


class OverviewAnswer(BaseModel):
    """The network at a moment.

    Attributes
    ----------
    network, currency : str
        Of which, and in what money.
    latest_us : int or None
        Time of the last event in it, microseconds UTC.
    measures : dict of str to float
        Values in currency, counts, and the share of order lines that are not late.
    bounds : dict of str to BoundAnswer
        Of those measures that have one now.
    exceptions : list of dict
        What is wrong, the most money first.
    places : list of dict
        Places with what is there, for a map.
    """

    network: str
    currency: str
    latest_us: int | None
    measures: dict[str, float] = Field(examples=[{"stock_value": 120_000.0}])
    bounds: dict[str, BoundAnswer]
    exceptions: list[dict[str, Any]]
    places: list[dict[str, Any]]


class Lane(BaseModel):
    """A way goods go.

    Attributes
    ----------
    from_place, to_place : str
        Where from and to.
    lead_time_s : float
        Mean, seconds.
    """

    from_place: str
    to_place: str
    lead_time_s: float


class NetworkAnswer(BaseModel):
    """The network as it was given.

    Attributes
    ----------
    name, currency, time_zone : str
        Of its settings.
    as_of_us : int
        When its tables are of, microseconds UTC.
    items, machines : list of str
        Their ids: of a key with sites, those of its sites.
    lanes : list of Lane
        The shortest between two places.
    """

    name: str
    currency: str
    time_zone: str
    as_of_us: int
    items: list[str]
    machines: list[str]
    lanes: list[Lane]


@router.get("/overview", summary="The network at a moment", responses=problems())
async def see(
    asked: Reads,
    at: Annotated[
        str | None, Query(max_length=64, description="Offset or time.")
    ] = None,
) -> OverviewAnswer:
    """Answer measures, exceptions by the money at stake, and places."""
    return await asyncio.to_thread(_seen, asked, at)


def _seen(asked: Asked, at: str | None) -> OverviewAnswer:
    network = asked.tenant.network
    found = find_state(asked.tenant, at)
    return OverviewAnswer(
        network=network.settings.name,
        currency=network.settings.currency,
        latest_us=found.latest_us,
        **asdict(overview(network, found, asked.caller)),
    )


@router.get("/network", summary="The network", responses=problems())
async def network(asked: Reads) -> NetworkAnswer:
    """Answer what the network is made of."""
    model = asked.tenant.network
    mine = asked.caller
    return NetworkAnswer(
        name=model.settings.name,
        currency=model.settings.currency,
        time_zone=model.settings.time_zone,
        as_of_us=model.settings.as_of_us,
        items=_items(mine, model),
        machines=[
            name
            for name, site in zip(
                model.machines.ids, model.machines.site_index, strict=True
            )
            if _is_of(mine, model.places.ids[site])
        ],
        lanes=[lane for lane in _lanes(asked) if _touches(mine, lane)],
    )


def _items(caller: Caller, model: Network) -> list[str]:
    """Return the items that are kept, sold or made where a caller may look."""
    if not caller.sites:
        return list(model.items.ids)
    found: set[str] = set()
    for name in ("stock", "demands", "routings"):
        rows = model.tables[name].filter(pl.col("site").is_in(sorted(caller.sites)))
        found.update(rows["item"].to_list())
    return [one for one in model.items.ids if one in found]


def _is_of(caller: Caller, place: str) -> bool:
    return not caller.sites or place in caller.sites


def _touches(caller: Caller, lane: Lane) -> bool:
    return _is_of(caller, lane.from_place) or _is_of(caller, lane.to_place)


def _lanes(asked: Asked) -> list[Lane]:
    model = asked.tenant.network
    names, lanes = model.places.ids, model.lanes
    shortest: dict[tuple[str, str], float] = {}
    for origin, to, lead_s in zip(
        lanes.from_place_index, lanes.to_place_index, lanes.lead_time_s, strict=True
    ):
        way = names[origin], names[to]
        shortest[way] = min(float(lead_s), shortest.get(way, float("inf")))
    return [
        Lane(from_place=origin, to_place=to, lead_time_s=lead_s)
        for (origin, to), lead_s in sorted(shortest.items())
    ]
