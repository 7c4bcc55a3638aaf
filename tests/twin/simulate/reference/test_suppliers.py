import numpy as np

from twin.simulate.decisions import Decisions

DAY_S = 86_400
DAY_US = DAY_S * 10**6


def failing(chain, **cells):
    """The chain with a supplier that is up for 2 days and down for 3."""
    row = {"supplier": "V", "mttf_s": 2 * DAY_S, "mttr_s": 3 * DAY_S,
           "failure_law": "constant", "repair_law": "constant"}  # fmt: skip
    return chain(suppliers=[{**row, **cells}])


def order(run):
    run.plant.release(Decisions(np.array([0]), np.zeros(1, int), np.array([4.0])))


def sent_days(run):
    start_us = run.network.settings.as_of_us
    times = [event["time_us"] for event in run.events("ShipmentDispatched")]
    return [(time_us - start_us) / DAY_US for time_us in times]


def test_orders_leave_when_the_outage_is_over(simulation, chain, fixed_demand):
    run = simulation(failing(chain), demand=fixed_demand())
    order(run)
    run.advance(days=3)
    order(run)
    run.advance(days=1)
    assert sent_days(run) == [0.0]
    (late,) = run.events("PurchaseOrderDelayed")
    assert late["time0"] == run.network.settings.as_of_us + 7 * DAY_US
    run.assert_same()
    run.advance(days=4)
    assert sent_days(run) == [0.0, 5.0]
    assert run.level("tea", "hub") == 18.0
    run.assert_same()


def test_an_outage_of_no_time_lasts_a_microsecond(simulation, chain, fixed_demand):
    run = simulation(failing(chain, mttr_s=1e-9), demand=fixed_demand())
    run.advance(days=2)
    order(run)
    run.advance(days=1)
    (late,) = run.events("PurchaseOrderDelayed")
    (sent,) = run.events("ShipmentDispatched")
    assert sent["time_us"] == late["time_us"] + 1


def test_without_outages_nothing_is_delayed(simulation, chain, fixed_demand):
    run = simulation(chain(), demand=fixed_demand())
    assert not run.plant._supply._suppliers
    order(run)
    run.advance(days=3)
    assert run.events("PurchaseOrderDelayed") == []
