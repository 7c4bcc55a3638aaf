"""The board of a run: what it shows on a terminal, and elsewhere."""

import io

import pytest
from rich.console import Console as RichConsole

from twin.cli.loop_board import BARS, TREND_REVIEWS, LoopBoard, ReviewFigures, sparkline

DAY_US = 86_400_000_000


def figures(number: int, **changed) -> ReviewFigures:
    given = {
        "profit": 100.0 * number, "demanded": 50.0, "served": 45.0,
        "stock_value": 2000.0, "backorder": 5.0, "n_released": 3, "cycle_s": 0.25,
    }  # fmt: skip
    return ReviewFigures(number=number, time_us=number * DAY_US, **given | changed)


def terminal() -> tuple[RichConsole, io.StringIO]:
    written = io.StringIO()
    return RichConsole(file=written, force_terminal=True, width=100), written


def test_each_review_is_a_line_where_there_is_no_terminal(capsys):
    plain = RichConsole(file=io.StringIO(), force_terminal=False)
    with LoopBoard("mpc, seed 0", n_reviews=2, console=plain) as board:
        board.show(figures(1))
        board.show(figures(2, exceptions=("a pump broke",), adherence=0.5))
    first, second = capsys.readouterr().out.splitlines()
    assert first == (
        "review 1/2, 1970-01-02T00:00:00Z, profit 100.0, fill 90.0 %, stock 2,000, "
        "waiting 5.0, orders 3, kept -, exceptions 0, cycle 0.25 s"
    )
    assert "kept 50.0 %, exceptions 1" in second


def test_board_sums_up_and_keeps_the_last_exceptions():
    console, written = terminal()
    with LoopBoard("live", currency="EUR", console=console) as board:
        for number in range(1, 10):
            board.show(figures(number, exceptions=(f"late order {number}",)))
    last = written.getvalue().rpartition("live: review 9")[2]
    assert "Profit (EUR)" in last
    assert "4,500" in last  # 100 + 200 + ... + 900
    assert "27" in last  # orders
    assert "Exceptions: 9, the last 6 of them" in last
    assert "late order 4" in last
    assert "late order 3" not in last
    assert "median 0.25 s, P99 0.25 s" in last


def test_trend_has_no_more_than_the_last_reviews():
    console, _ = terminal()
    with LoopBoard("long", console=console) as board:
        for number in range(1, TREND_REVIEWS + 20):
            board.show(figures(number))
    with console.capture() as shown:
        console.print(board.board())
    (row,) = (one for one in shown.get().splitlines() if "Profit" in one)
    assert sum(character in BARS for character in row) == TREND_REVIEWS
    assert f"last {TREND_REVIEWS} reviews" in shown.get()


def test_latencies_are_told_by_rank():
    console, written = terminal()
    with LoopBoard("timed", console=console) as board:
        for number in range(1, 101):
            board.show(figures(number, cycle_s=float(number)))
    last = written.getvalue().rpartition("timed: review 100")[2]
    assert "Cycle: 100.00 s, median 50.00 s, P99 99.00 s" in last


def test_quiet_board_says_nothing(capsys):
    with LoopBoard("quiet", quiet=True) as board:
        board.show(figures(1))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([1.0, 2.0], "▁█"),
        ([float("nan"), 3.0], " ▄"),
        ([], ""),
        ([-7.0, 0.0, -3.5], "▁█▅"),
    ],
)
def test_sparkline_spans_what_it_shows(values, drawn):
    assert sparkline(values) == drawn
