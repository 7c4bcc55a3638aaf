"""The wire contract: every event of version 1 as a frozen, validated record.

An event states a fact in the past tense. Its envelope is CloudEvents 1.0
(`streams.codec`); its data is one of the records below. Each field says, by its type,
in which column of a `streams.batch.EventBatch` it travels, so that the layout of the
columns is derived from this file (`streams.layout`) and stands nowhere else.

Columns: five entity references (``subject item place party parent``), four numbers
(``value0`` .. ``value3``), two times (``time0 time1``) and a small ``code`` for
enumerations. A field without a column is *detail*: it stays as JSON in the side table.

Kinds of entities: sites, suppliers and customers are all *places* and share one name
space; customer orders, purchase orders and transfer orders share the name space
*order*.

Lines: an order or a shipment of several items is one event an item, all with the same
id; its lines are known by (id, item). An event that names an item is about that line,
one that names the order alone about all its open lines; a line first heard of without
an item is that of the first item named. A shipment line serves the order line of its
own item: an item that was not ordered opens a line of an unknown order.
"""

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

SCHEMA_VERSION = 1
SCHEMA_PREFIX = "urn:millstream:event:"
# Microseconds UTC of the years 1 and 9999, what RFC 3339 can write; also the range of a
# duration. A number outside is a unit mixed up, for example nanoseconds.
TIME_US_MIN = -62_135_596_800_000_000
TIME_US_MAX = 253_402_300_799_999_999
ID_LENGTH_MAX = 256  # a longer id is a paste error; twice as much would do no harm


def _reference(column: str, kind: str) -> Meta:
    extra = {"column": column, "kind": kind}
    return Meta(min_length=1, max_length=ID_LENGTH_MAX, extra=extra)


def _time(column: str) -> Meta:
    return Meta(ge=TIME_US_MIN, le=TIME_US_MAX, extra={"column": column})


def _number(column: str, low: float | None = 0.0) -> Meta:
    return Meta(ge=low, extra={"column": column})


OrderId = Annotated[str, _reference("subject", "order")]
ProductionOrderId = Annotated[str, _reference("subject", "production_order")]
ShipmentId = Annotated[str, _reference("subject", "shipment")]
LotId = Annotated[str, _reference("subject", "lot")]
PlanId = Annotated[str, _reference("subject", "plan")]
ForecastId = Annotated[str, _reference("subject", "forecast")]
RecordId = Annotated[str, _reference("subject", "record")]
Item = Annotated[str, _reference("item", "item")]
Place = Annotated[str, _reference("place", "place")]
PartyPlace = Annotated[str, _reference("party", "place")]
Machine = Annotated[str, _reference("place", "machine")]
Operation = Annotated[str, _reference("party", "operation")]
Sensor = Annotated[str, _reference("party", "sensor")]
Family = Annotated[str, _reference("party", "family")]
Person = Annotated[str, _reference("party", "person")]
Operator = Annotated[str, _reference("parent", "person")]
ParentOrder = Annotated[str, _reference("parent", "order")]
ParentPlan = Annotated[str, _reference("parent", "plan")]
ParentProduction = Annotated[str, _reference("parent", "production_order")]

Quantity = Annotated[float, _number("value0")]
Signed0 = Annotated[float, _number("value0", None)]
Number1 = Annotated[float, _number("value1")]
Number2 = Annotated[float, _number("value2")]
Time0 = Annotated[int, _time("time0")]
Time1 = Annotated[int, _time("time1")]

MachineState = Literal["off", "idle", "setup", "busy", "blocked", "down", "maintenance"]
MoveReason = Literal["transfer", "issue", "receipt", "scrap", "adjustment", "return"]
MaintenanceKind = Literal["preventive", "corrective"]
MessageKind = Literal["purchase", "production", "transport"]
Answer = Literal["accepted", "rejected"]
Code = {"column": "code"}


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all data records share: they are frozen and named by their class."""

    RANK: ClassVar[int] = 0  # place among events of one instant, see `twin.simulate`


class OrderReceived(Event, frozen=True, kw_only=True):
    """A customer asks for `quantity` of `item`, to be served from `site`.

    One line of the order; another item with the same id is another line.
    """

    RANK: ClassVar[int] = 4
    order: OrderId
    customer: PartyPlace
    item: Item
    site: Place
    quantity: Quantity
    price: Number1 | None = None
    priority: Number2 | None = None
    due_us: Time0 | None = None


class OrderChanged(Event, frozen=True, kw_only=True):
    """New quantity, price, priority or due date of every open line of an order.

    A line of quantity 0, of which nothing was shipped when the instant closes, is
    cancelled.
    """

    RANK: ClassVar[int] = 4
    order: OrderId
    quantity: Quantity | None = None
    price: Number1 | None = None
    priority: Number2 | None = None
    due_us: Time0 | None = None


class OrderCancelled(Event, frozen=True, kw_only=True):
    """What is not yet shipped of an order is no longer wanted (or is lost).

    It ends all open lines.
    """

    RANK: ClassVar[int] = 4
    order: OrderId
    reason: str | None = None


class StockCounted(Event, frozen=True, kw_only=True):
    """The stock of `item` at `site` was counted: `quantity` is on hand."""

    item: Item
    site: Place
    quantity: Quantity


class StockMoved(Event, frozen=True, kw_only=True):
    """Stock moved; without `from_site` it appears, without `to_site` it goes."""

    RANK: ClassVar[int] = 3
    item: Item
    quantity: Quantity
    from_site: Place | None = None
    to_site: PartyPlace | None = None
    production_order: ParentProduction | None = None
    reason: Annotated[MoveReason, Meta(extra=Code)] = "transfer"


class PurchaseOrderPlaced(Event, frozen=True, kw_only=True):
    """A line of an order to a supplier, or to another site (a transfer order)."""

    RANK: ClassVar[int] = 7
    order: OrderId
    supplier: PartyPlace
    item: Item
    site: Place
    quantity: Quantity
    price: Number1 | None = None
    due_us: Time0 | None = None
    pegged_order: ParentOrder | None = None


class PurchaseOrderConfirmed(Event, frozen=True, kw_only=True):
    """The supplier promises a quantity and a date, for `item` or every open line."""

    RANK: ClassVar[int] = 7
    order: OrderId
    supplier: PartyPlace | None = None
    item: Item | None = None
    site: Place | None = None
    quantity: Quantity | None = None
    due_us: Time0 | None = None


class PurchaseOrderDelayed(Event, frozen=True, kw_only=True):
    """The supplier names a later date, for every open line."""

    RANK: ClassVar[int] = 7
    order: OrderId
    due_us: Time0
    reason: str | None = None


class ShipmentDispatched(Event, frozen=True, kw_only=True):
    """`quantity` left `from_site` for `to_site`, due there at `due_us`.

    One line of the shipment; another item with the same id is another line.
    """

    RANK: ClassVar[int] = 7
    shipment: ShipmentId
    item: Item
    from_site: Place
    to_site: PartyPlace
    quantity: Quantity
    cost: Number1 | None = None
    order: ParentOrder | None = None
    due_us: Time0 | None = None


class ShipmentReceived(Event, frozen=True, kw_only=True):
    """`quantity` of the line of a shipment for `item` arrived at `site`."""

    RANK: ClassVar[int] = 3
    shipment: ShipmentId
    item: Item
    site: Place
    quantity: Quantity
    from_site: PartyPlace | None = None
    order: ParentOrder | None = None


class OperationStarted(Event, frozen=True, kw_only=True):
    """An operation of a production order began on a machine."""

    RANK: ClassVar[int] = 7
    production_order: ProductionOrderId
    operation: Operation
    machine: Machine
    operator: Operator | None = None
    item: Item | None = None
    quantity: Quantity | None = None


class OperationCompleted(Event, frozen=True, kw_only=True):
    """An operation ended with good, scrapped and reworked pieces."""

    RANK: ClassVar[int] = 3
    production_order: ProductionOrderId
    operation: Operation
    machine: Machine
    operator: Operator | None = None
    item: Item | None = None
    good: Quantity | None = None
    scrap: Number1 | None = None
    rework: Number2 | None = None
    started_us: Time0 | None = None


class MachineStateChanged(Event, frozen=True, kw_only=True):
    """A machine entered `state`; `rank_of` puts its repair before a failure."""

    RANK: ClassVar[int] = 1
    machine: Machine
    state: Annotated[MachineState, Meta(extra=Code)]
    reason: str | None = None


class MachineReading(Event, frozen=True, kw_only=True):
    """A sensor of a machine showed `value`."""

    machine: Machine
    sensor: Sensor
    value: Signed0


class MaintenanceDone(Event, frozen=True, kw_only=True):
    """Maintenance of a machine ended."""

    RANK: ClassVar[int] = 1
    machine: Machine
    kind: Annotated[MaintenanceKind, Meta(extra=Code)] = "preventive"
    cost: Quantity | None = None
    started_us: Time0 | None = None


class SetupCompleted(Event, frozen=True, kw_only=True):
    """A machine is now set up for `family`."""

    RANK: ClassVar[int] = 3
    machine: Machine
    family: Family
    cost: Quantity | None = None
    started_us: Time0 | None = None


class ProductionOrderReleased(Event, frozen=True, kw_only=True):
    """`quantity` of `item` is to be made at `site`."""

    RANK: ClassVar[int] = 7
    production_order: ProductionOrderId
    item: Item | None = None
    site: Place | None = None
    quantity: Quantity | None = None
    priority: Number1 | None = None
    due_us: Time0 | None = None
    order: ParentOrder | None = None


class ProductionOrderClosed(Event, frozen=True, kw_only=True):
    """Nothing more will be done for a production order."""

    RANK: ClassVar[int] = 7
    production_order: ProductionOrderId
    reason: str | None = None


class InspectionRecorded(Event, frozen=True, kw_only=True):
    """`rejected` of `inspected` pieces of a lot failed inspection."""

    lot: LotId
    inspected: Quantity
    rejected: Number1
    item: Item | None = None
    site: Place | None = None
    cause: str | None = None


class PriceChanged(Event, frozen=True, kw_only=True):
    """The price of an item changed, for all or for one party."""

    item: Item
    price: Quantity
    site: Place | None = None
    party: PartyPlace | None = None


class ForecastIssued(Event, frozen=True, kw_only=True):
    """Quantiles of demand for `item` at `site`, bucket by bucket, from `start_us`."""

    RANK: ClassVar[int] = 6
    forecast: ForecastId
    item: Item
    site: Place
    start_us: Time0
    bucket_us: Time1
    mean: tuple[float, ...]
    levels: tuple[float, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()
    method: str | None = None


class ForecastAdjusted(Event, frozen=True, kw_only=True):
    """A person scaled a forecast between two times: who, and why."""

    RANK: ClassVar[int] = 6
    item: Item
    site: Place
    factor: Quantity
    who: Person
    start_us: Time0
    end_us: Time1
    why: str | None = None


class PlanLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One order of a plan: buy, make or move `quantity` of `item` to `site`."""

    kind: MessageKind
    item: str
    site: str
    quantity: Annotated[float, Meta(ge=0)]
    release_us: int
    due_us: int
    source: str | None = None
    machine: str | None = None


class PlanReleased(Event, frozen=True, kw_only=True):
    """A plan is in force; its lines are detail."""

    RANK: ClassVar[int] = 6
    plan: PlanId
    start_us: Time0
    end_us: Time1
    cost: Annotated[float, _number("value0", None)] | None = None
    policy: str | None = None
    lines: tuple[PlanLine, ...] = ()
    reason: str | None = None


class PlanEdited(Event, frozen=True, kw_only=True):
    """A planner moved, locked or firmed a line of a plan."""

    RANK: ClassVar[int] = 6
    plan: PlanId
    who: Person
    edit: Literal["move", "lock", "unlock", "firm", "adjust"]
    line: PlanLine
    until_us: Time0 | None = None
    why: str | None = None


class PlanApproved(Event, frozen=True, kw_only=True):
    """A plan was approved."""

    RANK: ClassVar[int] = 6
    plan: PlanId
    who: Person


class PlanRejected(Event, frozen=True, kw_only=True):
    """A plan was rejected, with the reason."""

    RANK: ClassVar[int] = 6
    plan: PlanId
    who: Person
    why: str | None = None


class OrderDispatched(Event, frozen=True, kw_only=True):
    """A decided order left for the system that executes it.

    Of what is made, `quantity` is to be started, and `expected` to come out.
    """

    RANK: ClassVar[int] = 7
    order: OrderId
    kind: Annotated[MessageKind, Meta(extra=Code)]
    plan: ParentPlan | None = None
    item: Item | None = None
    site: Place | None = None
    source: PartyPlace | None = None
    quantity: Quantity | None = None
    expected: Number1 | None = None
    due_us: Time0 | None = None


class OrderAcknowledged(Event, frozen=True, kw_only=True):
    """The executing system took, as `executed_as`, or refused a dispatched order."""

    RANK: ClassVar[int] = 7
    order: OrderId
    answer: Annotated[Answer, Meta(extra=Code)] = "accepted"
    reason: str | None = None
    executed_as: ParentOrder | None = None


class MasterDataChanged(Event, frozen=True, kw_only=True):
    """One row of a table of the network has new values from now on."""

    record: RecordId
    table: str
    values: dict[str, str | float | int | bool | None]


class ModelCalibrated(Event, frozen=True, kw_only=True):
    """Laws of the network were fitted anew: the parameters replace the old ones."""

    record: RecordId
    table: str
    values: dict[str, str | float | int | bool | None]
    fitted_until_us: Time0 | None = None


class ContradictionObserved(Event, frozen=True, kw_only=True):
    """An event did not fit the state; the fact was followed and this records it."""

    RANK: ClassVar[int] = 8
    record: RecordId
    contradiction: str
    event_id: str
    detail: str | None = None


class AuditRecorded(Event, frozen=True, kw_only=True):
    """Who did what through the service."""

    RANK: ClassVar[int] = 8
    record: RecordId
    who: Person
    what: str
    detail: dict[str, Any] = {}


EVENT_TYPES: tuple[type[Event], ...] = (
    OrderReceived, OrderChanged, OrderCancelled, StockCounted, StockMoved,
    PurchaseOrderPlaced, PurchaseOrderConfirmed, PurchaseOrderDelayed,
    ShipmentDispatched, ShipmentReceived, OperationStarted, OperationCompleted,
    MachineStateChanged, MachineReading, MaintenanceDone, SetupCompleted,
    ProductionOrderReleased, ProductionOrderClosed, InspectionRecorded, PriceChanged,
    ForecastIssued, ForecastAdjusted, PlanReleased, PlanEdited, PlanApproved,
    PlanRejected, OrderDispatched, OrderAcknowledged, MasterDataChanged,
    ModelCalibrated, ContradictionObserved, AuditRecorded,
)  # fmt: skip
"""All event types; the position in this tuple is the type code in columns.

Codes are stored in snapshots: append new types, never reorder.
"""

TYPE_CODES: dict[str, int] = {t.__name__: i for i, t in enumerate(EVENT_TYPES)}
