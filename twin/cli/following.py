"""What the board of `millstream loop --follow` is told of a simulated review."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from twin.cli.loop_board import LoopBoard, ReviewFigures
from twin.loop import Facts, Review, adherence_of
from twin.model.network import Network


@contextmanager
def watched(
    network: Network, board: LoopBoard | None, monotonic_s: Callable[[], float]
) -> Iterator[Callable[[Review], None]]:
    """Show the reviews of a run on a board while it lasts.

    Parameters
    ----------
    network : Network
        What is played.
    board : LoopBoard or None
        Where; None: nowhere.
    monotonic_s : callable
        Clock of the cycles.

    Yields
    ------
    callable
        To be told of each review.
    """
    if board is None:
        yield _look_away
        return
    with board:
        yield Follower(network, board, monotonic_s=monotonic_s).look


def _look_away(review: Review) -> None:
    del review


class Follower:
    """Tells a board of each review.

    Parameters
    ----------
    network : Network
        What is played.
    board : LoopBoard
        Where it is shown.
    monotonic_s : callable
        Clock of the cycles.
    """

    def __init__(
        self, network: Network, board: LoopBoard, *, monotonic_s: Callable[[], float]
    ) -> None:
        self._network = network
        self._board = board
        self._monotonic_s = monotonic_s
        self._facts = Facts()
        self._begun_s = monotonic_s()

    def look(self, review: Review) -> None:
        """Show a review.

        Parameters
        ----------
        review : Review
            After those shown before.
        """
        spent_s = self._monotonic_s() - self._begun_s
        measures = review.measures
        self._board.show(
            ReviewFigures(
                number=review.index + 1,
                time_us=measures.time_us,
                profit=measures.profit,
                demanded=measures.demanded,
                served=measures.served,
                stock_value=measures.stock_value,
                backorder=measures.backorder,
                n_released=len(review.orders),
                exceptions=refusals(review),
                adherence=self._adherence(review),
                cycle_s=spent_s,
            )
        )
        # What the board itself takes is in no cycle.
        self._begun_s = self._monotonic_s()

    def _adherence(self, review: Review) -> float:
        facts = self._facts
        facts.release(review.orders, now_us=review.now_us)
        facts.answer(review.answers, now_us=review.now_us)
        facts.book(review.events)
        end_us = review.measures.time_us
        kept = adherence_of(facts, self._network, end_us=end_us).totals()["adherence"]
        return math.nan if kept is None else float(kept)


def refusals(review: Review) -> tuple[str, ...]:
    """Say which released orders the plant refused, one sentence a kind, item and site.

    Parameters
    ----------
    review : Review
        With orders and answers of a desk.

    Returns
    -------
    tuple of str
        In the order of release.
    """
    refused = {one.order for one in review.answers if one.answer == "rejected"}
    counts = Counter(
        (one.kind, one.item, one.site) for one in review.orders if one.order in refused
    )
    return tuple(
        f"{n} {kind} order{'s' if n > 1 else ''} of {item} at {site} refused"
        for (kind, item, site), n in counts.items()
    )
