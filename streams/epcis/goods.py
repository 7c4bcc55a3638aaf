"""What an EPCIS event is about: how much of which item, in which unit.

References
----------
UN/ECE Recommendation 20, revision 17: codes of units of measure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from streams.epcis.digest import short
from streams.epcis.document import EpcisEvent, QuantityElement
from streams.epcis.identifiers import (
    LOT,
    SERIAL,
    Identifier,
    item_of,
    parse_identifier,
)
from streams.epcis.options import EpcisOptions

PIECES = "C62"
# To the unit a quantity is kept in: kilogram, litre, metre, square metre, cubic metre,
# piece. Other codes are kept as they are.
FACTORS = {
    "KGM": ("KGM", 1.0),
    "GRM": ("KGM", 1e-3),
    "MGM": ("KGM", 1e-6),
    "TNE": ("KGM", 1e3),
    "LBR": ("KGM", 0.45359237),
    "ONZ": ("KGM", 0.028349523125),
    "LTR": ("LTR", 1.0),
    "MLT": ("LTR", 1e-3),
    "CLT": ("LTR", 1e-2),
    "HLT": ("LTR", 1e2),
    "MTR": ("MTR", 1.0),
    "CMT": ("MTR", 1e-2),
    "MMT": ("MTR", 1e-3),
    "KMT": ("MTR", 1e3),
    "MTK": ("MTK", 1.0),
    "MTQ": ("MTQ", 1.0),
    "C62": (PIECES, 1.0),
    "H87": (PIECES, 1.0),
    "EA": (PIECES, 1.0),
    "DZN": (PIECES, 12.0),
    "MIL": (PIECES, 1e3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """So much of an item.

    Attributes
    ----------
    item : str
        Id of the item.
    quantity : float
        In `unit`, >= 0.
    unit : str
        Code of UN/ECE Recommendation 20.
    lot : str or None
        Lot or instance, if all of the line is of one.
    """

    item: str
    quantity: float
    unit: str = PIECES
    lot: str | None = None


def lines_of(
    epcs: Sequence[str], quantities: Sequence[QuantityElement], options: EpcisOptions
) -> list[Line]:
    """Count instances by class, and read what is given as a quantity of a class.

    Parameters
    ----------
    epcs : sequence of str
        Instances, one piece each.
    quantities : sequence of QuantityElement
        Classes with quantities; one without a quantity is left out.
    options : EpcisOptions
        What an item is, and what it is called.

    Returns
    -------
    list of Line
        One for each item and lot, in the order in which they come first.

    Examples
    --------
    >>> lines_of(["urn:epc:idpat:sgtin:0614141.107346.*"] * 2, [], EpcisOptions())
    [Line(item='10614141073464', quantity=2.0, unit='C62', lot=None)]
    """
    counted: dict[tuple[str, str | None, str], float] = {}
    serials: dict[tuple[str, str | None, str], set[str]] = {}
    for epc in epcs:
        identifier = parse_identifier(epc)
        place = (_item(identifier, options), _lot(identifier), PIECES)
        counted[place] = counted.get(place, 0.0) + 1.0
        serials.setdefault(place, set()).add(_instance(identifier))
    for one in quantities:
        if one.quantity is None:
            continue
        identifier = parse_identifier(one.epc_class)
        unit, factor = FACTORS.get(one.uom or PIECES, (one.uom or PIECES, 1.0))
        place = (_item(identifier, options), _lot(identifier), unit)
        counted[place] = counted.get(place, 0.0) + one.quantity * factor
        serials.setdefault(place, set()).add("")
    lines = []
    for (item, lot, unit), quantity in counted.items():
        known = serials[item, lot, unit]
        single = next(iter(known)) if len(known) == 1 else ""
        lines.append(
            Line(item=item, quantity=quantity, unit=unit, lot=lot or single or None)
        )
    return lines


def _item(identifier: Identifier, options: EpcisOptions) -> str:
    item = item_of(identifier, lots=options.lots)
    return short(options.aliases.get(item, item))


def _lot(identifier: Identifier) -> str | None:
    lot = identifier.part(LOT)
    if lot is None:
        return None
    return short(f"{identifier.value}/{LOT}/{quote(lot, safe='')}")


def _instance(identifier: Identifier) -> str:
    return short(identifier.path) if identifier.part(SERIAL) is not None else ""


def goods_of(event: EpcisEvent, options: EpcisOptions) -> list[Line]:
    """Return what an event is about: its objects, or those packed or attached.

    Examples
    --------
    >>> goods_of(EpcisEvent(type="ObjectEvent", event_time="",
    ...     event_time_zone_offset="", epc_list=["urn:epc:id:sscc:0614141.1234567890"]),
    ...     EpcisOptions())
    [Line(item='00', quantity=1.0, unit='C62', lot=None)]
    """
    epcs = [*event.epc_list, *event.child_epcs]
    return lines_of(epcs, [*event.quantity_list, *event.child_quantity_list], options)


def by_item(lines: Iterable[Line]) -> list[Line]:
    """Add lots together: one line for each item and unit.

    Examples
    --------
    >>> by_item([Line(item="A", quantity=2, lot="x"), Line(item="A", quantity=3)])
    [Line(item='A', quantity=5, unit='C62', lot=None)]
    """
    sums: dict[tuple[str, str], float] = {}
    for line in lines:
        place = (line.item, line.unit)
        sums[place] = sums.get(place, 0) + line.quantity
    return [
        Line(item=item, quantity=quantity, unit=unit)
        for (item, unit), quantity in sums.items()
    ]


def unspecified(event: EpcisEvent) -> bool:
    """Tell whether an event names a class without saying how much of it."""
    elements = [
        *event.quantity_list,
        *event.child_quantity_list,
        *event.input_quantity_list,
        *event.output_quantity_list,
    ]
    return any(one.quantity is None for one in elements)
