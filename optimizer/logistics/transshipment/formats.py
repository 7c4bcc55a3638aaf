"""Shipments by name as JSON: the format of `problem.json`.

docs/distribution.md has an example of each field. A field left out has the default that
`optimizer.logistics.transshipment.problem` says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.logistics.transshipment.problem import (
    MOST_VEHICLES,
    Lanes,
    TransshipmentProblem,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from optimizer.logistics.transshipment.problem import FloatArray

__all__ = ["ShipmentNames", "parse_shipments", "read_shipments"]

MOST_NAMED = 8
"""Names that an error lists."""

_Amount = Annotated[float, msgspec.Meta(ge=0)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_VEHICLES)]
_Periods = Annotated[int, msgspec.Meta(ge=0, le=100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentNames:
    """What a planner calls sites, items and periods, and where sites are.

    Parameters
    ----------
    sites, items, periods
        In the order of the problem.
    firms
        Of each site.
    positions
        Latitude and longitude of each site in degrees, NaN where they are not known.
    """

    sites: tuple[str, ...]
    items: tuple[str, ...]
    periods: tuple[str, ...]
    firms: tuple[str, ...]
    positions: tuple[tuple[float, float], ...]


class SiteText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site: whose it is, and where."""

    id: str
    firm: str = ""
    latitude_deg: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None


class ItemText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item: its volume and what a unit costs, wherever no site says otherwise."""

    id: str
    volume: _Positive = 1.0
    holding_cost: _Amount = 0.0
    shortage_cost: _Amount


class LaneText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way from site to site, and its vehicles."""

    from_site: str = msgspec.field(name="from")
    to_site: str = msgspec.field(name="to")
    room: _Positive
    vehicle_cost: _Amount
    lead_periods: _Periods = 0
    fixed_cost: _Amount = 0.0
    unit_cost: _Amount = 0.0
    vehicles_max: _Count | None = None


class StockText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a site has of an item at the start."""

    site: str
    item: str
    units: _Amount


class FlowText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes in, or is asked for, at a site by period."""

    site: str
    item: str
    units: list[_Amount]


class CostText(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a unit costs at a site: of one item, or of all."""

    site: str
    item: str | None = None
    holding_cost: _Amount | None = None
    shortage_cost: _Amount | None = None


class ProblemText(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """The whole file."""

    periods: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | list[str]
    sites: list[SiteText]
    items: list[ItemText]
    lanes: list[LaneText] = []
    stock: list[StockText] = []
    supply: list[FlowText] = []
    demand: list[FlowText] = []
    costs: list[CostText] = []
    fairness: _Amount = 0.0
    full_service: bool = False


def read_shipments(path: Path) -> tuple[TransshipmentProblem, ShipmentNames]:
    """Return the problem of a JSON file, and its names.

    Parameters
    ----------
    path
        Of the file.

    Raises
    ------
    ProblemError
        If the file cannot be read or is not of that form.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read: {error}"
        raise ProblemError(message) from error
    return parse_shipments(text, path.name)


def parse_shipments(text: str, name: str) -> tuple[TransshipmentProblem, ShipmentNames]:
    """Return the problem of a JSON text, and its names.

    Parameters
    ----------
    text
        See docs/distribution.md.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If the text is not of that form, or names what is not there: says where.

    Examples
    --------
    >>> text = '''{"periods": 2, "sites": [{"id": "depot"}, {"id": "shop"}],
    ...   "items": [{"id": "pump", "shortage_cost": 9}],
    ...   "lanes": [{"from": "depot", "to": "shop", "room": 5, "vehicle_cost": 7}],
    ...   "stock": [{"site": "depot", "item": "pump", "units": 4}],
    ...   "demand": [{"site": "shop", "item": "pump", "units": [1, 2]}]}'''
    >>> problem, names = parse_shipments(text, "tiny")
    >>> names.sites, problem.demand[1, 0].tolist()
    (('depot', 'shop'), [1.0, 2.0])
    """
    with named(name):
        given = msgspec.json.decode(text, type=ProblemText)
        return _problem(given), _names(given)


def _period_names(given: ProblemText) -> tuple[str, ...]:
    if isinstance(given.periods, int):
        return tuple(str(at) for at in range(1, given.periods + 1))
    return tuple(given.periods)


def _names(given: ProblemText) -> ShipmentNames:
    return ShipmentNames(
        sites=tuple(site.id for site in given.sites),
        items=tuple(item.id for item in given.items),
        periods=_period_names(given),
        firms=tuple(site.firm for site in given.sites),
        positions=tuple(
            (
                math.nan if site.latitude_deg is None else site.latitude_deg,
                math.nan if site.longitude_deg is None else site.longitude_deg,
            )
            for site in given.sites
        ),
    )


def _problem(given: ProblemText) -> TransshipmentProblem:
    n_periods = len(_period_names(given))
    for name, n in (
        ("periods", n_periods),
        ("sites", len(given.sites)),
        ("items", len(given.items)),
    ):
        if n == 0:
            message = f"{name} must not be empty"
            raise ProblemError(message)
    _finder("period", list(_period_names(given)))
    find_site = _finder("site", [site.id for site in given.sites])
    find_item = _finder("item", [item.id for item in given.items])
    cells = len(given.sites), len(given.items)
    stock = np.zeros(cells)
    for at, row in enumerate(given.stock):
        where = f"stock[{at}]"
        stock[find_site(row.site, where), find_item(row.item, where)] += row.units
    firms = {firm: at for at, firm in enumerate(sorted({s.firm for s in given.sites}))}
    holding, shortage = _costs(given, find_site, find_item)

    def by_period(name: str, rows: list[FlowText]) -> FloatArray:
        found = np.zeros((*cells, n_periods))
        for at, row in enumerate(rows):
            where = f"{name}[{at}]"
            if len(row.units) != n_periods:
                message = (
                    f"{where}: units must have {n_periods} numbers, one a period, "
                    f"had {len(row.units)}"
                )
                raise ProblemError(message)
            found[find_site(row.site, where), find_item(row.item, where)] += row.units
        return found

    return TransshipmentProblem(
        lanes=_lanes(given.lanes, find_site),
        volume=np.array([item.volume for item in given.items]),
        stock=stock,
        supply=by_period("supply", given.supply),
        demand=by_period("demand", given.demand),
        holding_cost=holding,
        shortage_cost=shortage,
        fairness=given.fairness,
        firm=np.array([firms[site.firm] for site in given.sites]),
        full_service=given.full_service,
    )


def _lanes(given: list[LaneText], find_site: Callable[[str, str], int]) -> Lanes:
    ends = np.array(
        [
            (
                find_site(lane.from_site, f"lanes[{at}].from"),
                find_site(lane.to_site, f"lanes[{at}].to"),
            )
            for at, lane in enumerate(given)
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    amounts = {
        name: np.array([getattr(lane, name) for lane in given], dtype=np.float64)
        for name in ("room", "vehicle_cost", "fixed_cost", "unit_cost")
    }
    most = [
        MOST_VEHICLES if lane.vehicles_max is None else lane.vehicles_max
        for lane in given
    ]
    return Lanes(
        from_site=ends[:, 0],
        to_site=ends[:, 1],
        lead_periods=np.array([lane.lead_periods for lane in given], dtype=np.int64),
        vehicles_max=np.array(most, dtype=np.int64),
        **amounts,
    )


def _costs(
    given: ProblemText,
    find_site: Callable[[str, str], int],
    find_item: Callable[[str, str], int],
) -> tuple[FloatArray, FloatArray]:
    """Return holding and shortage cost by site and item: what is last said counts."""
    shape = len(given.sites), 1
    holding = np.tile([item.holding_cost for item in given.items], shape)
    shortage = np.tile([item.shortage_cost for item in given.items], shape)
    for at, row in enumerate(given.costs):
        where = f"costs[{at}]"
        site = find_site(row.site, where)
        items = slice(None) if row.item is None else find_item(row.item, where)
        if row.holding_cost is not None:
            holding[site, items] = row.holding_cost
        if row.shortage_cost is not None:
            shortage[site, items] = row.shortage_cost
    return holding, shortage


def _finder(kind: str, ids: list[str]) -> Callable[[str, str], int]:
    rows: dict[str, int] = {}
    for at, name in enumerate(ids):
        if name in rows:
            message = f"{kind}s[{at}]: {kind} {name!r} is there twice"
            raise ProblemError(message)
        rows[name] = at

    def find(name: str, where: str) -> int:
        if name not in rows:
            known = ", ".join(map(repr, ids[:MOST_NAMED]))
            more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
            message = f"{where}: there is no {kind} {name!r}, {kind}s are {known}{more}"
            raise ProblemError(message)
        return rows[name]

    return find
