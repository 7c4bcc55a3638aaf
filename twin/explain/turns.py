"""One sequence of orders in which those of each review are as in two plans.

Orders that are released together stand in front of a machine in the sequence in which
they were released. An order that is back on its former date must have its former place
among the others of that day again, and none of them may lose its own.
"""

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise


def in_turn(
    n: int, newer: Iterable[Sequence[int]], former: Iterable[Sequence[int]]
) -> tuple[int, ...]:
    """Put numbers in a sequence.

    Parameters
    ----------
    n : int
        Numbers from 0, >= 0.
    newer : iterable of sequence of int
        Numbers whose sequence is kept; no two of these contradict each other.
    former : iterable of sequence of int
        Numbers whose sequence is kept, too, one after the other, if it does not
        contradict what is kept already.

    Returns
    -------
    tuple of int
        Each number once.
    """
    before: dict[int, list[int]] = {number: [] for number in range(n)}
    for one in newer:
        for first, then in pairwise(one):
            before[then].append(first)
    found = tuple(TopologicalSorter(before).static_order())
    for one in former:
        trial = {number: list(firsts) for number, firsts in before.items()}
        for first, then in pairwise(one):
            trial[then].append(first)
        try:
            found = tuple(TopologicalSorter(trial).static_order())
        except CycleError:
            continue
        before = trial
    return found
