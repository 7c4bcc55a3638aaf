"""The compiled fold against a slow one in plain Python, written from the contract.

`Slow` knows no arrays, slots or type codes: it folds the event records themselves.
"""

import math
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import events as ev
from twin.state import views

KINDS = {"plant": "site", "dc": "site", "acme": "supplier", "shop": "customer"}
NEAR = 1e-9


def new_stock():
    names = ("on_hand", "on_order", "in_transit", "backorder", "shipped", "received")
    return dict.fromkeys(names, 0.0)


class Slow:
    def __init__(self):
        self.stock = defaultdict(new_stock)
        self.stock["pump", "plant"]["on_hand"] = 10.0
        self.orders, self.shipments = defaultdict(dict), {}  # by id, then item
        self.production = {}
        self.machines = defaultdict(
            lambda: {"state": "unknown", "running": 0, "done": 0, "good": 0.0}
        )
        self.wrong, self.closed = Counter(), []
        self.suspects, self.now = [], None

    def fold(self, timed):
        for time_us, event in timed:
            if time_us != self.now:
                self.close()
                self.now = time_us
            getattr(self, type(event).__name__)(event)
        self.close()

    def close(self):
        for judge, key in self.suspects:  # grows while it is walked
            judge(key)
        self.suspects = []

    def suspect(self, judge, key):
        if self.suspects[-1:] != [(judge, key)]:
            self.suspects.append((judge, key))

    def holds(self, place):
        return place is not None and KINDS.get(place, "unknown") in {"unknown", "site"}

    # Orders
    def order(self, name, item):
        """The line of an order for an item; one of no known item becomes it."""
        lines = self.orders[name]
        if item in lines:
            return lines[item]
        if None in lines:
            lines[item] = lines.pop(None) | {"item": item}
            self.booked(lines[item], 1)
        else:
            lines[item] = {
                "kind": "unknown", "status": "open", "item": item, "place": None,
                "party": None, "quantity": 0.0, "shipped": 0.0, "delivered": 0.0,
                "ordered": None, "due": None, "delivered_us": None,
                "asked": False, "excess": False,
            }  # fmt: skip
        return lines[item]

    def open_lines(self, name):
        lines = list(self.orders[name].values())
        living = [line for line in lines if line["status"] == "open"]
        if not living:
            self.wrong["fact_about_closed_order" if lines else "unknown_order"] += 1
        return living

    def owed(self, order):
        if order["status"] != "open" or order["kind"] == "unknown":
            return 0.0
        return max(0.0, order["quantity"] - order["shipped"])

    def booked(self, order, sign):
        """Take what is owed off the stock point of an order (-1), or put it on."""
        if order["item"] and self.holds(order["place"]) and self.owed(order):
            column = "backorder" if order["kind"] == "customer" else "on_order"
            point = self.stock[order["item"], order["place"]]
            point[column] += sign * self.owed(order)

    def OrderReceived(self, e):  # noqa: N802
        self.placed(e, e.customer, "customer")

    def PurchaseOrderPlaced(self, e):  # noqa: N802
        kind = "transfer" if KINDS.get(e.supplier) == "site" else "purchase"
        self.placed(e, e.supplier, kind)

    def placed(self, e, party, kind):
        order = self.order(e.order, e.item)
        if order["status"] != "open":
            self.wrong["fact_about_closed_order"] += 1
            return
        self.wrong["repeated_order"] += order["ordered"] is not None
        self.booked(order, -1)
        order |= {"place": e.site, "party": party, "kind": kind}
        order |= {"quantity": e.quantity, "asked": True, "ordered": self.now}
        order["due"] = order["due"] if e.due_us is None else e.due_us
        self.booked(order, 1)
        self.suspect(self.judge_order, (e.order, e.item))

    def PurchaseOrderConfirmed(self, e):  # noqa: N802
        given = {"place": e.site, "party": e.supplier}
        if e.item is None and self.orders[e.order]:
            self.changed(e, given)
            return
        order = self.order(e.order, e.item)
        if order["status"] != "open":
            self.wrong["fact_about_closed_order"] += 1
            return
        self.change(order, e, given)
        self.suspect(self.judge_order, (e.order, e.item))

    def OrderChanged(self, e):  # noqa: N802
        self.changed(e, {})

    def changed(self, e, given):
        living = self.open_lines(e.order)
        for order in living:
            self.change(order, e, given)
        if living:
            self.suspect(self.judge_lines, e.order)

    def change(self, order, e, given):
        self.booked(order, -1)
        given |= {"quantity": e.quantity, "due": e.due_us}
        order["asked"] |= e.quantity is not None
        order |= {name: value for name, value in given.items() if value is not None}
        if order["kind"] == "unknown":
            order["kind"] = "purchase"
        self.booked(order, 1)

    def OrderCancelled(self, e):  # noqa: N802
        for order in self.open_lines(e.order):
            self.booked(order, -1)
            order["status"] = "cancelled"

    def judge_lines(self, name):
        for item in self.orders[name]:
            self.judge_order((name, item))

    def judge_order(self, key):
        name, item = key
        lines = self.orders[name]
        order = lines.get(item) or next(iter(lines.values()))
        if order["asked"] and order["status"] != "cancelled":
            above = order["shipped"] > order["quantity"] + NEAR
            self.wrong["shipped_more_than_ordered"] += above and not order["excess"]
            order["excess"] = above
        if order["status"] != "open":
            return
        if order["kind"] == "unknown":
            self.wrong["unknown_order"] += 1
            return
        empty = max(order["quantity"], order["shipped"]) <= NEAR
        if order["asked"] and empty and order["delivered_us"] is None:
            order["status"] = "cancelled"
            return
        done = order["delivered"] >= order["quantity"] - NEAR
        if order["delivered_us"] is None or not done:
            return
        lead = None
        if order["ordered"] is not None:
            lead = order["delivered_us"] - order["ordered"]
            self.wrong["received_before_ordered"] += lead < 0
        self.booked(order, -1)
        order["status"] = "closed"
        self.closed.append((order["kind"], order["delivered_us"], lead))

    # Stock and shipments
    def StockCounted(self, e):  # noqa: N802
        if self.holds(e.site):
            self.stock[e.item, e.site]["on_hand"] = e.quantity

    def StockMoved(self, e):  # noqa: N802
        self.moved(e.item, e.from_site, -e.quantity)
        self.moved(e.item, e.to_site, e.quantity)

    def moved(self, item, place, quantity):
        if self.holds(place):
            self.stock[item, place]["on_hand"] += quantity
            if quantity < 0:
                self.suspect(self.judge_stock, (item, place))

    def judge_stock(self, key):
        below = self.stock[key]["on_hand"] < -NEAR and KINDS.get(key[1]) == "site"
        self.wrong["negative_stock"] += below

    def shipment(self, e):
        key = e.shipment, e.item
        if key not in self.shipments:
            self.shipments[key] = {
                "status": "open", "item": e.item, "to": None, "quantity": 0.0,
                "received": 0.0, "credited": 0.0, "order": None, "sent_us": None,
                "received_us": None,
            }  # fmt: skip
        return self.shipments[key]

    def for_order(self, shipment, name):
        if name is not None:
            shipment["order"] = name, shipment["item"]
        return shipment["order"]

    def sent_for(self, key, quantity):
        order = self.order(*key)
        self.booked(order, -1)
        order["shipped"] += quantity
        self.booked(order, 1)
        self.suspect(self.judge_order, key)

    def delivered_for(self, key, quantity, time_us):
        order = self.order(*key)
        order["delivered"] += quantity
        order["delivered_us"] = time_us
        self.suspect(self.judge_order, key)

    def ShipmentDispatched(self, e):  # noqa: N802
        shipment = self.shipment(e)
        if shipment["status"] != "open":
            self.wrong["fact_about_closed_order"] += 1
            self.moved(e.item, e.from_site, -e.quantity)
            return
        shipment |= {"to": e.to_site, "sent_us": self.now}
        shipment["quantity"] += e.quantity
        order = self.for_order(shipment, e.order)
        if order:
            self.sent_for(order, e.quantity)
        self.moved(e.item, e.from_site, -e.quantity)
        if self.holds(e.from_site) and KINDS.get(e.to_site) == "customer":
            self.stock[e.item, e.from_site]["shipped"] += e.quantity
        if self.holds(e.to_site):
            self.stock[e.item, e.to_site]["in_transit"] += e.quantity
        self.suspect(self.judge_shipment, (e.shipment, e.item))

    def ShipmentReceived(self, e):  # noqa: N802
        shipment = self.shipment(e)
        self.moved(e.item, e.site, e.quantity)
        if self.holds(e.site):
            self.stock[e.item, e.site]["received"] += e.quantity
        order = self.for_order(shipment, e.order)
        if order:
            self.order(*order)
        if shipment["status"] != "open":
            self.wrong["fact_about_closed_order"] += 1
            if order:
                self.delivered_for(order, e.quantity, self.now)
            return
        if shipment["to"] is None:
            shipment["to"] = e.site
        shipment["received"] += e.quantity
        shipment["received_us"] = self.now
        if self.holds(shipment["to"]):
            self.stock[e.item, shipment["to"]]["in_transit"] -= e.quantity
        self.suspect(self.judge_shipment, (e.shipment, e.item))

    def judge_shipment(self, key):
        shipment = self.shipments[key]
        if shipment["status"] != "open":
            return
        news = shipment["received"] - shipment["credited"]
        order = shipment["order"]
        if order and news > 0:
            self.delivered_for(order, news, shipment["received_us"])
        shipment["credited"] = shipment["received"]
        missing = shipment["received"] - shipment["quantity"]
        if missing > NEAR:
            if shipment["sent_us"] is None and order:
                self.sent_for(order, missing)
            self.wrong["received_more_than_sent"] += shipment["sent_us"] is not None
            shipment["quantity"] += missing
            if self.holds(shipment["to"]):
                point = self.stock[shipment["item"], shipment["to"]]
                point["in_transit"] += missing
        whole = shipment["received"] >= shipment["quantity"] - NEAR
        if shipment["received_us"] is not None and whole:
            shipment["status"] = "closed"
            sent, came = shipment["sent_us"], shipment["received_us"]
            lead = None if sent is None else came - sent
            self.closed.append(("shipment", came, lead))

    # Production
    def job(self, name):
        if name not in self.production:
            self.production[name] = {
                "status": "open", "released": None, "good": 0.0, "started": 0,
                "completed": 0, "running": 0, "closing": False,
            }  # fmt: skip
        job = self.production[name]
        if job["status"] == "open":
            return job
        self.wrong["fact_about_closed_order"] += 1
        return None

    def ProductionOrderReleased(self, e):  # noqa: N802
        if job := self.job(e.production_order):
            self.wrong["repeated_order"] += job["released"] is not None
            job["released"] = self.now

    def OperationStarted(self, e):  # noqa: N802
        machine = self.machines[e.machine]
        machine["running"] += 1
        if machine["state"] in {"unknown", "idle"}:
            machine["state"] = "busy"
        if job := self.job(e.production_order):
            job["started"] += 1
            job["running"] += 1
            self.suspect(self.judge_job, e.production_order)

    def OperationCompleted(self, e):  # noqa: N802
        machine = self.machines[e.machine]
        machine["running"] -= 1
        machine["done"] += 1
        machine["good"] += e.good or 0.0
        if machine["running"] <= 0 and machine["state"] == "busy":
            machine["state"] = "idle"
        self.suspect(self.judge_machine, e.machine)
        if job := self.job(e.production_order):
            job["completed"] += 1
            job["running"] -= 1
            job["good"] += e.good or 0.0
            self.suspect(self.judge_job, e.production_order)

    def judge_machine(self, name):
        self.machines[name]["running"] = max(0, self.machines[name]["running"])

    def ProductionOrderClosed(self, e):  # noqa: N802
        if job := self.job(e.production_order):
            job["closing"] = True
            self.suspect(self.judge_job, e.production_order)

    def MachineStateChanged(self, e):  # noqa: N802
        self.machines[e.machine]["state"] = e.state

    def judge_job(self, name):
        job = self.production[name]
        if job["status"] != "open":
            return
        if job["released"] is None:
            self.wrong["unknown_order"] += 1
            job["released"] = self.now
        if job["running"] < 0:
            self.wrong["completed_without_start"] += 1
            job["running"] = 0
        if job["closing"]:
            self.wrong["closed_while_running"] += job["running"] > 0
            job["status"] = "closed"
            self.closed.append(("production", self.now, self.now - job["released"]))


orders = st.sampled_from(["O1", "O2", "O3"])
shipments = st.sampled_from(["H1", "H2"])
jobs = st.sampled_from(["J1", "J2"])
items = st.sampled_from(["pump", "seal", "valve"])
places = st.sampled_from([*KINDS, "attic"])
machines = st.sampled_from(["M1", "M2"])
quantities = st.integers(0, 6).map(float)
optional = {"quantity": st.none() | quantities, "due_us": st.none() | st.integers(0, 9)}
line = {"order": orders, "item": items, "site": places, "quantity": quantities}
leg = {"shipment": shipments, "item": items, "quantity": quantities}
work = {"production_order": jobs, "operation": st.just("op"), "machine": machines}
EVENTS = st.one_of(
    st.builds(ev.OrderReceived, customer=places, due_us=optional["due_us"], **line),
    st.builds(ev.PurchaseOrderPlaced, supplier=places, **line),
    st.builds(
        ev.PurchaseOrderConfirmed,
        order=orders,
        item=st.none() | items,
        site=places,
        **optional,
    ),
    st.builds(ev.OrderChanged, order=orders, **optional),
    st.builds(ev.OrderCancelled, order=orders),
    st.builds(ev.StockCounted, item=items, site=places, quantity=quantities),
    st.builds(
        ev.StockMoved,
        item=items,
        quantity=quantities,
        from_site=st.none() | places,
        to_site=st.none() | places,
    ),
    st.builds(
        ev.ShipmentDispatched,
        from_site=places,
        to_site=places,
        order=st.none() | orders,
        **leg,
    ),
    st.builds(ev.ShipmentReceived, site=places, order=st.none() | orders, **leg),
    st.builds(ev.ProductionOrderReleased, production_order=jobs),
    st.builds(ev.OperationStarted, **work),
    st.builds(ev.OperationCompleted, good=st.none() | quantities, **work),
    st.builds(ev.ProductionOrderClosed, production_order=jobs),
    st.builds(
        ev.MachineStateChanged,
        machine=machines,
        state=st.sampled_from(["idle", "busy", "down"]),
    ),
)
TIMED = st.lists(st.tuples(st.integers(1, 12), EVENTS), max_size=40)


def in_order(timed):
    """Canonical order, from the records alone: time, rank, then as they were given."""

    def key(numbered):
        number, (time_us, event) = numbered
        rank = event.RANK
        if isinstance(event, ev.MachineStateChanged) and event.state == "down":
            rank = 2
        return time_us, rank, number

    return [pair for _, pair in sorted(enumerate(timed), key=key)]


def rows(frame, key, *columns):
    return {row[key]: [row[c] for c in columns] for row in frame.to_dicts()}


def lines(frame, key, *columns):
    return {
        (row[key], row["item"]): [row[c] for c in columns] for row in frame.to_dicts()
    }


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(timed=TIMED)
def test_compiled_fold_equals_the_slow_one(new_world, timed):
    slow = Slow()
    slow.fold(in_order(timed))
    state = new_world().fold(*timed)
    check_stock(state, slow)
    check_orders(state, slow)
    check_shop(state, slow)
    told = {row[0]: row[1] for row in views.contradictions(state).iter_rows()}
    assert told == {kind: n for kind, n in slow.wrong.items() if n}
    closed = views.history(state).select("kind", "closed_us", "lead_us").rows()
    assert closed == slow.closed


def check_stock(state, slow):
    for row in views.stock(state).to_dicts():
        expected = slow.stock.pop((row["item"], row["place"]), new_stock())
        for name, value in expected.items():
            assert math.isclose(row[name], value, abs_tol=1e-9), (row, expected)
    assert all(point == new_stock() for point in slow.stock.values())


def check_orders(state, slow):
    told = lines(views.orders(state), "order", "kind", "quantity", "shipped")
    assert told == {
        (name, item): [o["kind"], o["quantity"], o["shipped"]]
        for name, of_order in slow.orders.items()
        for item, o in of_order.items()
        if o["status"] == "open"
    }
    told = lines(views.in_transit(state), "shipment", "to", "quantity")
    assert told == {
        key: [s["to"], s["quantity"] - s["received"]]
        for key, s in slow.shipments.items()
        if s["status"] == "open"
    }


def check_shop(state, slow):
    columns = ("operations_started", "operations_completed", "operations_running")
    told = rows(views.production_orders(state), "production_order", "good", *columns)
    assert told == {
        name: [j["good"], j["started"], j["completed"], j["running"]]
        for name, j in slow.production.items()
        if j["status"] == "open"
    }
    columns = ("state", "operations_running", "operations_completed", "good")
    told = rows(views.machines(state), "machine", *columns)
    idle = {"M1": ["unknown", 0, 0, 0.0]}
    assert told == idle | {
        name: [m["state"], m["running"], m["done"], m["good"]]
        for name, m in slow.machines.items()
    }
