import pytest

from streams.epcis import EpcisOptions
from streams.epcis.document import QuantityElement
from streams.epcis.goods import Line, by_item, lines_of

LOT = "urn:epc:class:lgtin:4012345.012345.99"


def test_instances_are_counted_by_class():
    epcs = [f"urn:epc:id:sgtin:0614141.107346.{n}" for n in range(5)]
    (line,) = lines_of(epcs, [], EpcisOptions())
    assert (line.item, line.quantity, line.lot) == ("10614141073464", 5.0, None)
    (one,) = lines_of(epcs[:1], [], EpcisOptions())
    assert one.lot == "01/10614141073464/21/0"


@pytest.mark.parametrize(
    ("uom", "quantity", "unit"),
    [
        ("GRM", 0.2, "KGM"),
        ("DZN", 2400.0, "C62"),
        (None, 200, "C62"),
        ("B99", 200, "B99"),
    ],
)
def test_quantity_is_kept_in_one_unit_per_dimension(uom, quantity, unit):
    (line,) = lines_of([], [QuantityElement(LOT, 200, uom)], EpcisOptions())
    assert line.quantity == pytest.approx(quantity)
    assert line.unit == unit
    assert line.lot == "04012345123456/10/99"


def test_lots_are_items_if_asked_and_aliases_name_them():
    element = [QuantityElement(LOT, 1)]
    aliases = {"04012345123456": "FLOUR"}
    assert lines_of([], element, EpcisOptions(aliases=aliases))[0].item == "FLOUR"
    lots = EpcisOptions(aliases=aliases, lots=True)
    assert lines_of([], element, lots)[0].item == "04012345123456/10/99"


def test_lots_of_an_item_are_added_together():
    lines = [Line(item="A", quantity=1, lot=x) for x in "xy"]
    assert by_item([*lines, Line(item="A", quantity=4, unit="KGM")]) == [
        Line(item="A", quantity=2),
        Line(item="A", quantity=4, unit="KGM"),
    ]
