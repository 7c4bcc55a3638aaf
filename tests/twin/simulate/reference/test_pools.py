AS_OF_US = 1_704_067_200_000_000
SECOND_US = 1_000_000


def spans(run):
    """Machine, start and end of completed operations in seconds."""
    return [
        (run.names[event["place"]], (event["time0"] - AS_OF_US) // SECOND_US,
         (event["time_us"] - AS_OF_US) // SECOND_US)
        for event in run.events("OperationCompleted")
    ]  # fmt: skip


def lines(tables):
    """A tea that is filled, and a box that is packed, by the same crew."""
    del tables["bills"]
    fill, pack = tables["routings"]
    fill |= {"duration_s": 10, "operator_pool": "crew"}
    pack |= {"item": "box", "duration_s": 10, "setup_s": 0, "operator_pool": "crew"}
    tables["machines"][1]["speed"] = 1
    tables["pools"] = [{"pool": "crew", "site": "P", "kind": "operator", "size": 1}]


def test_machines_wait_for_operators_in_the_order_of_groups(simulation, workshop, make):
    run = simulation(workshop(lines))
    run.plant.release(make(run.network, 1, 1))
    run.plant.release(make(run.network, 1, item="box"))
    run.advance()
    # The machine that ended takes its next before others are asked.
    assert spans(run) == [("F1", 0, 10), ("F1", 10, 20), ("K1", 20, 30)]
    run.assert_same()


def test_nothing_begins_outside_the_shifts_of_a_pool(simulation, workshop, make):
    def shifts(tables):
        lines(tables)
        tables["pools"][0]["calendar"] = "early"
        tables["calendars"] = [
            {"calendar": "early", "weekday": "monday", "start": start, "end": end}
            for start, end in (("00:00", "00:01"), ("00:10", "24:00"))
        ]
        tables["routings"][0]["duration_s"] = 90

    run = simulation(workshop(shifts))
    run.plant.release(make(run.network, 1, 1))
    run.advance()
    # What is under way goes on when the shift is over; the next waits for the crew.
    assert spans(run) == [("F1", 0, 90), ("F1", 600, 690)]
    run.assert_same()


def test_an_operation_passes_one_that_lacks_its_tool(simulation, workshop, make):
    def tool(tables):
        lines(tables)
        for row in tables["routings"]:
            del row["operator_pool"]
        tables["routings"].append(
            {"item": "leaf", "step": 1, "operation": "cut", "machine_group": "packing",
             "duration_s": 10, "tool_pool": "knife"}
        )  # fmt: skip
        tables["routings"][0] |= {"tool_pool": "knife", "duration_s": 30}
        tables["pools"] = [{"pool": "knife", "site": "P", "kind": "tool", "size": 1}]

    run = simulation(workshop(tool))
    for item in ("tea", "leaf", "box"):
        run.plant.release(make(run.network, 1, item=item))
    run.advance()
    assert spans(run) == [("K1", 0, 10), ("F1", 0, 30), ("K1", 30, 40)]
    run.assert_same()
