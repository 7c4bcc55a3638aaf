"""The kinds of entries of a change file: which rows they choose, what they change.

What is read, checked and explained follows from this file alone. An entry of a kind
such as ``[[machine_speed]]`` chooses rows of one table by its selectors and changes
their cells by its settings; ``[[set]]``, ``[[add_row]]`` and ``[[remove_row]]`` do so
in any table; orders are added; and disruptions are those of a scenario file.
"""

from dataclasses import dataclass
from typing import Literal

from twin.model.columns import Column, Table, amount, id_column, link, positive
from twin.model.scenario import SCENARIO_TABLES

FACTOR_MAX = 1000.0  # more is a mistake of units

How = Literal["set", "scale"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of an entry that changes a cell.

    Attributes
    ----------
    field : str
        Name in the entry.
    column : str
        Column whose cells are changed.
    how : str
        ``set`` puts the value there, ``scale`` multiplies by it.
    """

    field: str
    column: str
    how: How = "set"


@dataclass(frozen=True, slots=True)
class EditKind:
    """A kind of entry that changes cells of one table.

    Attributes
    ----------
    name, table : str
        Name of the entry, and of the table it changes.
    explanation : str
        One sentence for who writes the file.
    selectors : tuple of str
        Columns by which rows are chosen; '*' or none is any.
    settings : tuple of Setting
        What can be changed; at least one must be given.
    """

    name: str
    table: str
    explanation: str
    selectors: tuple[str, ...]
    settings: tuple[Setting, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """All names that may stand in an entry."""
        return (*self.selectors, *(setting.field for setting in self.settings))


_MACHINES = ("machine", "group", "site")
_LANES = ("lane", "from_place", "to_place", "item")
_FAILURES = (
    Setting("mttf_s", "mttf_s"),
    Setting("mttf_factor", "mttf_s", "scale"),
    Setting("mttr_s", "mttr_s"),
    Setting("mttr_factor", "mttr_s", "scale"),
    Setting("failure_law", "failure_law"),
    Setting("failure_cv", "failure_cv"),
    Setting("repair_law", "repair_law"),
    Setting("repair_cv", "repair_cv"),
)

EDIT_KINDS = (
    EditKind(
        "machine_speed", "machines", "Machines work faster or slower.", _MACHINES,
        (Setting("factor", "speed", "scale"), Setting("value", "speed")),
    ),
    EditKind(
        "machine_slots", "machines", "Machines do more or fewer operations at once.",
        _MACHINES, (Setting("factor", "slots", "scale"), Setting("value", "slots")),
    ),
    EditKind(
        "machine_law", "machines", "Machines fail and are repaired otherwise.",
        _MACHINES, _FAILURES,
    ),
    EditKind(
        "machine_calendar", "machines", "Machines work other shifts.", _MACHINES,
        (Setting("value", "calendar"),),
    ),
    EditKind(
        "dispatch_rule", "groups", "Queues of machine groups are worked off otherwise.",
        ("group", "site"), (Setting("rule", "rule"), Setting("capacity", "capacity")),
    ),
    EditKind(
        "processing_time", "routings", "Operations take other times, or yield more.",
        ("item", "site", "operation", "machine_group"),
        (
            Setting("factor", "duration_s", "scale"),
            Setting("duration_s", "duration_s"),
            Setting("setup_factor", "setup_s", "scale"),
            Setting("setup_s", "setup_s"),
            Setting("yield_rate", "yield_rate"),
        ),
    ),
    EditKind(
        "lane_capacity", "lanes", "More or less can be sent over lanes in a period.",
        _LANES,
        (
            Setting("factor", "capacity_per_period", "scale"),
            Setting("value", "capacity_per_period"),
        ),
    ),
    EditKind(
        "site_capacity", "sites", "More or less can leave sites in a period.",
        ("site",),
        (
            Setting("factor", "dispatch_capacity_per_period", "scale"),
            Setting("value", "dispatch_capacity_per_period"),
        ),
    ),
    EditKind(
        "supplier_capacity", "suppliers", "Suppliers can send more or less.",
        ("supplier",),
        (
            Setting("factor", "dispatch_capacity_per_period", "scale"),
            Setting("value", "dispatch_capacity_per_period"),
        ),
    ),
    EditKind(
        "supplier_law", "suppliers", "Suppliers fail and recover otherwise.",
        ("supplier",), _FAILURES,
    ),
    EditKind(
        "lead_time", "lanes", "Goods are longer or shorter on their way.", _LANES,
        (
            Setting("factor", "lead_time_s", "scale"),
            Setting("value_s", "lead_time_s"),
            Setting("law", "lead_time_law"),
            Setting("cv", "lead_time_cv"),
        ),
    ),
    EditKind(
        "demand", "demands", "Customers ask for more or less from the start on.",
        ("customer", "item", "site"),
        (Setting("factor", "mean_per_day", "scale"), Setting("value", "mean_per_day")),
    ),
    EditKind(
        "stock_policy", "stock", "Stock is replenished otherwise.", ("item", "site"),
        (
            Setting("policy", "policy"),
            Setting("reorder_point", "reorder_point"),
            Setting("reorder_point_factor", "reorder_point", "scale"),
            Setting("order_up_to", "order_up_to"),
            Setting("order_up_to_factor", "order_up_to", "scale"),
            Setting("order_quantity", "order_quantity"),
            Setting("order_quantity_factor", "order_quantity", "scale"),
            Setting("safety_stock", "safety_stock"),
            Setting("on_hand", "on_hand"),
        ),
    ),
)  # fmt: skip
"""Kinds that change cells, in the order in which they are applied."""

CUSTOMER_ORDERS = Table(
    "customer_order",
    "A customer's order that is there when the run begins, beside drawn demand.",
    (
        id_column("order", "Id of the order."),
        link("customer", "customers", "Who asks."),
        link("item", "items", "For what."),
        link("site", "sites", "The site that serves it."),
        positive("quantity", "unit", "How much.", required=True),
        amount("due_s", "s", "When it is due, after the start.", default=0.0),
    ),
)
PRODUCTION_ORDERS = Table(
    "production_order",
    "A production order that is released at the first review from `release_s` on.",
    (
        link("item", "items", "What is made."),
        link("site", "sites", "Where."),
        positive("quantity", "unit", "How much.", required=True),
        amount("release_s", "s", "When, after the start.", default=0.0),
    ),
)
ORDER_KINDS = (CUSTOMER_ORDERS, PRODUCTION_ORDERS)

SET, ADD_ROW, REMOVE_ROW = "set", "add_row", "remove_row"
ROW_KINDS: dict[str, tuple[str, ...]] = {
    ADD_ROW: ("table", "row"),
    REMOVE_ROW: ("table", "key"),
    SET: ("table", "key", "column", "value", "factor"),
}
"""Kinds that change any table, and their fields."""

HEADER = ("name", "description")

KINDS: tuple[str, ...] = (
    ADD_ROW,
    REMOVE_ROW,
    *(kind.name for kind in EDIT_KINDS),
    SET,
    *(table.name for table in ORDER_KINDS),
    *(table.name for table in SCENARIO_TABLES),
)
"""All kinds of entries, in the order in which they are applied."""


def factor_column(field: str) -> Column:
    """Return the column of a factor, for its check.

    Examples
    --------
    >>> factor_column("factor").allowed
    'a number from 0 to 1000'
    """
    return Column(
        field, "number", "Multiple of what was.", "1",
        required=True, low=0.0, high=FACTOR_MAX,
    )  # fmt: skip
