"""Rows of a live state saved and loaded: by checkpoints, SQLite and RocksDB."""

import pickle
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROW = np.dtype(
    [
        ("count", "i8"),
        ("latest_us", "i8"),
        ("state", "i4"),
        ("epoch", "i4"),
        ("scrap", "f8"),
        ("temperature", "f8"),
        ("vibration", "f8"),
        ("power", "f8"),
        ("revenue", "f8"),
    ]
)
"""One entity: 64 bytes."""

KEYS_MAX = 1 << 20  # of a generation of the dedupe table: both take 16 MiB


class Entities:
    """Live rows, and the keys of recent events beside them.

    Parameters
    ----------
    n
        Number of rows.
    seed
        Of their values and of what changes.
    """

    def __init__(self, n: int, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.rows = np.zeros(n, ROW)
        self.older = self.random.integers(1 << 63, size=KEYS_MAX).astype(np.uint64)
        self._keys = np.zeros(KEYS_MAX, np.uint64)
        self.n_keys = KEYS_MAX // 2
        self._keys[: self.n_keys] = self.older[: self.n_keys] ^ np.uint64(1)
        self.change_all()

    def change_all(self) -> None:
        """Change every row."""
        self.rows["count"] += 1
        self.rows["temperature"] = self.random.random(len(self.rows))

    def change(self, n_rows: int) -> None:
        """Change some rows, wherever they lie."""
        chosen = self.random.choice(len(self.rows), n_rows, replace=False)
        self.rows["count"][chosen] += 1
        self.rows["temperature"][chosen] = self.random.random(n_rows)

    def see(self, n_keys: int) -> None:
        """Remember keys; a full generation begins anew."""
        if self.n_keys + n_keys > KEYS_MAX:
            self.n_keys = KEYS_MAX // 2
        end = self.n_keys + n_keys
        self._keys[self.n_keys : end] = self.random.integers(1 << 63, size=n_keys)
        self.n_keys = end

    def sections(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Return the rows, as a checkpoint takes them."""
        return {"state": {"rows": self.rows}}

    def with_keys(self) -> dict[str, dict[str, NDArray[Any]]]:
        """Return rows and keys, as a checkpoint takes them."""
        keys = {"older": self.older, "newer": self._keys[: self.n_keys]}
        return {"state": {"rows": self.rows}, "ingest": keys}


def row_key(number: int) -> str:
    """Return the id of a row."""
    return f"M-{number:06d}"


class SqliteRows:
    """A row of SQLite for each entity, pickled; every commit is synced."""

    peer = f"sqlite {sqlite3.sqlite_version}, WAL, synchronous=full"

    def __init__(self, folder: Path) -> None:
        self._file = sqlite3.connect(folder / "rows.db", isolation_level=None)
        self._file.execute("pragma journal_mode=wal")
        self._file.execute("pragma synchronous=full")
        self._file.execute("create table rows (key text primary key, row blob)")

    def save(self, rows: NDArray[Any]) -> None:
        """Put every row in one transaction."""
        self._file.execute("begin")
        self._file.executemany(
            "insert or replace into rows values (?, ?)",
            ((row_key(n), pickle.dumps(row)) for n, row in enumerate(rows.tolist())),
        )
        self._file.execute("commit")

    def load(self) -> NDArray[Any]:
        """Read every row."""
        found = self._file.execute("select row from rows order by key")
        return np.array([pickle.loads(row) for (row,) in found], ROW)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RocksRows:
    """A value of RocksDB for each entity, as raw bytes; one synced batch of writes."""

    def __init__(self, folder: Path) -> None:
        import rocksdict  # noqa: PLC0415 - a peer, not there when benchmarks are listed

        self._library = rocksdict
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)  # noqa: FBT003 - its own signature
        self._file = rocksdict.Rdict(str(folder / "rocks"), options)
        synced = rocksdict.WriteOptions()
        synced.sync = True
        self._file.set_write_options(synced)

    @property
    def peer(self) -> str:
        """Name, version and setting."""
        from importlib.metadata import version  # noqa: PLC0415

        return f"rocksdict {version('rocksdict')}, raw bytes, one synced batch"

    def save(self, rows: NDArray[Any]) -> None:
        """Put every row in one batch."""
        batch = self._library.WriteBatch(raw_mode=True)
        data = rows.tobytes()
        size = rows.itemsize
        for n in range(len(rows)):
            batch.put(row_key(n).encode(), data[n * size : (n + 1) * size])
        self._file.write(batch)

    def load(self) -> NDArray[Any]:
        """Read every row."""
        return np.frombuffer(b"".join(self._file.values()), ROW)

    def close(self) -> None:
        """Close the files."""
        self._file.close()
