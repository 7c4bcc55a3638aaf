"""Named branches in a folder: where they begin, what they change, how they are played.

A branch is kept as what it is made of, a few hundred bytes: the place in a log and the
hash of the state there, and the text of its change files. Nothing is copied; whoever
plays it reads the log again, and finds by the hash whether that is still the same.
"""

import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from twin.errors import OptionError
from twin.model.changes import ChangeFile
from twin.model.changes.file import changes_of

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SUFFIX = ".json"


class ChangeText(msgspec.Struct, frozen=True, kw_only=True):
    """A change file: its name in messages, and its text."""

    file: str
    text: str


class StoredBranch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A branch of a log, or of the tables of a network.

    Attributes
    ----------
    name, description : str
        What the reader sees.
    network, network_hash : str
        Folder of the network, and its hash when the branch was saved.
    changes : tuple of ChangeText
        What is different, applied one after the other.
    log : str or None
        What holds the state that futures begin with; None: the network's own tables.
    at : str or None
        The place in the log: offsets by partition, or a time.
    state_hash : str or None
        Of the state there.
    as_of_us : int
        Time of the start, microseconds UTC.
    policy : str
        Who decides in futures.
    horizon_days, service, quantile : float
        How futures are played, see `twin.whatif.FutureOptions`.
    scenario, overlay : str or None
        Files of what goes wrong in any branch, and of calibrated parameters.
    """

    name: str
    network: str
    network_hash: str
    changes: tuple[ChangeText, ...]
    as_of_us: int
    description: str = ""
    log: str | None = None
    at: str | None = None
    state_hash: str | None = None
    policy: str = "table"
    horizon_days: float = 28.0
    service: float = 0.9
    quantile: float = 0.6
    scenario: str | None = None
    overlay: str | None = None

    @property
    def base(self) -> tuple[object, ...]:
        """What two branches must share to be compared: all but name and changes."""
        return (
            self.network_hash, self.state_hash, self.as_of_us, self.policy,
            self.horizon_days, self.service, self.quantile, self.scenario, self.overlay,
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """Hash of where it begins and of what it changes, 16 digits.

        References
        ----------
        Aumasson, Neves, Wilcox-O'Hearn, Winnerlein (2013), BLAKE2.
        """
        told = (self.name, self.base, [one.text for one in self.changes])
        return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()

    @property
    def texts(self) -> list[dict[str, str]]:
        """Change files as rows ``file, text``, in order: two may share a name."""
        return [{"file": one.file, "text": one.text} for one in self.changes]

    def change_file(self) -> ChangeFile:
        """Return all changes as those of one file.

        Raises
        ------
        ChangeError
            If a text is no change file.
        """
        files = [
            changes_of(tomllib.loads(one.text), file=one.file) for one in self.changes
        ]
        return joined_files(self.name, self.description, files)


def joined_files(
    name: str, description: str, files: Sequence[ChangeFile]
) -> ChangeFile:
    """Put change files together, entries of a kind in the order of the files."""
    kinds = {kind: None for one in files for kind in one.entries}
    return ChangeFile(
        name=name,
        description=description or " ".join(one.description for one in files).strip(),
        file=", ".join(one.file for one in files),
        entries={
            kind: tuple(entry for one in files for entry in one.entries.get(kind, ()))
            for kind in kinds
        },
    )


class BranchStore:
    """A folder of branches, a file each.

    Parameters
    ----------
    folder : Path
        Made with the first branch.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return the names of all branches, sorted."""
        return sorted(path.stem for path in self._folder.glob(f"*{SUFFIX}"))

    def load(self, name: str) -> StoredBranch:
        """Read a branch.

        Raises
        ------
        OptionError
            If there is none of this name, or it cannot be read.
        """
        path = self._path(name)
        if not path.is_file():
            known = ", ".join(self.names()) or "none"
            msg = f"branch {name!r}: must be one of those in {self._folder}: {known}"
            raise OptionError(msg)
        try:
            return msgspec.json.decode(path.read_bytes(), type=StoredBranch)
        except msgspec.MsgspecError as error:
            msg = f"{path}: is no branch: {error}"
            raise OptionError(msg) from error

    def save(self, branch: StoredBranch, *, replaces: bool = False) -> Path:
        """Write a branch, whole or not at all.

        Parameters
        ----------
        branch : StoredBranch
            Its name is that of the file.
        replaces : bool
            Whether it may take the place of another of its name.

        Returns
        -------
        Path
            What was written.

        Raises
        ------
        OptionError
            If there is one of this name already.
        """
        path = self._path(branch.name)
        if path.exists() and not replaces:
            msg = f"branch {branch.name!r}: is in {self._folder} already; see --replace"
            raise OptionError(msg)
        self._folder.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        content = msgspec.json.format(msgspec.json.encode(branch), indent=2)
        part.write_bytes(content + b"\n")
        part.replace(path)
        return path

    def _path(self, name: str) -> Path:
        if NAME.fullmatch(name) is None:
            msg = (
                f"branch {name!r}: its name must begin with a letter or digit and hold "
                f"at most 64 letters, digits and . _ -"
            )
            raise OptionError(msg)
        return self._folder / f"{name}{SUFFIX}"
