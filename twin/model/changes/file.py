"""Change files as they are read: TOML with a name and entries by kind."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import ChangeError, Problem
from twin.model.changes.kinds import HEADER, KINDS
from twin.model.read import suggestion

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeFile:
    """One branch of a what-if, not yet checked against a network.

    Attributes
    ----------
    name : str
        What the branch is called; the name of the file if it says none.
    description : str
        One sentence; may be "".
    file : str
        Its name in messages.
    entries : mapping of str to tuple of mappings
        By kind.
    """

    name: str
    description: str
    file: str
    entries: Mapping[str, tuple[Entry, ...]]


def load_changes(path: Path | str) -> ChangeFile:
    """Read a change file.

    Parameters
    ----------
    path : Path or str
        A TOML file.

    Returns
    -------
    ChangeFile
        With at least one entry.

    Raises
    ------
    ChangeError
        With every kind that there is not, or whatever keeps the file from being read.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = Problem(path.name, None, None, str(error), "a TOML file in UTF-8")
        raise ChangeError(str(path), (problem,)) from error
    return changes_of(content, file=path.name)


def changes_of(content: Mapping[str, Any], *, file: str = "change") -> ChangeFile:
    """Take changes from memory.

    Parameters
    ----------
    content : mapping
        As in a file.
    file : str
        What to call it in messages; without its suffix the name of the branch, if
        `content` has none.

    Returns
    -------
    ChangeFile
        With at least one entry.

    Raises
    ------
    ChangeError
        With every kind that there is not.

    Examples
    --------
    >>> found = changes_of({"machine_speed": [{"machine": "M7", "factor": 1.2}]})
    >>> found.name, len(found.entries["machine_speed"])
    ('change', 1)
    """
    problems = _problems(content, file)
    if problems:
        raise ChangeError(file, tuple(problems))
    return ChangeFile(
        name=str(content.get("name") or Path(file).stem),
        description=str(content.get("description", "")),
        file=file,
        entries={kind: tuple(content[kind]) for kind in KINDS if content.get(kind)},
    )


def _problems(content: Mapping[str, Any], file: str) -> list[Problem]:
    known = (*HEADER, *KINDS)
    found = []
    for name, value in content.items():
        if name not in known:
            allowed = f"{', '.join(known)}{suggestion(name, known)}"
            found.append(Problem(file, None, name, name, allowed))
        elif name in HEADER and not isinstance(value, str):
            found.append(Problem(file, None, name, repr(value), "text"))
        elif name in KINDS and not _is_entries(value):
            found.append(Problem(file, None, name, str(value), f"[[{name}]] entries"))
    if not found and not any(content.get(kind) for kind in KINDS):
        allowed = f"at least one entry of {', '.join(f'[[{k}]]' for k in KINDS)}"
        found.append(Problem(file, None, None, None, allowed))
    return found


def _is_entries(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)
