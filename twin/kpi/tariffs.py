"""What energy costs by the time of day, laid out over a window."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from twin.kpi.tables import DAY_US, F8, I4, I8
from twin.model.network import Network

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Prices(NamedTuple):
    """Steps of prices, those of one tariff and time zone after those of another.

    Attributes
    ----------
    machine_tariff : ndarray of shape (n_machines,), int32
        Which steps are those of a machine, -1 for none.
    start : ndarray of shape (n_tariffs + 1,), int32
        Where the steps of each begin.
    time_us : ndarray of shape (n_steps,), int64
        From when a price holds, microseconds UTC.
    price : ndarray of shape (n_steps,), float64
        Money a kWh.
    total : ndarray of shape (n_steps,), float64
        Integral of the price up to the step, money/kWh x microseconds.
    """

    machine_tariff: I4
    start: I4
    time_us: I8
    price: F8
    total: F8


def prices(network: Network, start_us: int, end_us: int) -> Prices:
    """Lay the tariffs of a network out over a window.

    Parameters
    ----------
    network : Network
        Its tariffs are in the time of their sites; when clocks change, a price holds
        longer or shorter.
    start_us, end_us : int
        The window, microseconds UTC.

    Returns
    -------
    Prices
        The first step of each is not after `start_us`.
    """
    places, sites = network.places, network.machines.site_index
    keys = [
        (int(places.tariff_index[site]), places.time_zone[site])
        for site in sites.tolist()
    ]
    distinct = sorted({key for key in keys if key[0] >= 0})
    number = {key: row for row, key in enumerate(distinct)}
    steps = [
        _steps(network, *key, start_us=start_us, end_us=end_us) for key in distinct
    ]
    times = [np.array([at for at, _ in one], np.int64) for one in steps]
    values = [np.array([value for _, value in one]) for one in steps]
    totals = [
        np.concatenate([[0.0], np.cumsum(value[:-1] * np.diff(time))])
        for time, value in zip(times, values, strict=True)
    ]
    return Prices(
        np.array([number.get(key, -1) for key in keys], np.int32),
        np.cumsum([0, *map(len, steps)]).astype(np.int32),
        np.concatenate([*times, np.zeros(0, np.int64)]),
        np.concatenate([*values, np.zeros(0)]),
        np.concatenate([*totals, np.zeros(0)]),
    )


def _steps(
    network: Network, tariff: int, zone: str, *, start_us: int, end_us: int
) -> list[tuple[int, float]]:
    tariffs = network.tariffs
    rows = np.flatnonzero(tariffs.tariff_index == tariff)
    first = (_EPOCH + timedelta(microseconds=start_us)).date() - timedelta(days=2)
    n_days = (end_us - start_us) // DAY_US + 5
    info = ZoneInfo(zone)
    steps = sorted(
        (
            _utc_us(first + timedelta(days=day), int(tariffs.start_s[row]), info),
            float(tariffs.price_per_kwh[row]),
        )
        for day in range(n_days)
        for row in rows
    )
    holding = max(k for k, (at_us, _) in enumerate(steps) if at_us <= start_us)
    return [step for step in steps[holding:] if step[0] < end_us]


def _utc_us(day: date, start_s: int, zone: ZoneInfo) -> int:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001
    local = midnight + timedelta(seconds=start_s)
    return (local.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND
