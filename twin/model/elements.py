"""Columns and tables of what a simulation can follow beyond the plain network.

Batches, setups, pools of operators and tools, rework, failure laws, wear, maintenance,
power, releases, outputs. Every default is the plain network: a network that uses none
of them simulates, and hashes, as if they were not there.
"""

import math

from twin.model.columns import (
    ANY,
    Column,
    Table,
    amount,
    choice,
    count,
    extensions,
    id_column,
    law,
    link,
    positive,
    share,
)

CLOCKS = ("clock", "busy")
ON_FAILURE = ("resume", "restart", "scrap")
DISPATCH_RULES = ("fifo", "edd", "spt", "slack", "atc", "plan", "critical_ratio")
POOL_KINDS = ("operator", "tool")
STRATEGIES = ("make_to_stock", "assemble_to_order", "make_to_order")
ALLOCATIONS = ("fifo", "priority", "proportional")
NEVER = math.inf
NO_LIMIT = 2**31 - 1  # of a count: fits the narrowest integer that a kernel may use
NO_STEP = -1

_CV = "Standard deviation over mean; an exponential law has 1."


def failures(*, failing: str, repaired: str) -> tuple[Column, ...]:
    """Return the columns of the laws of failures and repairs."""
    return (
        law("failure_law", f"How {failing} varies.", "exponential"),
        amount("failure_cv", "1", _CV, default=0.0),
        law("repair_law", f"How {repaired} varies.", "exponential"),
        amount("repair_cv", "1", _CV, default=0.0),
    )


ROUTING_ELEMENTS = extensions(
    Column(
        "setup_family", "id",
        "Family of setups, see setups.csv; empty needs none and changes none.",
        pool="families",
    ),
    count(
        "batch_min", "orders", "Least orders of the operation worked on together.",
        default=1,
    ),
    count(
        "batch_max", "orders", "Most orders worked on together, in one slot.", default=1
    ),
    amount(
        "batch_timeout_s", "s",
        "How long the first order waits for batch_min; empty is for ever.",
        absent=NEVER,
    ),
    link("operator_pool", "pools", "Who must be there, if anybody.", required=False),
    count("operators", "1", "How many of the pool it takes.", default=1),
    link("tool_pool", "pools", "The tool it takes, if any.", required=False),
    share("rework_rate", "Share that goes back to rework_step.", 0.0, above=False),
    Column(
        "rework_step", "integer",
        "Step of the same routing to go back to, this one or an earlier one.",
        low=0.0, absent=float(NO_STEP),
    ),
    share(
        "sampling_rate", "Share of orders for which the operation is done at all.",
        1.0, above=True,
    ),
)  # fmt: skip

MACHINE_ELEMENTS = extensions(
    *failures(failing="the time to failure", repaired="the time to repair"),
    choice(
        "failure_clock", "Whether it ages by the clock or only while it is busy.",
        CLOCKS,
    ),
    choice(
        "on_failure", "What becomes of work that a failure interrupts.", ON_FAILURE
    ),
    positive(
        "maintenance_every_s", "s",
        "Time from one maintenance to the next; empty is never.", absent=NEVER,
    ),
    choice(
        "maintenance_clock", "Whether that time is by the clock or busy time.", CLOCKS
    ),
    amount("maintenance_s", "s", "How long a maintenance takes.", default=0.0),
    amount("power_off_kw", "kW", "Power while it is off shift or down.", default=0.0),
    amount("power_idle_kw", "kW", "Power while it waits for work.", default=0.0),
    amount("power_setup_kw", "kW", "Power while it is set up.", default=0.0),
    amount("power_busy_kw", "kW", "Power while it works.", default=0.0),
    amount(
        "wear_per_h", "1/h",
        "Wear gained in a busy hour; at 1 it is worn out, repair and maintenance "
        "bring it back to 0.",
        default=0.0,
    ),
    amount(
        "wear_hazard", "1",
        "A worn machine nears its failure 1 + wear_hazard x wear times as fast.",
        default=0.0,
    ),
    share("wear_speed", "Share of the speed lost at wear 1.", 0.0, above=False),
    share("wear_yield", "Share of the yield lost at wear 1.", 0.0, above=False),
    positive(
        "reading_every_s", "s",
        "Time from one reading of its wear to the next; empty is never.", absent=NEVER,
    ),
)  # fmt: skip

SITE_ELEMENTS = extensions(
    link("tariff", "tariffs", "Price of its energy; empty is 0.", required=False),
)

SUPPLIER_ELEMENTS = extensions(
    positive("mttf_s", "s", "Mean time to an outage; empty is never.", absent=NEVER),
    positive("mttr_s", "s", "Mean length of an outage; empty is none.", absent=0.0),
    *failures(failing="the time to an outage", repaired="the length of an outage"),
)

DEMAND_ELEMENTS = extensions(
    Column(
        "split", "flag", "Whether an order may be shipped in parts; else all or none.",
        default=True,
    ),
)  # fmt: skip

ITEM_ELEMENTS = extensions(
    choice(
        "strategy",
        "When it is made: to stock; on a customer's order from components that are "
        "kept to stock; or on the order with all that is made for it.",
        STRATEGIES,
    ),
    count(
        "order_batch_min", "orders",
        "Customers' orders of a setup family that wait for each other.", default=1,
    ),
    amount(
        "order_wait_s", "s",
        "How long an order waits for others at most; empty is until there are enough.",
        absent=NEVER,
    ),
)  # fmt: skip

STOCK_ELEMENTS = extensions(
    choice(
        "allocation",
        "Who is served first when it is short: who came first, who has priority, or "
        "all in proportion.",
        ALLOCATIONS,
    ),
    positive(
        "review_s",
        "s",
        "Time from one review of its policy to the next; empty is the network's.",
    ),
)

GROUPS = Table(
    "groups",
    "How groups of machines choose what to do next, and how much may wait.",
    (
        Column("group", "text", "Group of machines.", required=True, key=True,
               pool="groups"),
        link(
            "site", "sites", "Where; '*' is wherever no row of its own says otherwise.",
            key=True, wildcard=True, default=ANY,
        ),
        choice("rule", "Which waiting order comes first.", DISPATCH_RULES),
        Column(
            "capacity", "integer",
            "Orders that may wait; when it is full, the machine before is blocked "
            "after its operation. 0 is no buffer, empty no limit.", "orders",
            low=0.0, absent=float(NO_LIMIT),
        ),
        amount(
            "flow_factor", "1",
            "Time that rules which look at slack (slack, atc) take an order to need to "
            "its end, waiting included, over the work that is left.", default=1.0,
        ),
    ),
    extension=True,
)  # fmt: skip

OPEN_ORDER_ELEMENTS = extensions(
    Column(
        "step", "integer",
        "Step of its routing with which production goes on, as if it came to it at "
        "`as_of`; empty is not known, then its goods come when it is due.",
        low=0.0, absent=float(NO_STEP),
    ),
    Column(
        "options", "text", "What a customer's order asks for beyond the item.",
    ),
)  # fmt: skip

SETUPS = Table(
    "setups",
    "Time to set up by family before and after; of several rows the most specific "
    "counts, from_family before to_family. A change without a row takes no time.",
    (
        Column("group", "text", "Group of machines.", required=True, key=True,
               pool="groups"),
        Column(
            "from_family", "id",
            "Family set up before; '*' is any, empty is nothing set up yet.",
            key=True, wildcard=True, default="", pool="families",
        ),
        Column(
            "to_family", "id", "Family to set up; '*' is any.",
            required=True, key=True, wildcard=True, pool="families",
        ),
        amount("setup_s", "s", "Time to set up.", required=True),
    ),
    extension=True,
)  # fmt: skip

POOLS = Table(
    "pools",
    "Operators and tools that machines share.",
    (
        id_column("pool", "Id of the pool."),
        link("site", "sites", "Where it is."),
        choice("kind", "What it holds.", POOL_KINDS),
        count("size", "1", "How many there are.", required=True),
        link(
            "calendar", "calendars", "When they work; empty is always.", required=False
        ),
    ),
    extension=True,
)

RELEASES = Table(
    "releases",
    "Streams of production orders that arrive by themselves: make to stock rates, "
    "wafer starts, customers of a queue. The item of each order is drawn by share.",
    (
        id_column("release", "Name of the stream; one row an item."),
        link("item", "items", "What is made.", key=True),
        link("site", "sites", "Where."),
        positive("quantity", "unit", "Quantity of an order.", default=1.0),
        positive(
            "interval_s", "s", "Mean time between orders of the stream.", required=True
        ),
        law("interval_law", "How that time varies."),
        amount(
            "interval_cv", "1", "Standard deviation of that time over its mean.",
            default=0.0,
        ),
        positive(
            "share", "1", "Weight of the item among those of the stream.", default=1.0
        ),
        amount(
            "due_s", "s", "Time from release to due date; empty has none.",
            absent=NEVER,
        ),
        amount("priority", "1", "Preferred to those of less.", default=0.0),
        amount(
            "first_s", "s", "Time of the first order after `as_of`; empty is one "
            "interval.",
        ),
    ),
    extension=True,
)  # fmt: skip

TARIFFS = Table(
    "tariffs",
    "Prices of energy by time of day, in the time of the site; the last price of the "
    "day holds until the first of the next.",
    (
        id_column("tariff", "Name of the tariff; one row a price."),
        Column(
            "start", "clock", "Time of day from which the price holds.",
            required=True, key=True,
        ),
        amount("price_per_kwh", "money/kWh", "Price of energy.", required=True),
    ),
    extension=True,
)  # fmt: skip

OUTPUTS = Table(
    "outputs",
    "What else comes out when an item is made: by-products, or the parts of what is "
    "taken apart.",
    (
        link("item", "items", "What is made.", key=True),
        link(
            "product", "items",
            "What comes out; the item itself comes out once unless a row says so.",
            key=True,
        ),
        amount("quantity", "unit/unit", "Units for one good unit.", required=True),
    ),
    extension=True,
)  # fmt: skip

ELEMENT_TABLES = (GROUPS, SETUPS, POOLS, RELEASES, TARIFFS, OUTPUTS)
