"""Our own form of purchasing problems: one JSON object; see docs/procurement.md."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from optimizer.documents import named
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
WANTED = "must be an object with lists of items, suppliers and offers"
# Characters of a value that a message shows.
SHOWN = 60
NAMES: dict[type, str] = {OpenOrder: "open order"}


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
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        message = f"{path.name} is empty; it {WANTED}"
        raise ProblemError(message)
    try:
        given = json.loads(text)
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
        message = f"{name}: {WANTED}, was {_shown(given)}"
        raise ProblemError(message)
    _known(name, given, (*LISTS, *NUMBERS))
    if not given.get("items"):
        message = f"{name}: has no items; it {WANTED}"
        raise ProblemError(message)
    numbers = {}
    for key in NUMBERS:
        if key in given:
            with named(name):
                numbers[key] = _number(key, given[key])
    try:
        return PurchasingProblem(
            items=_each(name, "items", given, _item),
            suppliers=_each(name, "suppliers", given, _supplier),
            offers=_each(name, "offers", given, _offer),
            open_orders=_each(name, "open_orders", given, _open_order),
            **numbers,
        )
    except ProblemError as error:
        if str(error).startswith(f"{name}: "):
            raise
        message = f"{name}: {error}"
        raise ProblemError(message) from error


def _item(row: Mapping[str, Any]) -> Item:
    return Item(**_fields(Item, row))


def _supplier(row: Mapping[str, Any]) -> Supplier:
    return Supplier(**_fields(Supplier, row))


def _offer(row: Mapping[str, Any]) -> Offer:
    given = _fields(Offer, row, more=("price",))
    if ("price" in given) == ("prices" in given):
        message = "must have one of price and prices"
        raise ProblemError(message)
    if "price" in given:
        price = _number("price", given.pop("price"))
        given["prices"] = (PriceBreak(quantity=0.0, price=price),)
    else:
        rows = _list("prices", given["prices"])
        given["prices"] = tuple(
            PriceBreak(**_fields(PriceBreak, one, what="prices")) for one in rows
        )
    if "lateness" in given:
        given["lateness"] = Lateness(
            **_fields(Lateness, given["lateness"], what="lateness")
        )
    return Offer(**given)


def _open_order(row: Mapping[str, Any]) -> OpenOrder:
    return OpenOrder(**_fields(OpenOrder, row))


def _fields(
    kind: type,
    row: Any,  # noqa: ANN401 - what JSON holds
    more: tuple[str, ...] = (),
    *,
    what: str = "",
) -> dict[str, Any]:
    """Return the entries of a record, each of the type that the record asks for."""
    types = {one.name: str(one.type) for one in fields(kind)}
    _known(what or NAMES.get(kind, kind.__name__.lower()), row, (*types, *more))
    for one in fields(kind):
        asked = one.default is MISSING and one.default_factory is MISSING
        if asked and one.name not in row and one.name != "prices":
            prefix = f"{what}: " if what else ""
            message = f"{prefix}{one.name!r} is missing"
            raise ProblemError(message)
    return {key: _typed(key, value, types.get(key, "")) for key, value in row.items()}


def _typed(key: str, value: Any, kind: str) -> Any:  # noqa: ANN401 - what JSON holds
    if value is None and kind.endswith("| None"):
        return None
    inner = kind.removesuffix(" | None").removeprefix("tuple[").removesuffix(", ...]")
    if inner not in READ:
        return value
    if kind.startswith("tuple["):
        return tuple(READ[inner](key, one) for one in _list(key, value))
    return READ[inner](key, value)


def _number(key: str, value: Any) -> float:  # noqa: ANN401 - what JSON holds
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{key} must be a number, was {_shown(value)}"
        raise ProblemError(message)
    return float(value)


def _whole(key: str, value: Any) -> int:  # noqa: ANN401 - what JSON holds
    number = _number(key, value)
    if not number.is_integer():
        message = f"{key} must be a whole number, was {_shown(value)}"
        raise ProblemError(message)
    return int(number)


def _text(key: str, value: Any) -> str:  # noqa: ANN401 - what JSON holds
    if not isinstance(value, str):
        message = f"{key} must be a text, was {_shown(value)}"
        raise ProblemError(message)
    return value


def _flag(key: str, value: Any) -> bool:  # noqa: ANN401 - what JSON holds
    if not isinstance(value, bool):
        message = f"{key} must be true or false, was {_shown(value)}"
        raise ProblemError(message)
    return value


READ: dict[str, Callable[[str, Any], Any]] = {
    "float": _number,
    "int": _whole,
    "str": _text,
    "bool": _flag,
}


def _list(key: str, value: Any) -> list[Any]:  # noqa: ANN401 - what JSON holds
    if not isinstance(value, list):
        message = f"{key} must be a list, was {_shown(value)}"
        raise ProblemError(message)
    return value


def _shown(value: Any) -> str:  # noqa: ANN401 - what JSON holds
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _known(what: str, row: Any, keys: tuple[str, ...]) -> None:  # noqa: ANN401
    if not isinstance(row, dict):
        message = f"{what}: must be an object, was {_shown(row)}"
        raise ProblemError(message)
    strange = sorted(set(row) - set(keys))
    if strange:
        message = f"{what}: {strange[0]!r} is not known, allowed are {', '.join(keys)}"
        raise ProblemError(message)


def _each(
    name: str, part: str, given: Mapping[str, Any], make: Callable[[Any], Made]
) -> tuple[Made, ...]:
    made = []
    with named(name):
        rows = _list(part, given.get(part, []))
    for at, row in enumerate(rows):
        with named(f"{name}: {part}[{at}]{_named(row)}"):
            made.append(make(row))
    return tuple(made)


def _named(row: Any) -> str:  # noqa: ANN401 - what JSON holds
    """Say which record of a list it is, where it says so itself."""
    if not isinstance(row, dict):
        return ""
    own = [row.get("name") or row.get("item"), row.get("supplier")]
    names = [one for one in own if isinstance(one, str) and one]
    return f" ({' from '.join(names)})" if names else ""
