"""What can go wrong in the twin.

::

    TwinError
    ├── InputError (ValueError)      what the user gave cannot be used
    │   ├── NetworkError             a network folder; carries every `Problem` found
    │   ├── ScenarioError            a scenario file; carries every `Problem` found
    │   ├── ChangeError              a change file; carries every `Problem` found
    │   ├── OptionError              an option outside what is allowed
    │   └── SnapshotMismatchError    a snapshot or checkpoint of something else
    ├── ReplayError                  a source ended before the end it announced
    ├── FencedError                  a shard has a newer owner
    ├── StalledError                 a partition stands still before its end
    └── SnapshotCorruptError         bytes of a snapshot are not the ones written
"""

from dataclasses import dataclass

from twin.said import Said


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file, and what would be right.

    Attributes
    ----------
    file : str
        Name of the file within its folder.
    row : int or None
        Line number in a text file (1 is the first), row number in a Parquet file;
        None if the problem is not of one row.
    column : str or None
        Name of the column or setting; None if it is not of one column.
    value : str or None
        What stands there; None if nothing does.
    allowed : str
        What is allowed, and what to do where that is not plain.

    Examples
    --------
    >>> str(Problem("items.csv", 3, "unit_cost", "-1", "a number >= 0"))
    "items.csv:3: unit_cost: '-1'; allowed: a number >= 0"
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    allowed: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        parts = [place] if self.column is None else [place, self.column]
        shown = "missing" if self.value is None else repr(self.value)
        return f"{': '.join([*parts, shown])}; allowed: {self.allowed}"


class TwinError(Exception):
    """Any failure of this package.

    Its one argument is what went wrong: text, or a `Said`, which others can tell in
    their language.
    """

    @property
    def said(self) -> Said | None:
        """What it says by kind and parts; None: in English alone."""
        given = self.args[0] if self.args else None
        return given if isinstance(given, Said) else None


class InputError(TwinError, ValueError):
    """What the user gave cannot be used."""


class _ProblemsError(InputError):
    # Raised once for all problems of a folder: nobody should mend one to meet the next.
    def __init__(self, where: str, problems: tuple[Problem, ...]) -> None:
        self.where = where
        self.problems = problems
        count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
        super().__init__("\n  ".join([f"{where}: {count}", *map(str, problems)]))


class NetworkError(_ProblemsError):
    """A network cannot be used; `problems` lists every reason."""


class ScenarioError(_ProblemsError):
    """A scenario does not fit its network; `problems` lists every reason."""


class ChangeError(_ProblemsError):
    """A change file does not fit its network; `problems` lists every reason."""


class OptionError(InputError):
    """An option is outside what is allowed."""


class SnapshotMismatchError(InputError):
    """A snapshot or checkpoint belongs to something else, such as another network."""


class ReplayError(TwinError):
    """A source gave nothing more before the end it announced."""


class FencedError(TwinError):
    """A shard has a newer owner; what this one knows of it must not be saved."""


class StalledError(TwinError):
    """A partition stands still although there is more to read."""


class SnapshotCorruptError(TwinError):
    """The bytes of a snapshot are not the ones that were written."""
