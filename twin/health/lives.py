"""Lives of machines, from a log: what each showed until it failed, or until now."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import polars as pl

from twin.errors import InputError
from twin.health import rows
from twin.health.folded import HealthFeatures

TYPES = (
    "MachineReading",
    "MachineStateChanged",
    "MaintenanceDone",
    "OperationStarted",
    "OperationCompleted",
)
"""Types of event that tell of the life of a machine."""

_KEYS = ["machine", "life", "cycle"]
_NAMES_TOLD = 5  # machines named in an error
_TAKEN = (*_KEYS, "unit")  # names of columns that a sensor cannot have


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """Lives of machines in cycles of one length.

    A life ends when its machine enters the state down (a failure), or maintenance (then
    how long it would have lasted is not known); the next begins after that. The first
    life of a machine counts from its first event, however old it was then.

    Attributes
    ----------
    frame : polars.DataFrame
        A row a machine, life (from 0) and cycle (from 1) in which a sensor spoke:
        ``machine, life, cycle`` and a column a sensor, its mean of the cycle, or what
        it showed last; null where the machine never had it. Usage comes first, see
        `twin.health.rows.USAGE`.
    ends : polars.DataFrame
        Lives that are over: ``machine, life, cycle`` (the last), ``failed`` (bool).
    running : tuple of str
        Machines that are neither down nor maintained and were read in this life.
    resting : tuple of str
        Machines that were down or maintained when the log ended.
    counts : dict of str to int
        See `HealthFeatures.counts`; of all machines of the log.
    """

    frame: pl.DataFrame
    ends: pl.DataFrame
    running: tuple[str, ...]
    resting: tuple[str, ...]
    counts: dict[str, int]

    @property
    def n_failed(self) -> int:
        """Lives that ended by a failure."""
        return int(self.ends["failed"].sum())

    @property
    def n_renewed(self) -> int:
        """Lives that maintenance ended."""
        return self.ends.height - self.n_failed

    @property
    def sensors(self) -> list[str]:
        """Columns of sensors and usage."""
        return [name for name in self.frame.columns if name not in _KEYS]

    def of_machines(self, patterns: Sequence[str]) -> "Lives":
        """Return the lives of some machines, with the sensors that these have.

        Parameters
        ----------
        patterns : sequence of str
            Names, with ``*`` and ``?`` for any letters and for one.

        Raises
        ------
        InputError
            If a pattern is the name of no machine.
        """
        names = {*self.frame["machine"], *self.running, *self.resting}
        without = [p for p in patterns if not any(fnmatchcase(one, p) for one in names)]
        if without or not patterns:
            some = _listed(sorted(names)[:_NAMES_TOLD])
            msg = f"machines {_listed(without)}: no machine has such a name; has {some}"
            raise InputError(msg)
        kept = [one for one in names if any(fnmatchcase(one, p) for p in patterns)]
        ours = pl.col("machine").is_in(kept)
        frame = self.frame.filter(ours)
        told = [c for c in frame.columns if frame[c].null_count() < frame.height]
        return Lives(
            frame=frame.select(told) if frame.height else frame,
            ends=self.ends.filter(ours),
            running=tuple(one for one in self.running if one in kept),
            resting=tuple(one for one in self.resting if one in kept),
            counts=self.counts,
        )

    def failed_units(self) -> pl.DataFrame:
        """Return the lives that ended by a failure, a unit each.

        Returns
        -------
        polars.DataFrame
            ``unit`` (machine and number of the life, from 1), ``cycle``, sensors.
        """
        told = self.ends.filter("failed").select("machine", "life")
        unit = pl.format("{} #{}", "machine", pl.col("life") + 1)
        return self._units(self.frame.join(told, on=["machine", "life"]), unit)

    def running_units(self) -> pl.DataFrame:
        """Return the lives under way, a unit each, named as their machines.

        Returns
        -------
        polars.DataFrame
            ``unit``, ``cycle``, sensors.
        """
        over = self.ends.select("machine", "life")
        going = self.frame.filter(pl.col("machine").is_in(self.running)).join(
            over, on=["machine", "life"], how="anti"
        )
        return self._units(going, pl.col("machine"))

    def _units(self, frame: pl.DataFrame, unit: pl.Expr) -> pl.DataFrame:
        made = frame.with_columns(unit=unit).sort("machine", "life", "cycle")
        return made.select("unit", "cycle", *self.sensors)


def lives_of(folded: HealthFeatures) -> Lives:
    """Turn what was folded into lives; cycles still open are closed.

    Parameters
    ----------
    folded : HealthFeatures
        With a journal, of all cycles since its start.

    Returns
    -------
    Lives
    """
    folded.close_open()
    journal = folded.take_journal()
    ids = [folded.names[k] for k in folded.machines["name"].tolist()]
    named = journal.with_columns(_named("machine", ids))
    ends = named.filter(pl.col("slot") == rows.END).select(
        *_KEYS, failed=pl.col("value") == rows.FAILED
    )
    cells = named.filter(pl.col("slot") != rows.END).with_columns(
        _named("slot", [_column(name) for name in folded.sensor_names()])
    )
    frame = cells.pivot(on="slot", index=_KEYS, values="value", maintain_order=True)
    sensors = [name for name in frame.columns if name not in _KEYS]
    ordered = sorted(sensors, key=lambda name: (name not in rows.USAGE, name))
    frame = frame.sort(_KEYS).select(*_KEYS, *ordered)
    # A sensor that came later than its machine showed before what it showed first.
    frame = frame.with_columns(pl.col(ordered).backward_fill().over("machine"))
    alive = folded.machines["alive"] == 1
    read = folded.machines["n_cycles"] > 0
    return Lives(
        frame=frame,
        ends=ends,
        running=tuple(ids[k] for k in (alive & read).nonzero()[0].tolist()),
        resting=tuple(ids[k] for k in (~alive).nonzero()[0].tolist()),
        counts=folded.counts,
    )


def shared_sensors(train: pl.DataFrame, readings: pl.DataFrame) -> list[str]:
    """Return the sensors that every unit of both tables has.

    Parameters
    ----------
    train, readings : polars.DataFrame
        ``unit``, ``cycle`` and sensors; a column with a null is one that a unit lacks.

    Returns
    -------
    list of str
        In the order of the first table.

    Raises
    ------
    InputError
        If there is none but usage.
    """

    def whole(frame: pl.DataFrame) -> list[str]:
        return [
            name
            for name, kind in frame.schema.items()
            if name not in _TAKEN
            and (kind.is_numeric() or kind == pl.Boolean)
            and not frame[name].null_count()
        ]

    ours, theirs = whole(train), whole(readings)
    both = [name for name in ours if name in theirs]
    if not set(both) - set(rows.USAGE):
        msg = (
            "no sensor is told by every machine that failed and every one that runs: "
            f"those that failed all have {_listed(ours)}, those that run "
            f"{_listed(theirs)}; look at machines of one kind (--machines), or give "
            "--train with readings of the same sensors"
        )
        raise InputError(msg)
    return both


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _named(column: str, names: Sequence[str]) -> pl.Expr:
    return pl.col(column).replace_strict(dict(enumerate(names)), return_dtype=pl.String)


def _column(name: str) -> str:
    """Name the column of a sensor, away from those of keys."""
    return f"{name} (sensor)" if name in _TAKEN else name
