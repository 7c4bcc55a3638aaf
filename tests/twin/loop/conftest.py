"""Orders as they are released, and a plain recount of what came of them."""

import json
from collections import defaultdict

import pytest

from streams.events import OrderDispatched
from streams.log import LogReader

HOUR_US = 3_600_000_000


@pytest.fixture
def order():
    """Make an order for tea at the hub."""

    def make(name="PO-1", **fields):
        named = {
            "kind": "purchase", "item": "tea", "site": "hub", "source": "V",
            "quantity": 10.0, "expected": 10.0,
        }  # fmt: skip
        return OrderDispatched(order=name, **named | fields)

    return make


def read_json(folder):
    """Read a log as JSON, in order of time, without a decoder."""
    records = []
    with LogReader(folder) as reader:
        while (batch := reader.poll(0, 1000)) is not None:
            records += [json.loads(value) for value in batch.values()]
    return sorted(records, key=lambda record: record["time"])


class Recount:
    """What came of each order, counted event by event in plain dictionaries."""

    def __init__(self, folder, *, end_us, parse, short_share):
        self.end_us, self.parse, self.short_share = end_us, parse, short_share
        self.by_type = defaultdict(list)
        for record in read_json(folder):
            data = record["data"] | {"at": parse(record["time"])}
            self.by_type[record["type"]].append(data)

    def statuses(self):
        answers = {one["order"]: one for one in self.by_type["OrderAcknowledged"]}
        found = {}
        for order in self.by_type["OrderDispatched"]:
            answer = answers.get(order["order"], {})
            executed = answer.get("executed_as")
            facts = self.of_make if order["kind"] == "production" else self.of_lane
            found[order["order"]] = self.status(order, answer, facts(order, executed))
        return found

    def of_lane(self, order, executed):
        legs = [
            one for one in self.by_type["ShipmentDispatched"]
            if executed is not None and one.get("order") == executed
        ]  # fmt: skip
        ships = {one["shipment"] for one in legs}
        receipts = [
            one for one in self.by_type["ShipmentReceived"] if one["shipment"] in ships
        ]
        ends = [one["at"] for one in self.by_type["OrderCancelled"]
                if one["order"] == executed]  # fmt: skip
        starts = [one["at"] for one in legs]
        return starts, sum(one["quantity"] for one in legs), receipts, ends

    def of_make(self, order, executed):
        starts = [
            min(one["at"], one.get("started_us", one["at"]))
            for name in ("OperationStarted", "OperationCompleted")
            for one in self.by_type[name] if one["production_order"] == executed
        ]  # fmt: skip
        receipts = [
            one for one in self.by_type["StockMoved"]
            if one.get("production_order") == executed and one["reason"] == "receipt"
            and one["item"] == order["item"] and executed is not None
        ]  # fmt: skip
        ends = [one["at"] for one in self.by_type["ProductionOrderClosed"]
                if one["production_order"] == executed]  # fmt: skip
        return starts + [one["at"] for one in receipts], 0.0, receipts, ends

    def status(self, order, answer, facts):
        starts, sent, receipts, ends = facts
        least = order["expected"] * (1.0 - self.short_share) - 1e-6
        done = sum(one["quantity"] for one in receipts)
        due_us = order["due_us"]
        if receipts and done >= least:
            running, full_us = 0.0, None
            for one in receipts:
                running += one["quantity"]
                if full_us is None and running >= least:
                    full_us = one["at"]
            return "on time" if full_us <= due_us else "late"
        refused = answer.get("answer") == "rejected"
        if not starts:
            over = refused or ends or due_us < self.end_us
            return "never started" if over else "open"
        if ends and (order["kind"] == "production" or sent < least):
            return "short"
        return "late" if due_us < self.end_us else "open"


@pytest.fixture
def recount():
    return Recount
