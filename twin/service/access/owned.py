"""Files that only their owner can read, written whole or not at all."""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


def write_owned(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read; a crash leaves the one before.

    Parameters
    ----------
    path : Path
        Its folder is made.
    content : bytes
        All of it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(made, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
