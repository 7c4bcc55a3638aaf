"""What each measure is: the one list that tables, reports, help and documents read.

Words. A *line* is what an order asks of one item. A line is *in full* once as much was
delivered to the customer as it asks for, last changes included. The *window* is
[start, end): an event at its end is not in it. *At once* is in the instant of the
order, unless the run allows longer. Money is in the currency of the network.
"""

from typing import Literal, NamedTuple

Better = Literal["high", "low", "none"]


class Kpi(NamedTuple):
    """One measure.

    Attributes
    ----------
    unit : str
        Of its value; ``1`` for shares and ratios.
    better : str
        ``high`` or ``low``; ``none`` if neither is better by itself.
    definition : str
        Exactly what is measured, and from which events or tables.
    source : str
        Who defines it so; empty for what is plain counting.
    """

    unit: str
    better: Better
    definition: str
    source: str = ""


ISO = "ISO 22400-2:2014"
SILVER = "Silver, Pyke, Thomas (2017), Inventory and Production Management, ch. 6"
FACTORY = "Hopp, Spearman (2011), Factory Physics, ch. 7"
PINEDO = "Pinedo (2016), Scheduling, 2.1"
SCOR = "SCOR Digital Standard, RL.1.1 perfect customer order fulfilment"
CHEN = "Chen, Drezner, Ryan, Simchi-Levi (2000), Management Science 46(3)"
QUANTILE = "Hyndman, Fan (1996), definition 7"

_SHIFT = "of the time in the window that machines are on shift"

KPI_DEFINITIONS: dict[str, Kpi] = {
    "otif_order_share": Kpi(
        "1", "high",
        "Orders on time in full over orders due: all dated lines of the order in full "
        "by their due dates. An order is due with the last of its lines, in the "
        "window. What was cancelled or lost before is not in full.", SCOR,
    ),
    "otif_line_share": Kpi(
        "1", "high", "The same line by line: lines in full by their due date over "
        "lines due in the window.", SCOR,
    ),
    "orders_due": Kpi("orders", "none", "Orders of customers due in the window."),
    "lines_due": Kpi("lines", "none", "Lines of customers due in the window."),
    "demanded_units": Kpi(
        "units", "none", "Units of the lines that customers ordered in the window."
    ),
    "fill_rate": Kpi(
        "1", "high", "Units dispatched at once over units demanded, of lines ordered "
        "in the window.", SILVER,
    ),
    "cycle_service_level": Kpi(
        "1", "high", "Replenishment cycles without a line short at once, over all that "
        "end in the window. A cycle of a stock point that serves customers goes from "
        "an arrival (of a shipment, of production, of a transfer) up to the next.",
        SILVER,
    ),
    "lost_units": Kpi(
        "units", "low", "Units never shipped of lines cancelled in the window, whoever "
        "cancelled.",
    ),
    "lost_share": Kpi("1", "low", "Lost units over demanded units."),
    "backlog_mean_units": Kpi(
        "units", "low", "Time average of what customers have ordered and is not "
        "shipped.",
    ),
    "backlog_end_units": Kpi("units", "low", "The same at the end of the window."),
    "order_lead_time_mean_s": Kpi(
        "s", "low", "Time from order to delivery in full, of lines in full in the "
        "window: mean.",
    ),
    "order_lead_time_p50_s": Kpi("s", "low", "The same: median.", QUANTILE),
    "order_lead_time_p95_s": Kpi("s", "low", "The same: 95 % quantile.", QUANTILE),
    "order_tardiness_mean_s": Kpi(
        "s", "low", "Time by which lines due in the window were in full after their "
        "due date, 0 for those in time, up to the end of the window for those still "
        "open; without cancelled ones: mean.", PINEDO,
    ),
    "order_tardiness_total_s": Kpi("s", "low", "The same: sum.", PINEDO),
    "order_tardiness_max_s": Kpi("s", "low", "The same: greatest.", PINEDO),
    "lines_late": Kpi("lines", "low", "Lines with a tardiness above 0.", PINEDO),
    "production_lead_time_mean_s": Kpi(
        "s", "low", "Time from release to close of production orders closed in the "
        "window (flow time): mean.", FACTORY,
    ),
    "production_lead_time_p50_s": Kpi("s", "low", "The same: median.", QUANTILE),
    "production_lead_time_p95_s": Kpi("s", "low", "The same: 95 % quantile.", QUANTILE),
    "production_wait_mean_s": Kpi(
        "s", "low", "Flow time less work time of production orders closed in the "
        "window, mean: waiting, also for shifts and repairs.", FACTORY,
    ),
    "flow_efficiency": Kpi(
        "1", "high", "Work time over flow time of production orders closed in the "
        "window, ratio of sums. Work time is that of their operations while the "
        "machine is in setup or busy.", FACTORY,
    ),
    "wip_mean_orders": Kpi(
        "orders", "low", "Time average of production orders released and not closed.",
        FACTORY,
    ),
    "wip_mean_units": Kpi(
        "units", "low", "The same in units as released.", FACTORY,
    ),
    "little_gap_orders": Kpi(
        "orders", "none", "Mean WIP less throughput times mean flow time of what was "
        "closed: 0 over a window that begins and ends empty.",
        "Little (1961), Operations Research 9(3)",
    ),
    "throughput_orders_per_day": Kpi(
        "orders/day", "high", "Production orders closed in the window.", FACTORY,
    ),
    "throughput_units_per_day": Kpi(
        "units/day", "high", "Units received from production in the window.", FACTORY,
    ),
    "first_pass_yield": Kpi(
        "1", "high", "Units neither scrapped nor reworked at any operation over units "
        "released, of production orders closed in the window.", ISO,
    ),
    "production_tardiness_mean_s": Kpi(
        "s", "low", "Time by which production orders due in the window were closed "
        "after their due date, as for lines of customers: mean.", PINEDO,
    ),
    "production_tardiness_total_s": Kpi("s", "low", "The same: sum.", PINEDO),
    "production_tardiness_max_s": Kpi("s", "low", "The same: greatest.", PINEDO),
    "production_late": Kpi(
        "orders", "low", "Production orders with a tardiness above 0.", PINEDO
    ),
    "oee": Kpi(
        "1", "high", "Availability x performance x quality of all machines.", ISO,
    ),
    "availability": Kpi(
        "1", "high", "Time in state busy (actual production time) over planned busy "
        "time: the window without off, maintenance and unknown states.", ISO,
    ),
    "performance": Kpi(
        "1", "high", "Time that routings allow for the pieces of operations completed "
        "in the window over time busy. Allowed is the mean duration of a piece, over "
        "speed, slots and greatest batch; without a routing, the time it took.", ISO,
    ),
    "quality": Kpi(
        "1", "high", "Good over good, scrapped and reworked pieces of operations "
        "completed in the window.", ISO,
    ),
    "utilisation": Kpi(
        "1", "none", f"Time in setup or busy as a share {_SHIFT}.", ISO,
    ),
    "starved_share": Kpi("1", "low", f"Time idle as a share {_SHIFT}."),
    "blocked_share": Kpi("1", "low", f"Time blocked as a share {_SHIFT}."),
    "setup_share": Kpi("1", "low", f"Time in setup as a share {_SHIFT}."),
    "down_share": Kpi("1", "low", f"Time down as a share {_SHIFT}."),
    "maintenance_share": Kpi("1", "low", f"Time in maintenance as a share {_SHIFT}."),
    "scrap_rate": Kpi(
        "1", "low", "Scrapped over good, scrapped and reworked pieces of operations "
        "completed in the window.", ISO,
    ),
    "rework_rate": Kpi("1", "low", "The same of reworked pieces.", ISO),
    "energy_kwh": Kpi(
        "kWh", "low", "Power of a machine in each state times its time there. Down and "
        "maintenance take the power of off, blocked that of idle.", ISO,
    ),
    "energy_per_unit_kwh": Kpi(
        "kWh/unit", "low", "Energy over units received from production.", ISO,
    ),
    "stock_mean_value": Kpi(
        "money", "low", "Time average of what lies at the sites, at unit cost."
    ),
    "turns": Kpi(
        "1/year", "high", "Unit cost of what was dispatched to customers, scaled to "
        "365.25 days, over the mean stock value.", SILVER,
    ),
    "lane_lead_time_mean_s": Kpi(
        "s", "low", "Time from dispatch to receipt, of shipments on lanes received in "
        "full in the window: mean.",
    ),
    "lane_lead_time_p50_s": Kpi("s", "low", "The same: median.", QUANTILE),
    "lane_lead_time_p95_s": Kpi("s", "low", "The same: 95 % quantile.", QUANTILE),
    "bullwhip": Kpi(
        "1", "low", "Variance over squared mean of what is ordered from suppliers, "
        "over the same of what customers ask for, at unit cost by bucket. By echelon "
        "in the table `echelons`.", CHEN,
    ),
    "sales": Kpi(
        "money", "high", "Units dispatched to customers in the window, at the price of "
        "their order, else of the demand.",
    ),
    "purchase_cost": Kpi(
        "money", "low", "Units dispatched on lanes in the window, at the price of "
        "their order, else of the lane.",
    ),
    "transport_cost": Kpi(
        "money", "low", "Cost named by dispatches in the window, else unit and fixed "
        "cost of the lane.",
    ),
    "handling_cost": Kpi(
        "money", "low", "Handling cost of the site for each unit made or dispatched."
    ),
    "holding_cost": Kpi(
        "money", "low", "Holding cost of units on hand and pipeline cost of units on "
        "the way, for as long as they are.",
    ),
    "shortage_cost": Kpi(
        "money", "low", "Shortage cost of a demand for each unit and day of backlog, "
        "if it waits, and for each unit lost.",
    ),
    "production_cost": Kpi(
        "money", "low", "Cost of an hour of a machine for its time in setup and busy, "
        "and what setups and maintenance were said to cost.",
    ),
    "energy_cost": Kpi(
        "money", "low", "Energy at the tariff of the site, by the time of day."
    ),
    "cost_to_serve": Kpi(
        "money", "low", "Transport, handling, holding, shortage, production and "
        "energy cost.",
    ),
    "cost_to_serve_per_unit": Kpi(
        "money/unit", "low", "Cost to serve over units dispatched to customers."
    ),
    "profit": Kpi("money", "high", "Sales less purchase cost and cost to serve."),
}  # fmt: skip
"""Every measure of `RunMeasures.measures`, in its order."""
