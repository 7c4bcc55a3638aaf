"""Prices of energy laid out in UTC."""

import numpy as np

from twin.kpi.tariffs import prices

HOUR_US = 3_600_000_000


def in_zone(zone, start):
    def change(tables):
        tables["sites"][0]["time_zone"] = zone

    return change, int(np.datetime64(start, "us").astype(np.int64))


def test_steps_begin_with_the_price_that_holds(small):
    network = small()
    start_us = network.settings.as_of_us
    steps = prices(network, start_us, start_us + 30 * HOUR_US)
    hours = ((steps.time_us - start_us) / HOUR_US).tolist()
    # 22:00 of the day before, then 6:00 and 22:00, then 6:00 is the end.
    assert hours == [-2, 6, 22]
    assert steps.price.tolist() == [0.1, 0.3, 0.1]
    assert (steps.total / HOUR_US).round(9).tolist() == [0, 0.8, 5.6]
    assert steps.machine_tariff.tolist() == [0, 0]


def test_prices_are_in_the_time_of_the_site(small):
    # In summer 6:00 in Berlin is 4:00 UTC; the clock changes on 31 March at 1:00 UTC.
    change, start_us = in_zone("Europe/Berlin", "2024-03-30T00:00:00")
    steps = prices(small(change), start_us, start_us + 48 * HOUR_US)
    assert ((steps.time_us - start_us) / HOUR_US).tolist() == [-3, 5, 21, 28, 44]


def test_site_without_a_tariff_has_no_prices(small):
    network = small(lambda tables: tables["sites"][0].pop("tariff"))
    start_us = network.settings.as_of_us
    steps = prices(network, start_us, start_us + HOUR_US)
    assert steps.machine_tariff.tolist() == [-1, -1]
    assert len(steps.price) == 0
