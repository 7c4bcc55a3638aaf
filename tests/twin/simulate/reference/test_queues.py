import pytest

AS_OF_US = 1_704_067_200_000_000
SECOND_US = 1_000_000


def spans(run, operation):
    """Start and end of completed operations in seconds."""
    return [
        tuple((event[k] - AS_OF_US) // SECOND_US for k in ("time0", "time_us"))
        for event in run.events("OperationCompleted")
        if run.names[event["party"]] == operation
    ]


@pytest.fixture(scope="module")
def line(workshop):
    """Two machines in a row, a second and five seconds a piece."""

    def make(change):
        def short(tables):
            del tables["bills"]
            tables["routings"][0]["duration_s"] = 1
            tables["routings"][1] |= {"duration_s": 5, "setup_s": 0}
            tables["machines"][1]["speed"] = 1
            change(tables)

        return workshop(short)

    return make


def test_batch_waits_for_enough_and_takes_the_longest(simulation, line, make):
    def batch(tables):
        tables["routings"][1] |= {"batch_min": 2, "batch_max": 3}

    run = simulation(line(batch))
    run.plant.release(make(run.network, 1, 3, 2, 1))
    run.advance()
    assert spans(run, "fill") == [(0, 1), (1, 4), (4, 6), (6, 7)]
    # The second batch begins when the first ends; both end together.
    assert spans(run, "pack") == [(4, 19), (4, 19), (19, 29), (19, 29)]
    run_states = run.settled().used()["machines"]["state"].tolist()
    assert run_states == [2, 2]
    assert run.contradictions() == 0


def test_batch_begins_when_its_oldest_has_waited_long_enough(simulation, line, make):
    def batch(tables):
        tables["routings"][1] |= {
            "batch_min": 3, "batch_max": 3, "batch_timeout_s": 10,
        }  # fmt: skip

    run = simulation(line(batch))
    run.plant.release(make(run.network, 1, 3))
    run.advance()
    assert spans(run, "pack") == [(11, 26), (11, 26)]
    assert run.contradictions() == 0


def test_full_queue_blocks_the_machine_before(simulation, line, make):
    def limit(tables):
        tables["groups"] = [{"group": "packing", "capacity": 1}]

    run = simulation(line(limit))
    run.plant.release(make(run.network, 1, 1, 1, 1))
    run.advance()
    # The third ends at 3, when one packs until 6 and one waits; it is held until then.
    assert spans(run, "fill") == [(0, 1), (1, 2), (2, 3), (6, 7)]
    assert spans(run, "pack") == [(1, 6), (6, 11), (11, 16), (16, 21)]
    told = [
        ((event["time_us"] - AS_OF_US) // SECOND_US, event["code"])
        for event in run.events("MachineStateChanged")
        if run.names[event["place"]] == "F1"
    ]
    assert told == [(0, 1), (3, 4), (6, 1), (7, 4), (11, 1)]
    run.assert_same()


def test_orders_from_outside_wait_before_a_full_queue(simulation, line, make):
    def limit(tables):
        tables["groups"] = [
            {"group": "filling", "capacity": 1, "rule": "spt"},
        ]

    run = simulation(line(limit))
    run.plant.release(make(run.network, 4, 3, 2, 1))
    run.advance()
    # Only who is in the queue is looked at: the rule has nothing to choose.
    assert spans(run, "fill") == [(0, 4), (4, 7), (7, 9), (9, 10)]
    run.assert_same()
