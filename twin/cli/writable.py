"""Folders of what a command writes, made before it begins to work."""

from collections.abc import Collection
from pathlib import Path

from twin.errors import OptionError


def make_folder(option: str, path: Path | None, suffixes: Collection[str] = ()) -> None:
    """Make the folder that a file, or several, will be written to.

    Parameters
    ----------
    option : str
        What an error calls it, such as ``--out``.
    path : Path or None
        A file, or with other suffixes than these, a folder. None makes nothing.
    suffixes : collection of str
        Of files. Empty: it is always a file.

    Raises
    ------
    OptionError
        If nothing can be written there.
    """
    if path is None:
        return
    is_file = not suffixes or path.suffix in suffixes
    try:
        (path.parent if is_file else path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{option} {path} cannot be written: {error}"
        raise OptionError(message) from error
    if is_file and path.is_dir():
        message = f"{option} {path} must be a file, is a folder"
        raise OptionError(message)
