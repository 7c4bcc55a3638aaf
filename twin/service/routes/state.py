"""State now, and at any offset or time."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from twin.service.past import find_state
from twin.service.places import Reads
from twin.service.problems import problems
from twin.service.seen import about, visible
from twin.service.tables import MEDIA_TYPES, Format, answer_table
from twin.state.views import TABLES

router = APIRouter(tags=["state"])

TableName = Literal["stock", "orders", "in_transit", "machines", "production_orders"]
ROWS_MAX = 100_000


class TableAnswer(BaseModel):
    """A table of a state.

    Attributes
    ----------
    table : str
        Its name.
    position : dict
        Next offset of each partition: what is in it.
    latest_us : int or None
        Time of the last event in it, microseconds UTC.
    provisional : bool
        Whether events before the watermark may still come.
    n_rows : int
        Rows there are of what was asked for; `rows` may hold fewer.
    rows : list of dict
        Column by column; see the documentation of states.
    """

    table: str = Field(examples=["stock"])
    position: dict[str, int] = Field(examples=[{"log/0": 120}])
    latest_us: int | None = Field(examples=[1767600000000000])
    provisional: bool
    n_rows: int
    rows: list[dict[str, Any]] = Field(
        examples=[[{"item": "shampoo_mild", "place": "dc_west", "on_hand": 4699.0}]]
    )


@router.get(
    "/state/{table}",
    summary="State as a table",
    response_model=TableAnswer,
    responses={
        **problems(404),
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for form, kind in MEDIA_TYPES.items()
                if form is not Format.JSON
            }
        },
    },
)
async def state_table(
    asked: Reads,
    *,
    table: TableName,
    at: Annotated[
        str | None,
        Query(
            description="Offset, or time (ISO 8601); without: now.",
            examples=["120", "2026-01-05T12:00:00Z"],
            max_length=64,
        ),
    ] = None,
    form: Annotated[Format, Query(alias="format")] = Format.JSON,
    item: Annotated[
        str | None, Query(max_length=256, description="Only rows of this item.")
    ] = None,
    place: Annotated[
        str | None,
        Query(max_length=256, description="Only rows at, to or from this place."),
    ] = None,
    first: Annotated[int, Query(ge=0, lt=2**53, description="Row to begin with.")] = 0,
    rows: Annotated[int, Query(ge=0, le=ROWS_MAX, description="Most rows.")] = 1_000,
) -> Response:
    """Answer a table of the state now, or as it was.

    What is answered now is provisional: all events that were folded are in it, though
    others may come late. Files hold all rows from `first` on, `rows` bounds JSON alone.
    """
    found = await asyncio.to_thread(find_state, asked.tenant, at)
    whole = await asyncio.to_thread(TABLES[table], found.state)
    frame = about(visible(whole, asked.caller), item=item, place=place)
    shown = frame.slice(first, rows if form is Format.JSON else None)
    told = {
        "table": table,
        "position": found.position.to_json(),
        "latest_us": found.latest_us,
        "provisional": at is None,
        "n_rows": frame.height,
    }
    return await asyncio.to_thread(answer_table, shown, form, name=table, about=told)
