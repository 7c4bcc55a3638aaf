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
    │   ├── ForeignValueError           a record that is not what its map says
    │   ├── ForeignSchemaError          a schema that is not there or not usable
    │   ├── EpcisError                  a document that holds no event, or a bad one
    │   ├── EpcisOptionsError           an option of EPCIS that makes no sense
    │   ├── PositionError               an offset or partition that is not there
    │   ├── SourceFileError             a file that is no NDJSON, Parquet or Arrow
    │   ├── KafkaConfigurationError     an address or a property that is not usable
    │   ├── CoPartitionError            topics of one state with unlike partitions
    │   └── CheckpointMismatchError     a checkpoint of something else
    ├── LogError
    │   ├── LogCorruptError             bytes inside the log are not what was written
    │   ├── LogLockedError              somebody else writes this log
    │   └── LogWriteError               an append failed; the log is as before
    ├── CheckpointError
    │   ├── CheckpointCorruptError      no checkpoint in the folder is whole
    │   ├── CheckpointFencedError       another owner took over the folder
    │   └── CheckpointWriteError        a save failed; the previous one is intact
    ├── RegistryError                   a schema registry is silent or refuses
    └── KafkaError
        ├── BrokerUnreachableError      no broker answered in time
        ├── TopicNotFoundError          the broker has no such topic
        ├── LaneUnavailableError        the fetch lane cannot read from this broker
        ├── RecordsCorruptError         record batches are not what was written
        ├── PartitionStalledError       records that are there do not arrive
        └── DeliveryError               the broker did not acknowledge a record
"""

from collections.abc import Mapping, Sequence
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


class ForeignValueError(InputError):
    """A record is not of the format that its map says.

    Parameters
    ----------
    reason : str
        In the same few words for all of its kind, to be counted by.
    detail : str
        What exactly, with the value and what is allowed.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class ForeignSchemaError(InputError):
    """A schema of foreign records is not there, or is none of its kind."""


class EpcisError(InputError):
    """A document holds no EPCIS event, or an event is not what EPCIS 2.0 says.

    Parameters
    ----------
    reason : str
        In the same few words for all of its kind, to be counted by.
    detail : str
        What exactly, with the value and what is allowed.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class EpcisOptionsError(InputError):
    """An option of a reader or writer of EPCIS makes no sense."""


class PositionError(InputError):
    """An offset or a partition is not there, or an offset went backwards."""


class SourceFileError(InputError):
    """A file cannot be read as the kind its name promises."""


class KafkaConfigurationError(InputError):
    """A Kafka address or client property cannot be used."""


class CoPartitionError(InputError):
    """Topics of one state differ in their number of partitions.

    Parameters
    ----------
    counts : Mapping of str to int
        Number of partitions by topic.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = dict(counts)
        told = ", ".join(f"{name} has {n}" for name, n in self.counts.items())
        super().__init__(
            f"topics of one state must have the same number of partitions, keyed by "
            f"site: {told}; give them as many, or re-key them (--rekey)"
        )


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


class CheckpointFencedError(CheckpointError):
    """A later owner saves into the folder; this one must stop."""


class CheckpointWriteError(CheckpointError):
    """A checkpoint did not reach the disk; the previous one is intact."""


class RegistryError(StreamError):
    """A schema registry does not answer, or refuses to."""


class KafkaError(StreamError):
    """Talking to Kafka failed."""


class BrokerUnreachableError(KafkaError):
    """No broker answered in time."""


class TopicNotFoundError(KafkaError):
    """The broker has no such topic."""


class LaneUnavailableError(KafkaError):
    """The fetch lane cannot read from a broker; the other transports may."""


class RecordsCorruptError(KafkaError):
    """Record batches that a broker sent are not what was written."""


class PartitionStalledError(KafkaError):
    """A partition has records that do not arrive, though its broker answers."""


class DeliveryError(KafkaError):
    """The broker did not acknowledge a record."""
