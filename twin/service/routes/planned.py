"""Tables of plans that were kept: what is ordered, sold and in stock, and when."""

import asyncio
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from twin.masterplan import read_tables
from twin.service.asked.why import plan_folder
from twin.service.places import Reads
from twin.service.problems import problems
from twin.service.routes.plans import PlanId
from twin.service.routes.state import ROWS_MAX
from twin.service.tables import MEDIA_TYPES, Format, answer_table
from twin.service.tenant import Tenant

router = APIRouter(tags=["plans"])

PlanTable = Literal["orders", "sales", "served", "stock", "shipments", "operations"]
# Where a table of a plan says at which place something is.
_PLACES = {
    "orders": "to_place", "shipments": "to_place", "sales": "site", "served": "site",
}  # fmt: skip

_DAY_US = 86_400e6
_TINY = 1e-9  # share of an order below which it is rounding, not goods

Name = Annotated[str | None, Query(max_length=256)]


class PlanTableAnswer(BaseModel):
    """A table of a plan.

    Attributes
    ----------
    plan, table : str
        Of which plan, and its name.
    n_rows : int
        Rows there are; `rows` may hold fewer.
    rows : list of dict
        Column by column, as `millstream plan` writes them.
    """

    plan: str = Field(examples=["plan-1"])
    table: str = Field(examples=["sales"])
    n_rows: int
    rows: list[dict[str, Any]] = Field(
        examples=[[{"item": "shampoo_mild", "place": "dc_west", "on_hand": 4699.0}]]
    )


@router.get(
    "/plans/{plan}/tables/{table}",
    summary="A table of a plan",
    response_model=PlanTableAnswer,
    responses={
        **problems(404, 409),
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for form, kind in MEDIA_TYPES.items()
                if form is not Format.JSON
            }
        },
    },
)
async def plan_table(
    asked: Reads,
    *,
    plan: PlanId,
    table: PlanTable,
    item: Name = None,
    place: Name = None,
    form: Annotated[Format, Query(alias="format")] = Format.JSON,
    first: Annotated[int, Query(ge=0, lt=2**53, description="Row to begin with.")] = 0,
    rows: Annotated[int, Query(ge=0, le=ROWS_MAX, description="Most rows.")] = 1_000,
) -> Response:
    """Answer what a plan orders, sells, moves or keeps, of an item or place or all.

    Of orders and shipments the place is where goods come to. Operations have no place.
    `served` is `sales` with when the last of them is shipped and how many days after it
    was asked for, what is never shipped in full first, then what waits longest.
    """
    asked.caller.need_site(None)
    frame = await asyncio.to_thread(
        _rows, asked.tenant, plan, table, item=item, place=place
    )
    shown = frame.slice(first, rows if form is Format.JSON else None)
    about = {"plan": plan, "table": table, "n_rows": frame.height}
    return await asyncio.to_thread(answer_table, shown, form, name=table, about=about)


def _rows(
    tenant: Tenant, plan: str, table: str, *, item: str | None, place: str | None
) -> pl.DataFrame:
    folder = plan_folder(tenant, plan)
    if table == "served":
        frame = _served(read_tables(folder, ("sales", "shipments")))
    else:
        frame = read_tables(folder, (table,))[table]
    wanted = {"item": item, _PLACES.get(table, "place"): place}
    for name, value in wanted.items():
        if value is not None and name in frame.columns:
            frame = frame.filter(pl.col(name) == value)
    return frame


def _served(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    ends = (
        tables["shipments"]
        .filter(pl.col("kind") == "delivery")
        .group_by("order", "item")
        .agg(served_us=pl.col("sent_us").max())
    )
    is_whole = pl.col("shipped") >= pl.col("quantity") * (1.0 - _TINY)
    waited_days = (pl.col("served_us") - pl.col("asked_us")).clip(0) / _DAY_US
    return (
        tables["sales"]
        .join(ends, on=["order", "item"], how="left", maintain_order="left")
        .with_columns(served_us=pl.when(is_whole).then("served_us"))
        .with_columns(waited_days=waited_days)
        .sort("waited_days", descending=True, nulls_last=False, maintain_order=True)
    )
