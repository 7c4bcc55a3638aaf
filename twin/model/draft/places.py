"""Who is a site, a supplier or a customer, by the parts they play in events."""

from dataclasses import dataclass

import polars as pl

from streams.events import EVENT_TYPES
from streams.layout import LAYOUTS
from twin.model.draft.collect import Seen

# A part that settles what a place is; parts not named here only hint at it.
SITE_PARTS = (
    ("OrderReceived", "site"),
    ("StockCounted", "site"),
    ("StockMoved", "from_site"),
    ("StockMoved", "to_site"),
    ("PurchaseOrderPlaced", "site"),
    ("PurchaseOrderConfirmed", "site"),
    ("ProductionOrderReleased", "site"),
    ("InspectionRecorded", "site"),
    ("ForecastIssued", "site"),
)
CUSTOMER_PARTS = (("OrderReceived", "customer"),)
SUPPLIER_PARTS = (
    ("PurchaseOrderPlaced", "supplier"),
    ("PurchaseOrderConfirmed", "supplier"),
    ("ShipmentDispatched", "from_site"),
    ("ShipmentReceived", "from_site"),
)
MADE_HERE = (("ProductionOrderReleased", "site"),)


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids by kind, each sorted; a place has one kind."""

    sites: tuple[str, ...]
    plants: frozenset[str]
    suppliers: tuple[str, ...]
    customers: tuple[str, ...]
    items: tuple[str, ...]
    machines: tuple[str, ...]


def find_places(seen: Seen) -> Cast:
    """Sort all ids by what they are.

    A place that ever keeps stock, is ordered from or makes is a site, whatever else it
    does; then who orders is a customer; then who delivers a supplier; who only receives
    is a site. Without any site, one called ``plant`` stands for the whole.

    Parameters
    ----------
    seen : dict of str to DataFrame
        Events by type, see `collect`.

    Returns
    -------
    Cast
        Every place, item and machine that was seen.
    """
    everybody = _ids(seen, _parts_of("place"))
    sites = _ids(seen, SITE_PARTS)
    customers = _ids(seen, CUSTOMER_PARTS) - sites
    suppliers = _ids(seen, SUPPLIER_PARTS) - sites - customers
    sites |= everybody - customers - suppliers
    machines = _ids(seen, _parts_of("machine"))
    plants = _ids(seen, MADE_HERE)
    if not sites:
        plant = "plant"
        while plant in everybody:
            plant += "_"
        sites = {plant}
    if machines and not plants:
        plants = {min(sites)}
    return Cast(
        sites=tuple(sorted(sites)),
        plants=frozenset(plants),
        suppliers=tuple(sorted(suppliers)),
        customers=tuple(sorted(customers)),
        items=tuple(sorted(_ids(seen, _parts_of("item")))),
        machines=tuple(sorted(machines)),
    )


def _parts_of(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (event.__name__, field.name)
        for event, fields in zip(EVENT_TYPES, LAYOUTS, strict=True)
        for field in fields
        if field.kind == kind
    )


def _ids(seen: Seen, parts: tuple[tuple[str, str], ...]) -> set[str]:
    columns = [seen[event][field].alias("id") for event, field in parts]
    return set(pl.concat(columns).drop_nulls().unique()) if columns else set()
