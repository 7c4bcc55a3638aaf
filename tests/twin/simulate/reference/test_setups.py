import pytest

from twin.simulate.reference.setups import SetupTimes

ROWS = [("", "b", 1), ("*", "b", 2), ("a", "*", 3), ("a", "b", 4), ("*", "*", 5)]


@pytest.fixture(scope="module")
def network(workshop):
    def change(tables):
        for row, family in zip(tables["routings"], "ab", strict=True):
            row["setup_family"] = family
        tables["setups"] = [
            {"group": "filling", "from_family": f, "to_family": t, "setup_s": s}
            for f, t, s in ROWS
        ]

    return workshop(change)


@pytest.mark.parametrize(
    ("before", "after", "time_s"),
    [("", "b", 1), ("b", "b", 2), ("a", "a", 3), ("a", "b", 4), ("", "a", 5)],
)
def test_most_specific_row_counts(network, before, after, time_s):
    index = {"": -1, **network.family_index}
    times = SetupTimes(network)
    filling = network.groups.index("filling")
    packing = network.groups.index("packing")
    found = times.change_us(filling, index[before], index[after])
    assert found == time_s * 1_000_000
    assert times.change_us(packing, index[before], index[after]) == 0


def test_setup_is_told_and_goes_on_after_an_interruption(simulation, workshop, make):
    from twin.simulate.disruptions import Disruption  # noqa: PLC0415

    def change(tables):
        tables["routings"][0]["setup_family"] = "a"
        row = {"group": "filling", "from_family": "", "to_family": "a", "setup_s": 100}
        tables["setups"] = [row]

    network = workshop(change)
    start_us = network.settings.as_of_us
    broken = Disruption(
        "machine", start_us + 40_000_000, start_us + 50_000_000, targets=(0,)
    )
    run = simulation(network, disruptions=[broken])
    run.plant.release(make(network, 1, 1))
    run.advance()
    second = 1_000_000
    setups = [
        (event["time0"], event["time_us"]) for event in run.events("SetupCompleted")
    ]
    assert setups == [(start_us + 1, start_us + 110 * second + 1)]
    started = [event["time_us"] for event in run.events("OperationStarted")]
    assert started[0] == start_us + 110 * second + 1
    states = [
        (event["time_us"] - start_us) // second
        for event in run.events("MachineStateChanged")
        if run.names[event["place"]] == "F1" and event["code"] == 2
    ]
    assert states == [0, 50]
    assert run.contradictions() == 0
