"""What sensors showed lately, folded from events: a projection beside the state."""

import hashlib
from types import ModuleType
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from streams.batch import EventBatch, plain
from streams.names import Names
from streams.picked import Part, Picked
from twin.errors import OptionError, SnapshotCorruptError, SnapshotMismatchError
from twin.health import rows as h
from twin.health.rows import Folded, Rows
from twin.projection import Arrays

CYCLE_US = 3_600_000_000
"""Length of a cycle if none is asked for, microseconds: an hour. Windows are of 5, 10,
20 and 30 cycles; half as long, they look back half as far."""

_FIRST_ROWS = 64
_JOURNAL_ROWS = 65_536  # of one call of the compiled fold; a machine may need 514
_AS_THEY_STAND = np.zeros(0, np.int64)
_COLUMNS = ("time_us", "type_code", "code", "place", "party", "value0", "time0")
_TABLES = ("machines", "sensors", "rolling", "counts")


def _kernels() -> ModuleType:
    # Compiled only where an event is folded: forecasting takes a quarter of a second.
    from twin.health import _kernels  # noqa: PLC0415

    return _kernels


class HealthFeatures:
    """Rolling features and usage of every sensor and machine, a `Projection`.

    Time is cut into cycles. In each the readings of a sensor are averaged; when its
    machine speaks in a later one, every sensor of it takes a step of the windows of
    `forecasting.failure.features`. A failure or maintenance ends the life of a machine;
    the next begins when it is over, with empty windows and counters at zero. What comes
    while a machine is down or maintained is counted and left out.

    Parameters
    ----------
    names : Names
        Table of ids shared by every batch folded.
    cycle_us : int
        Length of a cycle, microseconds, >= 1; cycles begin at multiples of it (UTC).
    journal : bool
        Whether cycles are kept as they are closed, for `take_journal`; without, memory
        is bounded.

    Raises
    ------
    OptionError
        If the cycle is shorter than a microsecond.
    """

    def __init__(
        self, names: Names, cycle_us: int = CYCLE_US, *, journal: bool = False
    ) -> None:
        if cycle_us < 1:
            msg = f"cycle_us must be >= 1, was {cycle_us}"
            raise OptionError(msg)
        self.names = names
        self.cycle_us = cycle_us
        self._folded = Folded(
            machines=np.zeros(_FIRST_ROWS, h.MACHINE),
            sensors=np.zeros(_FIRST_ROWS, h.SENSOR),
            rolling=np.zeros((0, 0)),
            index=h.empty_index(_FIRST_ROWS),
            counts=np.zeros(h.N_COUNTED, np.int64),
        )
        self._memo = np.full(1024, -1, np.int32)
        self._journal = h.empty_journal(_JOURNAL_ROWS if journal else 0)
        self._taken: list[pl.DataFrame] = []

    def apply(self, batch: Part) -> None:
        """Fold events that are in canonical order and follow all folded before.

        Parameters
        ----------
        batch : EventBatch or Picked
            Its `names` must be those of this projection.
        """
        order, n_events = _AS_THEY_STAND, len(batch)
        if isinstance(batch, Picked):
            order, batch = batch.rows, batch.batch
        if not n_events:
            return
        assert batch.names is self.names, "batch and features share one table of names"
        kernels = self._ready()
        rows, at = self._rows(batch), 0
        while True:
            span = (at, n_events, self.cycle_us)
            at = int(kernels.fold(self._folded, self._journal, rows, order, span))
            if at == n_events:
                return
            self._make_room()

    def close_open(self) -> None:
        """Close every open cycle, as if its time was over: for who looks at the end."""
        kernels, machine = self._ready(), 0
        while machine < int(self._folded.counts[h.N_MACHINES]):
            machine = int(
                kernels.close_open(self._folded, self._journal, self.cycle_us, machine)
            )
            self._flush()

    def close_instant(self) -> None:
        """Do nothing: no event of an instant waits for another."""

    def _ready(self) -> ModuleType:
        kernels = _kernels()
        if not self._folded.rolling.size:
            from forecasting._kernels.rolling import N_STATE  # noqa: PLC0415 - as above

            n_rows = len(self._folded.sensors)
            self._folded = self._folded._replace(rolling=np.zeros((n_rows, N_STATE)))
        return kernels

    def _rows(self, batch: EventBatch) -> Rows:
        n_names = len(self.names)
        if n_names > len(self._memo):
            wide = np.full(max(2 * len(self._memo), n_names), -1, np.int32)
            wide[: len(self._memo)] = self._memo
            self._memo = wide
        columns = {name: plain(getattr(batch, name)) for name in _COLUMNS}
        return Rows(**columns, name_hash=self.names.hashes, machine_of=self._memo)

    def _make_room(self) -> None:
        """Grow what is full, up to the bound, and empty the journal."""
        folded, most = self._folded, h.SENSORS_MAX + len(h.USAGE) + 1
        n_machines, n_sensors = folded.counts[[h.N_MACHINES, h.N_SENSORS]].tolist()
        if n_machines >= len(folded.machines):
            n_rows = min(2 * len(folded.machines), most)
            folded = folded._replace(machines=h.padded(folded.machines, n_rows))
        if n_sensors + len(h.USAGE) >= len(folded.sensors):
            n_rows = min(2 * len(folded.sensors), most)
            folded = folded._replace(
                sensors=h.padded(folded.sensors, n_rows),
                rolling=h.padded(folded.rolling, n_rows),
            )
            self._folded = folded
            self._fill_index()
            folded = self._folded
        self._folded = folded
        self._flush()

    def _fill_index(self) -> None:
        width = 1 << (len(self._folded.sensors) - 1).bit_length()
        self._folded = self._folded._replace(index=h.empty_index(width))
        if self._folded.counts[h.N_SENSORS]:
            _kernels().fill_index(self._folded)

    def _flush(self) -> None:
        n_rows = int(self._journal.n_rows[0])
        if n_rows:
            columns = self._journal._asdict()
            del columns["n_rows"]
            self._taken.append(
                pl.DataFrame({k: v[:n_rows].copy() for k, v in columns.items()})
            )
            self._journal.n_rows[0] = 0

    def take_journal(self) -> pl.DataFrame:
        """Return the cycles closed since the last call, and keep them no longer.

        Returns
        -------
        polars.DataFrame
            ``machine`` and ``slot`` (places in `machines` and `sensors`), ``life``
            (from 0 for each machine), ``cycle`` (of the life, from 1), ``value``; a row
            with the slot `rows.END` says how a life ended.
        """
        self._flush()
        taken, self._taken = self._taken, []
        empty = pl.DataFrame(
            {k: v[:0] for k, v in self._journal._asdict().items() if k != "n_rows"}
        )
        return pl.concat([empty, *taken])

    @property
    def machines(self) -> NDArray[Any]:
        """Machines as they came, records of `rows.MACHINE`; not to be written to."""
        table: NDArray[Any] = self._folded.machines
        return table[: self._folded.counts[h.N_MACHINES]]

    @property
    def sensors(self) -> NDArray[Any]:
        """Sensors as they came, records of `rows.SENSOR`; not to be written to."""
        table: NDArray[Any] = self._folded.sensors
        return table[: self._folded.counts[h.N_SENSORS]]

    @property
    def counts(self) -> dict[str, int]:
        """What became of readings.

        ``readings``, and of these ``left_out`` (of more sensors than are followed),
        ``unusable`` (no finite number), ``at_rest`` (of machines down or maintained).
        """
        counts = self._folded.counts.tolist()
        return {
            "readings": counts[h.N_READINGS],
            "left_out": counts[h.N_LEFT_OUT],
            "unusable": counts[h.N_UNUSABLE],
            "at_rest": counts[h.N_AT_REST],
        }

    def sensor_names(self) -> list[str]:
        """Return the id of each sensor, or the name of the counter, by slot."""
        return [
            self.names[name] if name >= 0 else h.USAGE[-1 - name]
            for name in self.sensors["name"].tolist()
        ]

    def frame(self) -> pl.DataFrame:
        """Return the features of every sensor after the cycles closed so far.

        Returns
        -------
        polars.DataFrame
            A row a sensor: ``machine``, ``sensor``, ``n_readings``, ``n_cycles`` (of
            this life), and the columns of `forecasting.failure.SENSOR_FEATURES`, in the
            units of the sensor.
        """
        from forecasting._kernels.rolling import (  # noqa: PLC0415 - as above
            N_FEATURES,
            features_of,
        )
        from forecasting.failure.features import (  # noqa: PLC0415 - as above
            SENSOR_FEATURES,
        )

        made = np.zeros((len(self.sensors), N_FEATURES))
        for slot in range(len(self.sensors)):
            features_of(self._folded.rolling[slot], made[slot])
        at = self.sensors["machine"]
        ids = [self.names[name] for name in self.machines["name"].tolist()]
        return pl.DataFrame(
            {
                "machine": pl.Series([ids[k] for k in at.tolist()], dtype=pl.String),
                "sensor": pl.Series(self.sensor_names(), dtype=pl.String),
                "n_readings": self.sensors["n_readings"].copy(),
                "n_cycles": self.machines["n_cycles"][at],
                **{name: made[:, k] for k, name in enumerate(SENSOR_FEATURES)},
            }
        )

    def fork(self) -> Self:
        """Return an independent copy without a journal; the names are shared."""
        copied = type(self)(self.names, self.cycle_us)
        copied._folded = Folded._make(  # noqa: SLF001
            table.copy() for table in self._folded
        )
        copied._memo = self._memo.copy()  # noqa: SLF001
        return copied

    def used_names(self) -> NDArray[np.int32]:
        """Return the numbers of names of machines and sensors, ascending."""
        names = np.concatenate((self.machines["name"], self.sensors["name"]))
        return np.unique(names[names >= 0])

    def rename(self, mapping: NDArray[np.int32]) -> None:
        """Follow the table of names when its numbers change; no digest does."""
        self.machines["name"] = mapping[self.machines["name"]]
        names = self.sensors["name"]
        names[names >= 0] = mapping[names[names >= 0]]
        self._know_again()

    def _know_again(self) -> None:
        """Find machines and sensors by the numbers that their names now have."""
        self._memo = np.full(max(1024, len(self.names)), -1, np.int32)
        self._memo[self.machines["name"]] = np.arange(len(self.machines))
        self._fill_index()

    def _used(self) -> dict[str, NDArray[Any]]:
        return {
            "machines": self.machines,
            "sensors": self.sensors,
            "rolling": self._folded.rolling[: len(self.sensors)],
            "counts": self._folded.counts,
        }

    def digest(self) -> str:
        """Return the hash of what was folded so far, hexadecimal.

        BLAKE2b over the used part of all arrays; numbers of names are left out, hashes
        of ids are in.
        """
        blake = hashlib.blake2b(str(self.cycle_us).encode(), digest_size=16)
        for name, table in self._used().items():
            for column in table.dtype.names or (None,):
                if column != "name":
                    cells = table if column is None else table[column]
                    blake.update(f"{name}.{column}".encode())
                    blake.update(np.ascontiguousarray(cells).tobytes())
        return blake.hexdigest()

    def snapshot(self) -> Arrays:
        """Return everything needed to go on; the journal is not part of it."""
        arrays: dict[str, Any] = {
            name: table.copy() for name, table in self._used().items()
        }
        used = self.used_names()
        texts = [self.names[number].encode() for number in used.tolist()]
        for name in ("machines", "sensors"):
            numbers = arrays[name]["name"]
            known = numbers >= 0
            numbers[known] = np.searchsorted(used, numbers[known])
        arrays["names_text"] = np.frombuffer(b"".join(texts), np.uint8)
        arrays["names_end"] = np.cumsum([0, *map(len, texts)])[1:].astype(np.int64)
        arrays["cycle_us"] = np.array([self.cycle_us], np.int64)
        return arrays

    def restore(self, arrays: Arrays) -> None:
        """Take over a snapshot, in place of all that is held.

        Parameters
        ----------
        arrays : dict of str to ndarray
            What `snapshot` returned.

        Raises
        ------
        SnapshotMismatchError
            If its cycles have another length.
        SnapshotCorruptError
            If an array is missing or of another version, or its ids do not fit their
            hashes.
        """
        tables = {name: _taken(arrays, name) for name in _TABLES}
        cycle_us = int(_taken(arrays, "cycle_us")[0])
        if cycle_us != self.cycle_us:
            msg = (
                f"snapshot of health with cycles of {cycle_us} us: here they have "
                f"{self.cycle_us} us"
            )
            raise SnapshotMismatchError(msg)
        for name in ("machines", "sensors", "counts"):
            if tables[name].dtype != getattr(self._folded, name).dtype:
                msg = f"snapshot: health {name} has other columns, of another version"
                raise SnapshotCorruptError(msg)
        self._adopt(arrays, tables)
        n_rows = max(_FIRST_ROWS, len(tables["sensors"]) + len(h.USAGE) + 1)
        self._folded = Folded(
            machines=h.padded(
                tables["machines"], max(_FIRST_ROWS, len(tables["machines"]) + 1)
            ),
            sensors=h.padded(tables["sensors"], n_rows),
            rolling=h.padded(tables["rolling"], n_rows),
            index=h.empty_index(_FIRST_ROWS),
            counts=tables["counts"].copy(),
        )
        self._know_again()

    def _adopt(self, arrays: Arrays, tables: dict[str, NDArray[Any]]) -> None:
        text, ends = _taken(arrays, "names_text"), _taken(arrays, "names_end")
        starts = np.append(np.int64(0), ends)[: len(ends)]
        if len(ends) and int(ends[-1]) != len(text):
            msg = f"snapshot: {len(ends)} ids do not lie in their {len(text)} bytes"
            raise SnapshotCorruptError(msg)
        numbers = self.names.intern_spans(np.ascontiguousarray(text), starts, ends)
        for name in ("machines", "sensors"):
            table = tables[name] = tables[name].copy()
            known = table["name"] >= 0
            table["name"][known] = numbers[table["name"][known]]
            if (self.names.hashes[table["name"][known]] != table["hash"][known]).any():
                msg = f"snapshot: ids of health {name} do not fit their hashes"
                raise SnapshotCorruptError(msg)


def _taken(arrays: Arrays, name: str) -> NDArray[Any]:
    if name not in arrays:
        msg = f"snapshot: array {name!r} of health is missing"
        raise SnapshotCorruptError(msg)
    return arrays[name]
