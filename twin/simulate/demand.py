"""Where demand comes from: the laws of a network, or whatever a caller hands in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.model.network import Network
from twin.simulate._kernels.random import count_draws
from twin.simulate.random import DEMAND

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Quantity = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ServiceSoFar:
    """How customers were served up to the end of the period before.

    Attributes
    ----------
    unfilled : ndarray of shape (n_demands,), float64
        What waits where demand is backlogged; what was lost in that period elsewhere.
    """

    unfilled: Quantity


class DemandSource(Protocol):
    """Says what customers ask for, period by period."""

    def draw(self, period: int, served: ServiceSoFar) -> Quantity:
        """Return the demand of a period.

        Parameters
        ----------
        period : int
            Counts from 0; periods come in order, each once.
        served : ServiceSoFar
            Service up to the end of the period before.

        Returns
        -------
        ndarray of shape (n_demands,), float64
            >= 0, in the order of `Network.demands`.
        """
        ...


class LawDemand:
    """Draws demand from the laws of a network: trend, profiles, dispersion.

    The mean of a period is the sum over its days of mean x trend x weekday x month, in
    the time zone of the site; around it demand is constant, Poisson, or negative
    binomial with the variance mean + dispersion x mean^2.

    Parameters
    ----------
    network : Network
        Demands, profiles, and the time zones of its sites.
    seed : int
        Any number of 64 bits.
    """

    def __init__(self, network: Network, seed: int) -> None:
        self._network = network
        self._seed = seed
        demands = network.demands
        names = [network.places.time_zone[site] for site in demands.site_index]
        zones = sorted(set(names))
        self._zones = [ZoneInfo(name) for name in zones]
        self._zone_of = np.array([zones.index(name) for name in names], np.intp)
        profiles = network.profiles
        self._weekly = _starts(profiles.start, demands.weekly_profile_index)
        self._yearly = _starts(profiles.start, demands.yearly_profile_index)
        self._factor = np.append(profiles.factor, 1.0)
        n_days = max(1, round(network.settings.period_us / DAY_US))
        self._part_us = network.settings.period_us / n_days
        self._n_days = n_days

    def mean(self, period: int) -> Quantity:
        """Return the mean demand of a period.

        Parameters
        ----------
        period : int
            Counts from 0.

        Returns
        -------
        ndarray of shape (n_demands,), float64
            In base units; a falling trend ends at 0.
        """
        settings, demands = self._network.settings, self._network.demands
        total = np.zeros(len(demands.mean_per_day))
        for part in range(self._n_days):
            since_us = period * settings.period_us + (part + 0.5) * self._part_us
            growth = 1.0 + demands.trend_per_day * (since_us / DAY_US)
            weekday, month = self._dates(settings.as_of_us + int(since_us))
            total += (
                np.maximum(growth, 0.0)
                * self._factor[np.where(self._weekly < 0, -1, self._weekly + weekday)]
                * self._factor[np.where(self._yearly < 0, -1, self._yearly + month)]
            )
        daily = demands.mean_per_day * (self._part_us / DAY_US)
        mean: Quantity = daily * total
        return mean

    def _dates(self, time_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        moment = EPOCH + timedelta(microseconds=time_us)
        local = [moment.astimezone(zone) for zone in self._zones]
        weekday = np.array([date.weekday() for date in local], np.int64)
        month = np.array([date.month - 1 for date in local], np.int64)
        return weekday[self._zone_of], month[self._zone_of]

    def draw(self, period: int, served: ServiceSoFar) -> Quantity:  # noqa: ARG002
        """Return the demand of a period; the laws know nothing of service.

        Parameters
        ----------
        period : int
            Counts from 0.
        served : ServiceSoFar
            Not used.

        Returns
        -------
        ndarray of shape (n_demands,), float64
        """
        demands = self._network.demands
        drawn: Quantity = count_draws(
            self._seed, DEMAND, period,
            demands.law, self.mean(period), demands.dispersion,
        )  # fmt: skip
        return drawn


def _starts(start: NDArray[np.int32], profile: NDArray[np.int32]) -> NDArray[np.int64]:
    # First factor of each demand's profile; -1, the 1.0 put last, without one.
    return np.where(profile < 0, -1, start[profile]).astype(np.int64)


class GivenDemand:
    """Customers ask for what a caller says, such as what a log tells.

    Parameters
    ----------
    demand : ndarray of shape (n_demands, n_periods), float64
        By period of the network, >= 0; after the last one nobody asks.

    Raises
    ------
    OptionError
        If a quantity is negative or not finite.

    Examples
    --------
    >>> source = GivenDemand(np.array([[2.0, 5.0]]))
    >>> nobody = ServiceSoFar(np.zeros(1))
    >>> source.draw(1, nobody), source.draw(2, nobody)
    (array([5.]), array([0.]))
    """

    def __init__(self, demand: Quantity) -> None:
        if not ((demand >= 0.0) & np.isfinite(demand)).all():
            wrong = demand[~((demand >= 0.0) & np.isfinite(demand))][0]
            msg = f"demand must be finite and >= 0, was {wrong}"
            raise OptionError(msg)
        self._demand = demand

    def draw(self, period: int, served: ServiceSoFar) -> Quantity:
        """Return the demand of a period, whatever was served."""
        del served
        if period >= self._demand.shape[1]:
            return np.zeros(len(self._demand))
        return self._demand[:, period]


def delivery_lanes(network: Network) -> dict[tuple[int, int, int], int]:
    """Return the lane from a site to a customer for an item.

    Parameters
    ----------
    network : Network
        Its lanes, and what they carry.

    Returns
    -------
    dict of (int, int, int) to int
        Lane by (site, customer, item), the last of them if there are several.
    """
    lanes, pairs = network.lanes, network.lane_items
    return {
        (int(lanes.from_place_index[lane]), int(lanes.to_place_index[lane]), item): lane
        for lane, item in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    }
