"""What can go wrong between the bytes outside and the batches inside.

::

    StreamError
    ├── InputError (ValueError)         what the user gave cannot be used
    │   ├── RecordError                 a record batch whose parts do not fit
    │   ├── EnvelopeError               an attribute of an event is not usable
    │   ├── EncodeError                 an event that could not be read again
    │   ├── IngestOptionsError          a bound or a lateness below what makes sense
    │   ├── MappingError                a mapping file, or a table it does not fit
    │   ├── TableError                  a table that cannot be read
    │   ├── PositionError               an offset or partition that is not there
    │   ├── SourceFileError             a file that is no NDJSON, Parquet or Arrow
    │   ├── KafkaConfigurationError     an address or a property that is not usable
    │   └── CheckpointMismatchError     a checkpoint of something else
    ├── LogError
    │   ├── LogCorruptError             bytes inside the log are not what was written
    │   ├── LogLockedError              somebody else writes this log
    │   └── LogWriteError               an append failed; the log is as before
    ├── CheckpointError
    │   ├── CheckpointCorruptError      no checkpoint in the folder is whole
    │   └── CheckpointWriteError        a save failed; the previous one is intact
    └── KafkaError
        ├── BrokerUnreachableError      no broker answered in time
        ├── TopicNotFoundError          the broker has no such topic
        └── DeliveryError               the broker did not acknowledge a record
"""

from collections.abc import Sequence
from pathlib import Path


class StreamError(Exception):
    """Any failure of this package."""


class InputError(StreamError, ValueError):
    """What the user gave cannot be used."""


class RecordError(InputError):
    """The parts of a record batch do not fit together."""


class EnvelopeError(InputError):
    """An attribute of an event cannot be used, or what it says of the data."""


class EncodeError(InputError):
    """An event cannot be written so that it could be read again."""


class IngestOptionsError(InputError):
    """A bound or a lateness of the intake is below what makes sense."""


class MappingError(InputError):
    """A mapping file is wrong, or does not fit a table: everything, not the first.

    Parameters
    ----------
    path : Path
        The mapping file.
    problems : Sequence of str
        What is wrong, each with its place, the value and what is allowed.
    """

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))


class TableError(InputError):
    """A table cannot be read at all, or has no rows under its header."""


class PositionError(InputError):
    """An offset or a partition is not there, or an offset went backwards."""


class SourceFileError(InputError):
    """A file cannot be read as the kind its name promises."""


class KafkaConfigurationError(InputError):
    """A Kafka address or client property cannot be used."""


class CheckpointMismatchError(InputError):
    """A checkpoint belongs to something else, for example another network."""


class LogError(StreamError):
    """A file log cannot be read or written."""


class LogCorruptError(LogError):
    """Bytes inside a log are not the ones that were written."""


class LogLockedError(LogError):
    """Another writer holds the log."""


class LogWriteError(LogError):
    """An append did not reach the disk; what was there before is intact."""


class CheckpointError(StreamError):
    """A checkpoint cannot be saved or loaded."""


class CheckpointCorruptError(CheckpointError):
    """No checkpoint in a folder is whole."""


class CheckpointWriteError(CheckpointError):
    """A checkpoint did not reach the disk; the previous one is intact."""


class KafkaError(StreamError):
    """Talking to Kafka failed."""


class BrokerUnreachableError(KafkaError):
    """No broker answered in time."""


class TopicNotFoundError(KafkaError):
    """The broker has no such topic."""


class DeliveryError(KafkaError):
    """The broker did not acknowledge a record."""
