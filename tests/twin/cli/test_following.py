"""What a board is told of simulated reviews."""

import pytest

from twin.cli.following import refusals, watched
from twin.cli.loop_board import LoopBoard
from twin.loop import PlayOptions, play


class Seen(LoopBoard):
    """A board that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__("seen", quiet=True)
        self.figures = []

    def show(self, figures) -> None:
        self.figures.append(figures)


@pytest.fixture
def network(two_echelon):
    return two_echelon(settings={"horizon_periods": 6})


def test_figures_are_those_of_the_run(network):
    board, seconds = Seen(), iter(range(1000))
    with watched(network, board, lambda: float(next(seconds))) as look:
        result = play(
            network,
            PlayOptions(policy="base-stock", n_periods=5),
            monotonic_s=lambda: 0.0,
            on_review=lambda review, _: look(review),
        )
    assert [one.number for one in board.figures] == [1, 2, 3, 4, 5]
    assert sum(one.profit for one in board.figures) == pytest.approx(result.profit)
    assert (
        sum(one.n_released for one in board.figures)
        == (result.adherence.totals()["released"])
    )
    assert board.figures[-1].adherence == result.adherence.totals()["adherence"]
    assert {one.cycle_s for one in board.figures} == {1.0}
    assert [one.time_us for one in board.figures] == [
        period.time_us for period in result.table.periods
    ]


def test_refusals_are_told_by_kind_item_and_site(network):
    reviews = []
    play(
        network,
        PlayOptions(policy="base-stock", n_periods=1),
        monotonic_s=lambda: 0.0,
        on_review=lambda review, _: reviews.append(review),
    )
    (review,) = reviews
    refused = sum(one.answer == "rejected" for one in review.answers)
    assert sum(int(text.split()[0]) for text in refusals(review)) == refused
    assert len(review.answers) == len(review.orders) > 0


def test_without_a_board_nothing_is_gathered(network):
    with watched(network, None, lambda: 1 / 0) as look:
        look(None)
