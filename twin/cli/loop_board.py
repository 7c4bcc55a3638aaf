"""`millstream loop --follow`: a board of the run so far, renewed at every review.

On a terminal it stays in its place; elsewhere each review is a line.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer

from twin.cli.console import time_text

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table

BARS = "▁▂▃▄▅▆▇█"
TREND_REVIEWS = 40
"""Reviews of a trend: 80 columns have room for no more beside the numbers."""

EXCEPTIONS_SHOWN = 6
"""Exceptions on the board; older ones are counted."""

_PERCENT = 100.0
_LARGE = 1000.0
_NEARLY_ALL = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFigures:
    """What the board shows of a review; a live loop and a simulated one fill it.

    Attributes
    ----------
    number : int
        Reviews so far, this one included, >= 1.
    time_us : int
        Until when everything is in it, microseconds UTC.
    profit : float
        Of the time since the last review, in the currency of the network.
    demanded, served : float
        Units that customers asked for since the last review, and that they got at once.
    stock_value : float
        On hand, at unit cost.
    backorder : float
        Units that customers wait for.
    n_released : int
        Orders released at this review.
    exceptions : tuple of str
        What went wrong since the last review, one sentence each.
    adherence : float
        Share of released orders that were due or done and are on time and in full; NaN
        while there is none.
    cycle_s : float
        Seconds that the cycle took: live, from what happened to released orders;
        simulated, the whole review, with what the plant took.
    """

    number: int
    time_us: int
    profit: float = math.nan
    demanded: float = 0.0
    served: float = 0.0
    stock_value: float = math.nan
    backorder: float = math.nan
    n_released: int = 0
    exceptions: tuple[str, ...] = ()
    adherence: float = math.nan
    cycle_s: float = math.nan


@dataclass(slots=True)
class _SoFar:
    """Sums and recent values of a run."""

    profit: float = 0.0
    demanded: float = 0.0
    served: float = 0.0
    n_released: int = 0
    n_exceptions: int = 0
    cycles_s: list[float] = field(default_factory=list)
    recent: deque[ReviewFigures] = field(
        default_factory=lambda: deque(maxlen=TREND_REVIEWS)
    )
    told: deque[str] = field(default_factory=lambda: deque(maxlen=EXCEPTIONS_SHOWN))

    def add(self, figures: ReviewFigures) -> None:
        self.profit += 0.0 if math.isnan(figures.profit) else figures.profit
        self.demanded += figures.demanded
        self.served += figures.served
        self.n_released += figures.n_released
        self.n_exceptions += len(figures.exceptions)
        self.recent.append(figures)
        self.told.extend(
            f"{time_text(figures.time_us)}  {one}" for one in figures.exceptions
        )
        if not math.isnan(figures.cycle_s):
            self.cycles_s.append(figures.cycle_s)

    def trend(self, of: Callable[[ReviewFigures], float]) -> str:
        return sparkline([of(one) for one in self.recent])


class LoopBoard:
    """Shows reviews as they come; use it with ``with``.

    Parameters
    ----------
    title : str
        What runs, such as policy and seed.
    n_reviews : int or None
        How many there will be; None: nobody knows.
    currency : str
        Of the network.
    console : rich.console.Console, optional
        Where to; without, the standard output.
    quiet : bool
        Show nothing.
    """

    def __init__(
        self,
        title: str,
        *,
        n_reviews: int | None = None,
        currency: str = "",
        console: "RichConsole | None" = None,
        quiet: bool = False,
    ) -> None:
        self._title = title
        self._n_reviews = n_reviews
        self._currency = currency
        self._console = console
        self._quiet = quiet
        self._so_far = _SoFar()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Take a place on the terminal, if there is one."""
        from rich.console import Console as RichConsole

        if not self._quiet:
            self._console = self._console or RichConsole(highlight=False)
            if self._console.is_terminal:
                self._open_live(self._console)
        return self

    def _open_live(self, console: "RichConsole") -> None:
        from rich.live import Live

        self._live = Live(console=console, auto_refresh=False)
        self._live.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the last board on the terminal."""
        del kind, error, trace
        if self._live is not None:
            self._live.stop()
            self._live = None

    def show(self, figures: ReviewFigures) -> None:
        """Show a review.

        Parameters
        ----------
        figures : ReviewFigures
            After those shown before.
        """
        self._so_far.add(figures)
        if self._live is not None:
            self._live.update(self.board(), refresh=True)
        elif not self._quiet:
            typer.echo(self.line())

    def line(self) -> str:
        """Return the last review as a line of text."""
        last = self._so_far.recent[-1]
        parts = [
            f"review {self._counted(last.number)}",
            time_text(last.time_us),
            f"profit {_number(last.profit)}",
            f"fill {_share(last.served, last.demanded)}",
            f"stock {_number(last.stock_value)}",
            f"waiting {_number(last.backorder)}",
            f"orders {last.n_released}",
            f"kept {_percent(last.adherence)}",
            f"exceptions {len(last.exceptions)}",
            f"cycle {_seconds(last.cycle_s)}",
        ]
        return ", ".join(parts)

    def board(self) -> "RenderableType":
        """Return the board of all reviews so far, for a terminal."""
        from rich import box
        from rich.console import Group
        from rich.panel import Panel
        from rich.text import Text

        last = self._so_far.recent[-1]
        rows: list[RenderableType] = [self._kpis()]
        rows.append(Text(self._orders()))
        rows.append(Text(self._latency()))
        rows.append(Text(self._exceptions(), style="yellow" if last.exceptions else ""))
        title = f"{self._title}: review {self._counted(last.number)}"
        return Panel(
            Group(*rows),
            title=Text(title),
            subtitle=Text(time_text(last.time_us)),
            box=box.ROUNDED,
        )

    def _kpis(self) -> "Table":
        from rich.table import Table

        so_far, last = self._so_far, self._so_far.recent[-1]
        table = Table(box=None, expand=False, pad_edge=False)
        for heading in ("", "last review", "so far"):
            table.add_column(heading, justify="right" if heading else "left")
        table.add_column(f"last {len(so_far.recent)} reviews", no_wrap=True)
        money = f" ({self._currency})" if self._currency else ""
        table.add_row(
            f"Profit{money}", _number(last.profit), _number(so_far.profit),
            so_far.trend(lambda one: one.profit),
        )  # fmt: skip
        table.add_row(
            "Fill rate", _share(last.served, last.demanded),
            _share(so_far.served, so_far.demanded),
            so_far.trend(_fill),
        )  # fmt: skip
        table.add_row(
            f"Stock{money}", _number(last.stock_value), "",
            so_far.trend(lambda one: one.stock_value),
        )  # fmt: skip
        table.add_row(
            "Customers wait for", _number(last.backorder), "",
            so_far.trend(lambda one: one.backorder),
        )  # fmt: skip
        table.add_row(
            "Orders released", f"{last.n_released}", f"{so_far.n_released}",
            so_far.trend(lambda one: one.n_released),
        )  # fmt: skip
        return table

    def _orders(self) -> str:
        kept = _percent(self._so_far.recent[-1].adherence)
        return f"\nOrders on time and in full: {kept} of those due or done"

    def _latency(self) -> str:
        cycles_s = sorted(self._so_far.cycles_s)
        if not cycles_s:
            return "Cycle: not timed"
        last = self._so_far.recent[-1].cycle_s
        middle, high = (
            cycles_s[math.ceil(level * len(cycles_s)) - 1]
            for level in (0.5, _NEARLY_ALL)
        )
        return (
            f"Cycle: {_seconds(last)}, median {_seconds(middle)}, P99 {_seconds(high)}"
        )

    def _exceptions(self) -> str:
        so_far = self._so_far
        if not so_far.n_exceptions:
            return "Exceptions: none"
        shown = "\n".join(f"  {one}" for one in so_far.told)
        older = so_far.n_exceptions - len(so_far.told)
        more = f", the last {len(so_far.told)} of them" if older else ""
        return f"Exceptions: {so_far.n_exceptions}{more}\n{shown}"

    def _counted(self, number: int) -> str:
        return f"{number}" if self._n_reviews is None else f"{number}/{self._n_reviews}"


def sparkline(values: list[float]) -> str:
    """Draw values as a row of bars, the least as the lowest.

    Parameters
    ----------
    values : list of float
        NaN is drawn as a space.

    Returns
    -------
    str
        One character each; in the middle where all are the same.

    Examples
    --------
    >>> sparkline([0.0, 3.5, 7.0]), sparkline([5.0, float("nan"), 5.0])
    ('▁▅█', '▄ ▄')
    """
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if high <= low:
        return "".join("▄" if math.isfinite(one) else " " for one in values)
    last = len(BARS) - 1
    return "".join(
        BARS[math.floor((one - low) / (high - low) * last + 0.5)]
        if math.isfinite(one)
        else " "
        for one in values
    )


def _fill(figures: ReviewFigures) -> float:
    return figures.served / figures.demanded if figures.demanded else math.nan


def _share(part: float, whole: float) -> str:
    return _percent(part / whole if whole else math.nan)


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{_PERCENT * share:.1f} %"


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= _LARGE else f"{value:,.1f}"


def _seconds(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f} s"
