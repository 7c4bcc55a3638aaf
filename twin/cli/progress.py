"""The progress of a replay: a bar with rate, lag and watermark, on a terminal only."""

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from twin.cli.console import Console


class Shown(Protocol):
    """What of a replay is shown."""

    @property
    def watermark_us(self) -> int | None:
        """Events before this time are complete, microseconds UTC; None: none yet."""

    def rate_per_s(self) -> float:
        """Return records a second."""

    def lag(self) -> dict[str, int]:
        """Return the records behind the end, by partition."""


class ReplayBar:
    """A bar on the error stream; silent where nobody looks on.

    Parameters
    ----------
    run : Shown
        The replay.
    console : Console
        Where to.
    """

    def __init__(self, run: Shown, console: "Console") -> None:
        from rich.progress import TextColumn

        self._run = run
        self._progress: Progress = console.progress(TextColumn("{task.fields[told]}"))
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        total = sum(self._run.lag().values())
        self._task = self._progress.add_task("records", total=total, told="")
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def advance(self, n_records: int) -> None:
        """Go on by so many records, and say how fast that was."""
        if self._progress.disable or self._task is None:
            return
        told = told_of(self._run)
        self._progress.update(self._task, advance=n_records, told=told)


def told_of(run: Shown) -> str:
    """Return rate, lag and watermark in a few words."""
    from twin.cli.console import time_text

    watermark_us = run.watermark_us
    watermark = "-" if watermark_us is None else time_text(watermark_us)
    lag = sum(run.lag().values())
    return f"{run.rate_per_s():,.0f}/s  lag {lag:,}  watermark {watermark}"
