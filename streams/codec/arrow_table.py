"""A batch of Arrow while it becomes columns of events."""

from collections.abc import Mapping  # noqa: TC003
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from streams.codec.arrow_rows import Columns  # noqa: TC001
from streams.events import TYPE_CODES
from streams.names import Names

TYPE_NAMES = tuple(TYPE_CODES)
"""Names of the event types, by type code."""


class Table:
    """The columns of a batch by name, those of the events, and which rows are odd.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        One batch of a message.
    names : Names
        Grows.

    Attributes
    ----------
    n_rows : int
        Number of events.
    arrays : dict of str to pyarrow.Array
        What the batch holds.
    metadata : Mapping of bytes to bytes
        Of its schema.
    columns : dict of str to ndarray of shape (n_rows,)
        Columns of events, as far as the batch has them.
    odd : ndarray of shape (n_rows,), bool, or None
        Rows to be read one by one, whatever their columns say; None: there is none.
    """

    def __init__(self, batch: Any, names: Names) -> None:  # noqa: ANN401
        self.names = names
        self.n_rows: int = batch.num_rows
        self.arrays: dict[str, Any] = dict(
            zip(batch.schema.names, batch.columns, strict=True)
        )
        self.metadata: Mapping[bytes, bytes] = batch.schema.metadata or {}
        self.columns: Columns = {}
        self.odd: NDArray[np.bool_] | None = None

    def mark(self, rows: NDArray[np.bool_] | None) -> None:
        """Add rows to those that are read one by one; None adds none."""
        if rows is not None:
            self.odd = rows if self.odd is None else self.odd | rows

    def given(self, name: str) -> NDArray[np.bool_]:
        """Tell in which rows a column of the batch is not null."""
        return np.asarray(self.arrays[name].is_valid())

    def value(self, name: str, row: int) -> Any:  # noqa: ANN401
        """Return what stands in a column as a Python object; None where nothing does.

        Raises
        ------
        UnicodeDecodeError
            If it is a text that is not UTF-8.
        ValueError
            If what says where it stands points out of the message.
        """
        array = self.arrays.get(name)
        return None if array is None else _value_of(array, row)

    def time(self, column: NDArray[Any] | None, row: int) -> int | None:
        """Return a time of a column of events; None where nothing stands."""
        if column is None or column[row] == NO_TIME:
            return None
        return int(column[row])


def _value_of(array: Any, row: int) -> Any:  # noqa: ANN401
    """Return a value; the library itself follows indices and offsets unchecked."""
    indices = getattr(array, "indices", None)  # of a dictionary
    if indices is None:
        one = array.slice(row, 1)
        one.validate()
        return one[0].as_py()
    index = indices[row].as_py()
    if index is None:
        return None
    n_entries = len(array.dictionary)
    if not 0 <= index < n_entries:
        msg = f"row {row}: index must be in 0..{n_entries - 1}, was {index}"
        raise ValueError(msg)
    return _value_of(array.dictionary, index)
