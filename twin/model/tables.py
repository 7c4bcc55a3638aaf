"""The tables of a network: every column, once.

What is read, checked, written, explained and documented follows from this file alone.
Money is in the currency of the network, quantities in the base unit of the item.
"""

import math

from twin.model.columns import (
    ANY,
    Column,
    Table,
    amount,
    id_column,
    law,
    link,
    position,
    positive,
    share,
)  # fmt: skip
from twin.model.elements import (
    DEMAND_ELEMENTS,
    ELEMENT_TABLES,
    ITEM_ELEMENTS,
    MACHINE_ELEMENTS,
    OPEN_ORDER_ELEMENTS,
    ROUTING_ELEMENTS,
    SITE_ELEMENTS,
    STOCK_ELEMENTS,
    SUPPLIER_ELEMENTS,
)

PLACE_TABLES = ("sites", "suppliers", "customers")
WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
SITE_KINDS = ("plant", "warehouse", "store")
DEMAND_LAWS = ("constant", "poisson", "negative_binomial", "normal")
POLICIES = ("plan", "base_stock", "s_S", "r_Q")
ORDER_KINDS = ("purchase", "transfer", "production", "customer")
APPROVALS = ("none", "required")
NONE = math.inf  # no limit, never
WEEK, YEAR = 7, 12  # steps of a weekly and of a yearly profile


SETTINGS = Table(
    "network",
    "Settings of the network as a whole.",
    (
        Column("name", "text", "Name of the network.", required=True),
        Column("currency", "text", "Currency of all money.", default="EUR"),
        Column(
            "time_zone", "zone", "Time zone of sites that name none.", default="UTC"
        ),
        Column(
            "as_of", "time", "When the initial stock was true.",
            required=True,
        ),
        positive("period_s", "s", "Length of a period of capacities.", default=86400.0),
        positive("review_s", "s", "Time from one plan to the next.", default=86400.0),
        Column(
            "horizon_periods", "integer", "Periods a plan looks ahead.",
            default=28, low=1.0,
        ),
        amount(
            "holding_rate_per_year", "share/year",
            "Cost of stock a year as a share of its value.", default=0.25,
        ),
        Column(
            "approval", "choice",
            "Whether orders of a live loop wait until their plan is approved.",
            default=APPROVALS[0], choices=APPROVALS, extension=True,
        ),
    ),
    required=True,
)  # fmt: skip
"""The settings in ``network.toml``: one row."""

SITES = Table(
    "sites",
    "Places of your own: plants make, warehouses keep, stores sell.",
    (
        id_column("site", "Id; unique among sites, suppliers and customers."),
        Column(
            "kind", "choice", "What the site does.", required=True, choices=SITE_KINDS
        ),
        Column("time_zone", "zone", "Time zone; empty is that of the network."),
        *position(),
        positive(
            "dispatch_capacity_per_period", "unit/period",
            "Most that can leave the site in a period; empty is no limit.", absent=NONE,
        ),
        amount(
            "handling_cost", "money/unit",
            "Cost of each unit made or dispatched here.", default=0.0,
        ),
        share(
            "yield_rate", "Good share of what the site makes, beside its routings'.",
            1.0, above=True,
        ),
        link(
            "calendar", "calendars", "When the site works; empty is always.",
            required=False,
        ),
        *SITE_ELEMENTS,
    ),
    required=True,
)  # fmt: skip

ITEMS = Table(
    "items",
    "What is bought, made, stored and sold.",
    (
        id_column("item", "Id of the item."),
        Column("unit", "text", "Base unit of all its quantities.", default="piece"),
        amount("unit_cost", "money/unit", "Value of one unit in stock.", default=0.0),
        amount("price", "money/unit", "Selling price; empty if it is not sold."),
        positive(
            "shelf_life_s", "s", "Age at which it spoils; empty is never.", absent=NONE
        ),
        *ITEM_ELEMENTS,
    ),
    required=True,
)

BILLS = Table(
    "bills",
    "Bill of materials: what one unit of an item is made of.",
    (
        link("item", "items", "What is made.", key=True),
        link("component", "items", "What goes into it.", key=True),
        positive("quantity", "unit/unit", "Units for one good unit.", required=True),
        share(
            "scrap_rate", "Share of the component lost on the way.", 0.0, above=False
        ),
    ),
)

ROUTINGS = Table(
    "routings",
    "How an item is made: operations in the order of their steps.",
    (
        link(
            "item", "items", "What is made; '*' is whatever has no routing of its own.",
            key=True, wildcard=True,
        ),
        link(
            "site", "sites",
            "Where; '*' is wherever there is a machine for each operation.",
            key=True, wildcard=True, default=ANY,
        ),
        Column(
            "step", "integer", "Position in the routing.",
            required=True, key=True, low=0.0,
        ),
        Column(
            "operation", "text", "Name of the operation.",
            required=True, pool="operations",
        ),
        Column(
            "machine_group", "text", "Group of machines that can do it.",
            required=True, pool="groups"
        ),
        amount("setup_s", "s", "Time to set up, once an order.", default=0.0),
        amount("duration_s", "s/unit", "Mean time for one unit.", required=True),
        law("duration_law", "How the time for one unit varies."),
        amount(
            "duration_cv", "1", "Standard deviation of the time over its mean.",
            default=0.0,
        ),
        share("yield_rate", "Good share of what is started.", 1.0, above=True),
        *ROUTING_ELEMENTS,
    ),
)  # fmt: skip

MACHINES = Table(
    "machines",
    "Machines and other stations, in groups that can stand in for each other.",
    (
        id_column("machine", "Id of the machine."),
        link("site", "sites", "Where it stands."),
        Column("group", "text", "Group it belongs to.", required=True, pool="groups"),
        Column(
            "slots", "integer", "Operations it can do at once.", default=1, low=1.0
        ),
        positive(
            "speed", "1", "Speed: 2 halves the durations of routings.", default=1.0
        ),
        positive("mttf_s", "s", "Mean time to failure; empty is never.", absent=NONE),
        positive("mttr_s", "s", "Mean time to repair; empty is at once.", absent=0.0),
        amount("cost_per_h", "money/h", "Cost of an hour of work.", default=0.0),
        link(
            "calendar", "calendars", "When it works; empty is as its site.",
            required=False,
        ),
        *MACHINE_ELEMENTS,
    ),
)  # fmt: skip

CALENDARS = Table(
    "calendars",
    "Shifts by weekday, in the time of the site; what is not listed is closed.",
    (
        id_column("calendar", "Name of the calendar; one row a shift."),
        Column(
            "weekday", "choice", "Day of the shift.",
            required=True, key=True, choices=WEEKDAYS,
        ),
        Column("start", "clock", "Start of the shift.", required=True, key=True),
        Column("end", "clock", "End of the shift, at most 24:00.", required=True),
    ),
)  # fmt: skip

SUPPLIERS = Table(
    "suppliers",
    "Who delivers what is bought; what and how fast stands in the lanes.",
    (
        id_column("supplier", "Id; unique among sites, suppliers and customers."),
        *position(),
        positive(
            "dispatch_capacity_per_period", "unit/period",
            "Most it can send in a period; empty is no limit.", absent=NONE,
        ),
        *SUPPLIER_ELEMENTS,
    ),
)  # fmt: skip

CUSTOMERS = Table(
    "customers",
    "Who buys: persons, firms or whole markets.",
    (
        id_column("customer", "Id; unique among sites, suppliers and customers."),
        *position(),
        amount("priority", "1", "Served before those of less.", default=1.0),
    ),
)

LANES = Table(
    "lanes",
    "Ways goods can go, from a supplier or a site to a site or a customer.",
    (
        id_column("lane", "Id of the lane."),
        link("from_place", ("sites", "suppliers"), "Where it starts."),
        link("to_place", ("sites", "customers"), "Where it ends."),
        link(
            "item", "items",
            "What goes there; '*' is what is kept where the lane ends.",
            wildcard=True, default=ANY,
        ),
        amount("lead_time_s", "s", "Mean time from order to receipt.", required=True),
        law("lead_time_law", "How the lead time varies."),
        amount(
            "lead_time_cv", "1", "Standard deviation of the lead time over its mean.",
            default=0.0,
        ),
        amount("price", "money/unit", "Purchase price of a unit.", default=0.0),
        amount("unit_cost", "money/unit", "Transport of a unit.", default=0.0),
        amount("fixed_cost", "money/order", "Cost of an order.", default=0.0),
        amount(
            "pipeline_cost_per_day", "money/unit/day",
            "Holding cost of a unit on the way.", default=0.0,
        ),
        positive(
            "capacity_per_period", "unit/period",
            "Most that can be sent in a period; empty is no limit.", absent=NONE,
        ),
        amount("minimum", "unit", "Least quantity of an order.", default=0.0),
        amount(
            "multiple", "unit", "Orders are multiples of this; 0 is any quantity.",
            default=0.0,
        ),
    ),
)  # fmt: skip

DEMANDS = Table(
    "demands",
    "What customers ask for, day by day.",
    (
        link("customer", "customers", "Who asks.", key=True),
        link("item", "items", "For what.", key=True),
        link("site", "sites", "The site that serves it.", key=True),
        amount("mean_per_day", "unit/day", "Mean demand at `as_of`.", required=True),
        Column(
            "law", "choice", "How demand varies from day to day.",
            default="negative_binomial", choices=DEMAND_LAWS,
        ),
        amount(
            "dispersion", "1",
            "Variance is mean + dispersion x mean^2 (0 is Poisson); of a normal law it "
            "is dispersion x mean^2.", default=0.0,
        ),
        Column(
            "trend_per_day", "number", "Growth a day as a share of the mean.",
            "share/day", default=0.0, low=-1.0, high=1.0,
        ),
        link(
            "weekly_profile", "profiles", "Factors of the 7 weekdays.", required=False
        ),
        link(
            "yearly_profile", "profiles", "Factors of the 12 months.", required=False
        ),
        amount("price", "money/unit", "Selling price; empty is that of the item."),
        amount(
            "shortage_cost", "money/unit",
            "Of a unit lost, or of a unit late for a day.", default=0.0,
        ),
        Column(
            "backlogged", "flag", "Whether unmet demand waits; else it is lost.",
            default=True,
        ),
        *DEMAND_ELEMENTS,
    ),
)  # fmt: skip

STOCK = Table(
    "stock",
    "Stock at `as_of`, its cost and how it is replenished.",
    (
        link("item", "items", "What is kept.", key=True),
        link("site", "sites", "Where.", key=True),
        amount("on_hand", "unit", "On hand at `as_of`.", default=0.0),
        amount(
            "holding_cost_per_day", "money/unit/day",
            "Cost of keeping a unit; empty is unit_cost x the network's rate.",
        ),
        Column(
            "policy", "choice", "How it is replenished.",
            default="plan", choices=POLICIES,
        ),
        amount("reorder_point", "unit", "Inventory position that starts an order."),
        amount("order_up_to", "unit", "Inventory position an order restores."),
        positive("order_quantity", "unit", "Quantity of an order (policy r_Q)."),
        amount("safety_stock", "unit", "Stock that plans keep as a buffer."),
        *STOCK_ELEMENTS,
    ),
)  # fmt: skip

OPEN_ORDERS = Table(
    "open_orders",
    "Orders already under way at `as_of`.",
    (
        id_column("order", "Id of the order."),
        Column(
            "kind", "choice", "Kind of order.", required=True, choices=ORDER_KINDS
        ),
        link("item", "items", "What is on its way."),
        link("from_place", PLACE_TABLES, "Who sends; empty for production.",
              required=False),
        link("to_place", PLACE_TABLES, "Who receives."),
        positive("quantity", "unit", "What is still to come.", required=True),
        Column("due", "time", "When it is due.", required=True),
        *OPEN_ORDER_ELEMENTS,
    ),
)  # fmt: skip

PROFILES = Table(
    "profiles",
    "Factors of a repeating pattern: 7 steps from monday, or 12 from january.",
    (
        id_column("profile", "Name of the profile; one row a step."),
        Column(
            "step", "integer", "1 is monday or january.",
            required=True, key=True, low=1.0, high=float(YEAR),
        ),
        amount("factor", "1", "Demand as a multiple of the mean.", required=True),
    ),
)  # fmt: skip

LAWS = Table(
    "laws",
    "Observed laws of durations and lead times, as factors of the mean.",
    (
        id_column("law", "Name of the law; one row a factor."),
        Column(
            "factor", "number", "Multiple of the mean.", "1",
            required=True, key=True, low=0.0,
        ),
        positive("weight", "1", "How often it was observed.", default=1.0),
    ),
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    SITES, ITEMS, BILLS, ROUTINGS, MACHINES, CALENDARS, SUPPLIERS, CUSTOMERS, LANES,
    DEMANDS, STOCK, OPEN_ORDERS, PROFILES, LAWS, *ELEMENT_TABLES,
)  # fmt: skip
"""All tables, in the order in which they enter the hash of a network."""

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
