"""What a replay is asked for, and what of that does not go together."""

from dataclasses import dataclass
from pathlib import Path

from twin.cli.sources import SourceSpec
from twin.cli.targets import KAFKA, check_target
from twin.errors import OptionError

CHECKPOINT = "checkpoint"
"""What `--from` says to demand one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of the command.

    Raises
    ------
    OptionError
        If some do not go together.
    """

    source: SourceSpec
    network: Path
    start: str | None = None
    end: str | None = None
    speed: float = 0.0
    types: tuple[str, ...] = ()
    into: str | None = None
    snapshot: Path | None = None
    checkpoint: Path | None = None
    every: int = 100_000
    keep: int = 2
    deadletters: Path | None = None
    batch: int = 0
    metrics: int | None = None

    def __post_init__(self) -> None:
        if self.start == CHECKPOINT and self.checkpoint is None:
            msg = "--from checkpoint: needs --checkpoint DIR, the folder it lies in"
            raise OptionError(msg)
        check_folder("--checkpoint", self.checkpoint)
        check_folder("--snapshot", self.snapshot)
        if self.into is None:
            return
        check_target(self.into, self.source.name)
        if self.checkpoint is not None and not self.is_to_topic:
            msg = (
                f"--into {self.into} and --checkpoint {self.checkpoint}: a log of "
                f"events is written in one go; leave --checkpoint out, or write to a "
                f"topic: --into kafka://host:port/topic"
            )
            raise OptionError(msg)
        if self.end is not None and self.is_to_topic and not is_offset(self.end):
            msg = (
                f"--into {self.into} and --to {self.end}: a topic gets whole records "
                f"as they came, so the end must be an offset; a time chooses events "
                f"for a log: --into LOG"
            )
            raise OptionError(msg)
        if self.types and self.is_to_topic:
            msg = (
                f"--into {self.into} and --types: a topic gets records as they came; "
                f"--types chooses events for a log: --into LOG"
            )
            raise OptionError(msg)

    @property
    def is_to_topic(self) -> bool:
        """Whether records are republished."""
        return self.into is not None and self.into.startswith(KAFKA)


def check_folder(option: str, folder: Path | None) -> None:
    """Refuse a file where a folder is meant.

    Raises
    ------
    OptionError
        If it is one.
    """
    if folder is not None and folder.exists() and not folder.is_dir():
        msg = f"{option} {folder}: is a file; must be a folder, new or written this way"
        raise OptionError(msg)


def is_offset(place: str) -> bool:
    """Tell an offset, or offsets by partition, from a time.

    Examples
    --------
    >>> is_offset("1200"), is_offset("a-0=3,a-1=4"), is_offset("2024-05-01T06:00:00Z")
    (True, True, False)
    """
    return place.isdecimal() or "=" in place


def parse_speed(text: str) -> float:
    """Read what stands after `--speed`.

    Returns
    -------
    float
        Seconds of event time a second; 0: as fast as it goes.

    Raises
    ------
    OptionError
        If it is neither a number >= 0 nor max.

    Examples
    --------
    >>> parse_speed("max"), parse_speed("3600")
    (0.0, 3600.0)
    """
    if text == "max":
        return 0.0
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 <= speed < float("inf"):
        msg = (
            f"--speed {text}: must be max, or seconds of event time a second, > 0; "
            f"0 is max"
        )
        raise OptionError(msg)
    return speed
