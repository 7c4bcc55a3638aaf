"""Changes to a network for a what-if: files that say what would be different."""

from twin.model.changes.apply import Changed, Release, apply_changes
from twin.model.changes.file import ChangeFile, load_changes

__all__ = ["ChangeFile", "Changed", "Release", "apply_changes", "load_changes"]
