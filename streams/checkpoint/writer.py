"""Save checkpoints: whole ones, and between them what changed.

Two whole ones are kept, with their deltas: if the newer is damaged the older is loaded,
and the log replayed from there.
"""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from streams.checkpoint.files import Files, Whole
from streams.checkpoint.image import Image, changes, parts_of
from streams.checkpoint.record import MetaValue, Section
from streams.disk import Disk, LocalDisk
from streams.errors import CheckpointError


def save(
    folder: Path,
    sections: Mapping[str, Section],
    *,
    meta: Mapping[str, MetaValue],
    generation: int = 0,
    keep: int = 2,
    disk: Disk | None = None,
) -> Path:
    """Write a whole checkpoint; afterwards it is on the disk, or the folder as before.

    Parameters
    ----------
    folder : Path
        Made if it is not there. One process saves into it at a time.
    sections : Mapping of str to bytes or Mapping of str to ndarray
        What to keep. Arrays may have any type but object.
    meta : Mapping
        JSON values that say what it is a checkpoint of: hash of the model, position.
    generation : int
        Of the owner, >= 0: higher than that of every owner before.
    keep : int
        How many whole ones to keep, this one included, >= 2.
    disk : Disk or None
        Where; None: this machine.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CheckpointError
        If an array holds Python objects, or an option is out of its range.
    CheckpointFencedError
        If an owner of a higher generation has saved there.
    CheckpointWriteError
        If the disk is full or fails.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from streams.checkpoint import load
    >>> with tempfile.TemporaryDirectory() as name:
    ...     path = save(Path(name), {"s": {"x": np.arange(3)}}, meta={"model": "m"})
    ...     load(Path(name)).arrays("s")["x"].tolist()
    [0, 1, 2]
    """
    files = Files(folder, generation=generation, keep=keep, disk=disk or LocalDisk())
    parts = parts_of(sections)
    with files.writing():
        return files.save_whole(dict(meta), list(sections), parts).path


class CheckpointWriter:
    """Saves one folder again and again: a short pause, then only what changed.

    `begin` copies everything, which is all that the owner of the arrays has to wait
    for; `commit` writes the copy, and `start` has it written by a thread of its own. It
    holds two copies of what is saved, and on the disk a file to write over. The first
    save is a whole one, since nothing is known of what lies there.

    Parameters
    ----------
    folder : Path
        Made if it is not there. One process saves into it at a time.
    generation : int
        Of the owner, >= 0: higher than that of every owner before.
    keep : int
        How many whole ones to keep, each with its deltas, >= 2.
    disk : Disk or None
        Where; None: this machine.

    Raises
    ------
    CheckpointError
        If an option is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from streams.checkpoint import load
    >>> x = np.arange(100_000)
    >>> with tempfile.TemporaryDirectory() as name:
    ...     with CheckpointWriter(Path(name)) as writer:
    ...         for x[7] in (1, 2):
    ...             writer.begin({"s": {"x": x}}, {"model": "m"})
    ...             writer.commit().name
    ...     int(load(Path(name)).arrays("s")["x"][7])
    'checkpoint-000000000001.ckpt'
    'checkpoint-000000000001.delta'
    2
    """

    def __init__(
        self,
        folder: Path,
        *,
        generation: int = 0,
        keep: int = 2,
        disk: Disk | None = None,
    ) -> None:
        self._files = Files(
            folder,
            generation=generation,
            keep=keep,
            disk=disk or LocalDisk(),
            reuse=True,
        )
        self._next = Image()
        self._saved = Image()
        self._whole: Whole | None = None
        self._begun = False
        self._thread: ThreadPoolExecutor | None = None
        self._flight: Future[Path] | None = None

    @property
    def busy(self) -> bool:
        """Whether a write that was started goes on, so that `begin` would wait."""
        return self._flight is not None and not self._flight.done()

    def begin(
        self, sections: Mapping[str, Section], meta: Mapping[str, MetaValue]
    ) -> None:
        """Copy what is to be saved; afterwards the arrays may change.

        Waits for a write that goes on, and raises what it raised.

        Parameters
        ----------
        sections : Mapping of str to bytes or Mapping of str to ndarray
            What to keep. Arrays may have any type but object.
        meta : Mapping
            JSON values that say what it is a checkpoint of.

        Raises
        ------
        CheckpointError
            If an array holds Python objects.
        CheckpointWriteError, CheckpointFencedError
            Of the write before.
        """
        self.wait()
        self._begun = False
        self._next.take(sections, meta)
        self._begun = True

    def commit(self) -> Path:
        """Write what was begun; afterwards it is on the disk.

        Returns
        -------
        Path
            The file it lies in.

        Raises
        ------
        CheckpointError
            If nothing was begun.
        CheckpointFencedError
            If an owner of a higher generation has saved there.
        CheckpointWriteError
            If the disk is full or fails; what was saved before is intact.
        """
        self.wait()
        return self._write()

    def start(self) -> None:
        """Write what was begun in a thread; `wait` says how it ended.

        Raises
        ------
        CheckpointError
            If nothing was begun.
        """
        self.wait()
        self._check_begun()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._flight = self._thread.submit(self._write)

    def wait(self) -> Path | None:
        """Wait for a write that was started.

        Returns
        -------
        Path or None
            The file; None if none was started since the last call.

        Raises
        ------
        CheckpointWriteError, CheckpointFencedError
            As `commit`.
        """
        flight, self._flight = self._flight, None
        return None if flight is None else flight.result()

    def close(self) -> None:
        """Wait for a write that was started, end its thread, remove its spare file."""
        try:
            self.wait()
        finally:
            self._files.remove_spare()
            if self._thread is not None:
                self._thread.shutdown()
                self._thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check_begun(self) -> None:
        if not self._begun:
            raise CheckpointError("nothing was begun: `begin` comes before a write")

    def _write(self) -> Path:
        self._check_begun()
        self._begun = False
        image, whole = self._next, self._whole
        # Until it is done nothing is known of the end of the file of deltas.
        self._whole = None
        with self._files.writing():
            path = None
            if whole is not None:
                path = self._files.save_delta(whole, image, changes(image, self._saved))
            if path is None:
                parts = list(image.parts.values())
                whole = self._files.save_whole(image.meta, image.sections, parts)
                path = whole.path
        self._whole = whole
        self._next, self._saved = self._saved, image
        self._next.reserve(image)
        return path
