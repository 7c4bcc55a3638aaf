"""Our own form of purchasing problems: one JSON object; see docs/procurement.md."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from optimizer.errors import ProblemError
from optimizer.procurement.problem import (
    Item,
    Lateness,
    Offer,
    OpenOrder,
    PriceBreak,
    PurchasingProblem,
    Supplier,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["problem_of", "read_purchases"]

Made = TypeVar("Made")

LISTS = ("items", "suppliers", "offers", "open_orders")
NUMBERS = ("period_days", "interest_rate")


def read_purchases(path: Path) -> PurchasingProblem:
    """Read a file of our own form.

    Parameters
    ----------
    path
        JSON.

    Raises
    ------
    ProblemError
        If it is not of that form, with the place.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path.name} is not JSON: {error}"
        raise ProblemError(message) from error
    return problem_of(given, name=path.name)


def problem_of(given: Mapping[str, Any], *, name: str = "problem") -> PurchasingProblem:
    """Return the problem of a document.

    Parameters
    ----------
    given
        Lists of `items`, `suppliers`, `offers` and `open_orders`, and `period_days` and
        `interest_rate`; entries are those of the records of the same names.
    name
        Of the document, for messages.

    Raises
    ------
    ProblemError
        If it is not of that form, with the place.
    """
    if not isinstance(given, dict):
        message = f"{name}: must be an object, was {given!r}"
        raise ProblemError(message)
    _known(name, given, (*LISTS, *NUMBERS))
    numbers = {key: float(given[key]) for key in NUMBERS if key in given}
    return PurchasingProblem(
        items=_each(name, "items", given, _item),
        suppliers=_each(name, "suppliers", given, _supplier),
        offers=_each(name, "offers", given, _offer),
        open_orders=_each(name, "open_orders", given, _open_order),
        **numbers,
    )


def _item(row: Mapping[str, Any]) -> Item:
    given = _fields(Item, row)
    given["needs"] = tuple(float(need) for need in row["needs"])
    return Item(**given)


def _supplier(row: Mapping[str, Any]) -> Supplier:
    return Supplier(**_with_capacity(_fields(Supplier, row)))


def _offer(row: Mapping[str, Any]) -> Offer:
    given = _with_capacity(_fields(Offer, row, more=("price",)))
    price = given.pop("price", None)
    rows = given.get("prices", [{"quantity": 0.0, "price": price}])
    given["prices"] = tuple(
        PriceBreak(quantity=float(one["quantity"]), price=float(one["price"]))
        for one in rows
    )
    if "lateness" in given:
        late = given["lateness"]
        given["lateness"] = Lateness(
            periods=tuple(int(p) for p in late["periods"]),
            probability=tuple(float(p) for p in late["probability"]),
        )
    return Offer(**given)


def _open_order(row: Mapping[str, Any]) -> OpenOrder:
    return OpenOrder(**_fields(OpenOrder, row))


def _with_capacity(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("capacity") is not None:
        given["capacity"] = tuple(float(value) for value in given["capacity"])
    return given


def _fields(
    kind: type, row: Mapping[str, Any], more: tuple[str, ...] = ()
) -> dict[str, Any]:
    names = tuple(one.name for one in fields(kind))
    _known(kind.__name__.lower(), row, (*names, *more))
    return dict(row)


def _known(what: str, row: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    strange = sorted(set(row) - set(keys))
    if strange:
        message = f"{what}: {strange[0]!r} is not known, allowed are {', '.join(keys)}"
        raise ProblemError(message)


def _each(
    name: str, part: str, given: Mapping[str, Any], make: Callable[[Any], Made]
) -> tuple[Made, ...]:
    made = []
    for at, row in enumerate(given.get(part, [])):
        try:
            made.append(make(row))
        except (KeyError, TypeError, ValueError) as error:
            why = (
                f"{error.args[0]!r} is missing"
                if isinstance(error, KeyError)
                else error
            )
            message = f"{name}: {part}[{at}]: {why}"
            raise ProblemError(message) from error
    return tuple(made)
