"""The jobs of the factory: what is drawn for each, from its number and a seed alone."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

N_SITES, N_MACHINES, N_ITEMS, N_CUSTOMERS, N_OPERATORS = 4, 60, 400, 200, 30

START_US = 1_704_067_200_000_000  # 2024-01-01
SECOND_US = 1_000_000
JOB_US = 400_000  # a new job begins so often; 60 machines are busy for 24 s each

ITEM, CUSTOMER, QUANTITY, SCRAP, PRICE, READING, DELAY = range(7)
"""Streams of random numbers."""


def draw(
    seed: int, stream: int, counter: NDArray[np.int64], n_values: int
) -> NDArray[np.int64]:
    """Draw whole numbers in [0, n_values), one for each counter.

    References
    ----------
    Steele, Lea, Flood (2014), "Fast splittable pseudorandom number generators",
    figure 14: the mixing function of SplitMix64.
    """
    with np.errstate(over="ignore"):
        mixed = counter.astype(np.uint64)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed += np.uint64(0x632BE59BD9B4E019) * np.uint64(seed * 64 + stream + 1)
        mixed ^= mixed >> np.uint64(30)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(27)
        mixed *= np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    mixed %= np.uint64(n_values)
    return mixed.view(np.int64)


@dataclass(frozen=True, slots=True)
class Jobs:
    """Consecutive jobs; every array has one entry a job.

    Attributes
    ----------
    number : ndarray of int64
        Counts the jobs of the stream.
    start_us : ndarray of int64
        Time of the first event.
    item, customer, machine, site, operator : ndarray of int64
        By position in the network.
    quantity : ndarray of float64
        Of the order, 1 to 99.
    scrap : ndarray of float64
        0 or 1 of them.
    price : ndarray of float64
        Of the order.
    """

    number: NDArray[np.int64]
    start_us: NDArray[np.int64]
    item: NDArray[np.int64]
    customer: NDArray[np.int64]
    machine: NDArray[np.int64]
    site: NDArray[np.int64]
    operator: NDArray[np.int64]
    quantity: NDArray[np.floating]
    scrap: NDArray[np.floating]
    price: NDArray[np.floating]

    @classmethod
    def of(cls, first: int, end: int, *, seed: int) -> Self:
        """Draw the jobs from `first` up to `end`, which is not among them."""
        number = np.arange(first, end, dtype=np.int64)
        machine = number % N_MACHINES
        return cls(
            number=number,
            start_us=START_US + number * JOB_US,
            item=draw(seed, ITEM, number, N_ITEMS),
            customer=draw(seed, CUSTOMER, number, N_CUSTOMERS),
            machine=machine,
            site=machine % N_SITES,
            operator=number % N_OPERATORS,
            quantity=1.0 + draw(seed, QUANTITY, number, 99),
            scrap=1.0 * (draw(seed, SCRAP, number, 30) == 0),
            price=1.0 + draw(seed, PRICE, number, 50_000) / 100.0,
        )
