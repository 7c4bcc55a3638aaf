"""Where the state of shards is kept, and who may write it.

::

    STORE/layout.json                       topics, number of partitions, network
    STORE/shard-0003/g000000000012/         what the 12th owner of shard 3 saved
        owner                               made when it took over
        checkpoint-000000000345.ckpt
        deadletters/

Every owner has a folder of its own, with a number (its *epoch*) above those before. So
nobody overwrites what another one saved, the newest folder with a checkpoint in it is
where to go on, and an owner who finds a newer folder beside his own knows that he was
replaced. A folder on a disk of its own or on a mounted object store will do: all it has
to keep is that a file is made by one of two who try.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from streams import checkpoint
from streams.checkpoint import Checkpoint, MetaValue, Section
from streams.errors import CheckpointCorruptError
from twin.errors import FencedError, OptionError

_EPOCH = re.compile(r"g(\d{12})")
_SHARD = re.compile(r"shard-(\d{4,})")
_KEPT = 2  # epochs with checkpoints: the one in use and the one before
LETTERS = "deadletters"


class Layout(msgspec.Struct, frozen=True):
    """What the shards of a store are shards of.

    Attributes
    ----------
    topics : tuple of str
        Sorted.
    n_partitions : int
        Of each topic, and so the number of shards.
    network_hash : str
        The network the states belong to.
    """

    topics: tuple[str, ...]
    n_partitions: int
    network_hash: str


@dataclass(frozen=True, slots=True)
class ShardStore:
    """The folder of one shard.

    Attributes
    ----------
    folder : Path
        Made when somebody takes over the shard.
    """

    folder: Path

    def epochs(self) -> list[int]:
        """Return the epochs of all owners that left something, the newest first."""
        if not self.folder.is_dir():
            return []
        found = (_EPOCH.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def place(self, epoch: int) -> Path:
        """Return the folder of an owner."""
        return self.folder / f"g{epoch:012d}"

    def next_epoch(self, generation: int) -> int:
        """Return the epoch of an owner who takes over now.

        Parameters
        ----------
        generation : int
            Of the group, which usually grows with every change of owners; a group that
            was made anew counts from one again, a store does not.
        """
        return max([generation, *(epoch + 1 for epoch in self.epochs()[:1])])

    def claim(self, epoch: int) -> None:
        """Take over the shard; who owned it before can save no more.

        Parameters
        ----------
        epoch : int
            What `next_epoch` gave *before* the group confirmed the membership: a member
            that was replaced meanwhile finds its epoch taken.

        Raises
        ------
        FencedError
            If somebody else has this epoch, or a later one.
        """
        place = self.place(epoch)
        place.mkdir(parents=True, exist_ok=True)
        try:
            (place / "owner").touch(exist_ok=False)
        except FileExistsError as error:
            msg = f"{self.folder.name}: epoch {epoch} is somebody else's already"
            raise FencedError(msg) from error
        self.check(epoch)

    def check(self, epoch: int) -> None:
        """Refuse an owner who was replaced.

        Raises
        ------
        FencedError
            If there is a newer owner.
        """
        newest = self.epochs()[0]
        if newest > epoch:
            msg = (
                f"{self.folder.name}: owner {epoch} was replaced by {newest} and must "
                f"not save"
            )
            raise FencedError(msg)

    def save(
        self,
        sections: Mapping[str, Section],
        *,
        meta: Mapping[str, MetaValue],
        epoch: int,
    ) -> Path:
        """Save a checkpoint as the owner of an epoch.

        Raises
        ------
        FencedError
            If there is a newer owner; nothing was written.
        CheckpointWriteError
            If the disk is full or fails.
        """
        self.check(epoch)
        path = checkpoint.save(self.place(epoch), sections, meta=meta)
        self._forget(epoch)
        return path

    def _forget(self, epoch: int) -> None:
        """Remove what owners left who are older than the one before."""
        earlier = [one for one in self.epochs() if one < epoch]
        saved = [one for one in earlier if any(self.place(one).glob("*.ckpt"))]
        for one in saved[_KEPT - 1 :]:
            for path in self.place(one).glob("checkpoint-*"):
                path.unlink(missing_ok=True)
            # Dead letters stay for somebody to look at.
            if not (self.place(one) / LETTERS).is_dir():
                shutil.rmtree(self.place(one), ignore_errors=True)

    def load(self) -> Checkpoint | None:
        """Load the newest whole checkpoint of the newest owner that has one.

        Returns
        -------
        Checkpoint or None
            None if nothing was saved yet.

        Raises
        ------
        CheckpointCorruptError
            If there are checkpoints and none is whole.
        """
        damaged: CheckpointCorruptError | None = None
        for epoch in self.epochs():
            try:
                saved = checkpoint.load(self.place(epoch))
            except CheckpointCorruptError as error:
                damaged = error
                continue
            if saved is not None:
                return saved
        if damaged is not None:
            raise damaged
        return None


@dataclass(frozen=True, slots=True)
class LiveStore:
    """The states of all shards.

    Attributes
    ----------
    folder : Path
        The same for all workers: on one machine, or mounted by all.
    """

    folder: Path

    def shard(self, number: int) -> ShardStore:
        """Return the store of one shard."""
        return ShardStore(self.folder / f"shard-{number:04d}")

    def numbers(self) -> list[int]:
        """Return the numbers of the shards that are there, sorted."""
        found = (_SHARD.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    @property
    def _layout_file(self) -> Path:
        return self.folder / "layout.json"

    def is_there(self) -> bool:
        """Tell whether the folder is a store of shards."""
        return self._layout_file.is_file()

    def layout(self) -> Layout:
        """Return what was told to `settle`.

        Raises
        ------
        OptionError
            If the folder is no store.
        """
        try:
            return msgspec.json.decode(self._layout_file.read_bytes(), type=Layout)
        except (OSError, msgspec.DecodeError) as error:
            msg = f"store {str(self.folder)!r}: has no readable layout.json: {error}"
            raise OptionError(msg) from error

    def settle(self, layout: Layout) -> None:
        """Make the store, or refuse one of something else.

        Parameters
        ----------
        layout : Layout
            What the worker that starts will fold. Topics may be added to a store.

        Raises
        ------
        OptionError
            If the store is of another number of partitions, another network, or of
            topics that are missing now.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.is_there():
            kept = self.layout()
            self._compare(kept, layout)
            if kept.topics == layout.topics:
                return
        # Workers that start together write the same, each to a file of its own.
        with NamedTemporaryFile(
            dir=self.folder, prefix="layout.", suffix=".tmp", delete=False
        ) as file:
            file.write(msgspec.json.encode(layout))
        temporary = Path(file.name)
        temporary.chmod(0o644)  # other workers read it, as other users too
        temporary.replace(self._layout_file)

    def _compare(self, kept: Layout, now: Layout) -> None:
        where = f"store {str(self.folder)!r}"
        if kept.n_partitions != now.n_partitions:
            msg = (
                f"{where}: is of {kept.n_partitions} partitions, the topics "
                f"{', '.join(now.topics)} have {now.n_partitions} now: sites have "
                f"moved between partitions; begin with a new store and group, or go "
                f"back to {kept.n_partitions}"
            )
            raise OptionError(msg)
        if kept.network_hash != now.network_hash:
            msg = (
                f"{where}: is of the network {kept.network_hash}, the network given is "
                f"{now.network_hash}; each needs a store of its own"
            )
            raise OptionError(msg)
        missing = sorted(set(kept.topics) - set(now.topics))
        if missing:
            msg = (
                f"{where}: is of the topics {', '.join(kept.topics)}; {missing[0]!r} "
                f"is not among those given"
            )
            raise OptionError(msg)
