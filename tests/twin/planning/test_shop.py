"""Work, money and time of one unit, by hand."""

import pytest

from twin.planning.shop import QUEUE_FACTOR, machine_seconds, make_usage, routing_rows

DAY_S = 86_400


def test_usage_counts_yields_of_this_and_later_steps(works):
    def late_loss(tables):
        tables["routings"][1]["yield_rate"] = 0.5

    usage = make_usage(works(late_loss))
    # 600 s / (0.8 x 0.5) of one machine, 900 s / 0.5 of one twice as fast.
    assert usage.group.tolist() == [0]
    assert usage.seconds == pytest.approx([1500.0])
    assert usage.yield_rate == pytest.approx([0.4])
    assert usage.unit_cost == pytest.approx([1500 / 100 + 1800 / 50 / 2])


def test_narrowest_group_is_that_with_the_least_time(works):
    def few_hours(tables):
        tables["calendars"] = [
            {"calendar": "short", "weekday": "monday", "start": "08:00", "end": "16:00"}
        ]
        tables["machines"][1]["calendar"] = "short"
        tables["routings"][1]["setup_s"] = 0.0

    network = works(few_hours)
    assert machine_seconds(network)[:, 0] == pytest.approx([DAY_S, 2 * 8 * 3600 / 7])
    usage = make_usage(network)
    assert network.groups[int(usage.group[0])] == "packing"
    assert usage.seconds == pytest.approx([900.0])


def test_item_is_counted_against_the_group_most_loaded_by_all(works):
    # Tea takes packing longer, but boxes fill the days of filling.
    def boxes(tables):
        tables["routings"][1].update(setup_s=0.0, duration_s=1500)
        tables["routings"].append(
            {"item": "box", "step": 1, "operation": "fold", "machine_group": "filling",
             "duration_s": 600}
        )  # fmt: skip

    network = works(boxes)
    usage = make_usage(network)
    tea = network.production.first.tolist().index(network.item_index["tea"])
    assert network.groups[int(usage.group[tea])] == "filling"
    assert usage.seconds[tea] == pytest.approx(750.0)


def test_seconds_count_slots_and_failures_of_every_machine(works):
    def more(tables):
        tables["machines"][0].update(slots=3, mttf_s=9000.0, mttr_s=1000.0)
        tables["machines"].append({"machine": "F2", "site": "P", "group": "filling"})

    seconds = machine_seconds(works(more))
    assert seconds[0, 0] == pytest.approx((3 * 0.9 + 1.0) * DAY_S)


def test_site_calendar_closes_machines_without_their_own(works):
    def half_days(tables):
        tables["calendars"] = [
            {"calendar": "half", "weekday": day, "start": "00:00", "end": "12:00"}
            for day in (
                "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                "sunday",
            )
        ]  # fmt: skip
        tables["sites"][0]["calendar"] = "half"

    assert machine_seconds(works(half_days))[0, 0] == pytest.approx(DAY_S / 2)


def test_flow_time_is_that_of_a_lot_of_one_review(works):
    usage = make_usage(works())
    # A lot of 20 teas: filling 20 x 750 s, then packing, of which work is halved.
    lot_s = 20 * 750 + 1800 + 20 * 900 / 2
    assert usage.flow_s == pytest.approx([QUEUE_FACTOR * lot_s])
    weekly = make_usage(works(settings={"review_s": 7 * DAY_S}))
    assert weekly.flow_s == pytest.approx([QUEUE_FACTOR * (7 * 24_000 + 1800)])


def test_lot_of_a_component_is_what_its_products_need(works):
    def own_box(tables):
        tables["routings"].append(
            {"item": "box", "step": 1, "operation": "fold", "machine_group": "filling",
             "duration_s": 60}
        )  # fmt: skip

    network = works(own_box)
    box = network.production.first.tolist().index(network.item_index["box"])
    assert make_usage(network).flow_s[box] == pytest.approx(QUEUE_FACTOR * 20 * 60)


def test_most_special_routing_counts(works):
    def routings(tables):
        tables["routings"] = [
            {"item": item, "site": site, "step": 1, "operation": f"{item}{site}",
             "machine_group": "filling", "duration_s": 1}
            for item, site in (("*", "*"), ("tea", "*"), ("tea", "P"))
        ]  # fmt: skip

    network = works(routings)
    tea = network.item_index["tea"]

    def operation(item):
        row = routing_rows(network, item, 0)
        return network.operations[network.routings.operation_index[row[0]]]

    assert operation(tea) == "teaP"
    assert operation(network.item_index["box"]) == "**"


def test_item_without_routing_is_made_at_once(works):
    usage = make_usage(works(routings=[], machines=[]))
    assert usage.group.tolist() == [-1]
    assert usage.flow_s.tolist() == [0.0]
    assert usage.yield_rate.tolist() == [1.0]


def test_network_that_makes_nothing_has_no_usage(two_echelon):
    usage = make_usage(two_echelon())
    assert len(usage.group) == len(usage.yield_rate) == 0
    assert machine_seconds(two_echelon()).shape == (1, 2)
