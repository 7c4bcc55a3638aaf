"""The desk sends orders before they are carried out, and follows them."""

import json

import pytest

from streams.memory import MemoryLog, MemorySink
from streams.names import Names
from twin.loop import AdherenceOptions, Loop, OrderDesk, Outbox, PlayOptions, play
from twin.planning import planning_structure
from twin.simulate.disruptions import Disruption
from twin.simulate.reference.plant import Plant


@pytest.fixture
def topic():
    return MemoryLog(["orders/0"])


def test_orders_are_safe_before_the_plant_acts(
    two_echelon, scripted, lane_orders, topic
):
    network, names = two_echelon(), Names()
    seen = []

    class Watched(Plant):
        def release(self, decisions):
            seen.append(len(topic.records("orders/0")))
            super().release(decisions)

    policy = scripted(
        lane_orders(network, ("buy", "tea", 7), ("ship", "tea", 3)),
        lane_orders(network, ("ship", "tea", 2)),
    )
    desk = OrderDesk(
        planning_structure(network), run="r", outbox=Outbox(MemorySink(topic))
    )
    loop = Loop(
        network, Watched(network, names, seed=0), policy, names=names, desk=desk
    )
    found = loop.run(5).adherence
    assert seen == [2, 3, 3, 3, 3]
    assert found.orders["status"].to_list() == ["on time", "on time", "on time"]
    assert found.orders["executed_as"].to_list() == ["P1", "P2", "P3"]


def test_played_orders_have_the_same_ids_each_time_and_others_with_another_seed(
    two_echelon, topic
):
    def ids(seed):
        log = MemoryLog(["orders/0"])
        options = PlayOptions(policy="base-stock", n_periods=4, seed=seed)
        play(
            two_echelon(),
            options,
            monotonic_s=lambda: 0.0,
            outbox=Outbox(MemorySink(log)),
        )
        return [json.loads(record[0])["id"] for record in log.records("orders/0")]

    assert ids(1) == ids(1)
    assert len(set(ids(1))) == len(ids(1)) > 3
    assert not set(ids(1)) & set(ids(2))


def test_run_that_decides_otherwise_gives_its_orders_other_ids(two_echelon):
    network = two_echelon()
    start_us = network.settings.as_of_us
    storm = Disruption("demand", start_us, start_us + 1, factor=2.0)
    log = MemoryLog(["orders/0"])
    outbox = Outbox(MemorySink(log))
    runs = [{}, {"service": 0.99}, {"quantile": 0.7}, {"forecasts": "refitted"},
            {"disruptions": (storm,)}]  # fmt: skip
    for more in runs:
        options = PlayOptions(policy="base-stock", n_periods=4, **more)
        before = outbox.n_sent
        play(network, options, monotonic_s=lambda: 0.0, outbox=outbox)
        assert outbox.n_sent - before > 3
    assert outbox.differing == {}
    # A run that is played on, and judged more strictly, begins with the same orders.
    longer = PlayOptions(
        policy="base-stock", n_periods=5, adherence=AdherenceOptions(short_share=0.0)
    )
    n_sent = outbox.n_sent
    play(network, longer, monotonic_s=lambda: 0.0, outbox=outbox)
    assert outbox.n_sent - n_sent <= 2
    assert outbox.differing == {}


def test_loop_without_a_desk_has_no_adherence(two_echelon, run_loop, scripted):
    assert run_loop(two_echelon(), scripted(), 2).result.adherence is None
