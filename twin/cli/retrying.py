"""Dead letters tried again: what can be used by now, and what was done already."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from twin.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.deadletters import DeadLetter
    from streams.foreign import Schemas
    from streams.mapping import Mapping
    from streams.records import RecordBatch

MENDED = "mended"
"""The reason of an event that came late or from the future, once it is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How the bytes of letters are read.

    Attributes
    ----------
    mapping : Mapping or None
        Of foreign records.
    schemas : Schemas or None
        Where it looks schemas up.
    is_epcis : bool
        Whether they are EPCIS.
    """

    mapping: "Mapping | None" = None
    schemas: "Schemas | None" = None
    is_epcis: bool = False

    def record_for(self, letter: "DeadLetter") -> "RecordBatch | None":
        """Return a letter as one record that can be used by now, or None.

        What was set aside because it came late, or from the future, would be so again;
        what stands in for it is an event.
        """
        from streams.codec.decoded import REASONS

        if letter.table is not None or was_untimely(letter):
            return None
        if letter.reason in {*REASONS, MENDED}:
            record = record_of(letter)
            return record if _is_usable(letter, record) else None
        if self.mapping is not None:
            return self._mapped(letter)
        return self._of_epcis(letter) if self.is_epcis else None

    def _mapped(self, letter: "DeadLetter") -> "RecordBatch | None":
        from streams.mapping import topic_of, topic_readers

        assert self.mapping is not None, "asked for only with a map"
        name = letter.partition
        readers = topic_readers(self.mapping, [name], self.schemas)
        made = readers[name].read(record_of(letter), topic_of(name))
        if made.rejected or not made.n_events:
            return None
        (value,) = made.values
        record = made_of(letter, value)
        return record if _is_usable(letter, record) else None

    def _of_epcis(self, letter: "DeadLetter") -> "RecordBatch | None":
        from streams.epcis import read_epcis
        from streams.epcis.options import EpcisOptions
        from streams.epcis.source import EVENTS_MAX

        first = letter.offset * EVENTS_MAX
        found = read_epcis(letter.raw, EpcisOptions(), first_sequence=first)
        if found.refused or not found.events:
            return None
        value = b"[" + b",".join(one.encode() for one in found.events) + b"]"
        return made_of(letter, value)


def made_of(letter: "DeadLetter", value: bytes) -> "RecordBatch":
    """Return the events that were made of a letter, as one record."""
    made = msgspec.structs.replace(letter, raw=value, headers=None)
    return record_of(made)


def record_of(letter: "DeadLetter") -> "RecordBatch":
    """Return a letter as the record it was."""
    from streams.records import RecordBatch

    return RecordBatch.of(
        letter.partition,
        [letter.raw],
        first_offset=letter.offset,
        timestamps_us=[letter.record_us],
        keys=None if letter.key is None else [letter.key],
        # An event that was cut out of a record stands for itself.
        headers=None
        if letter.headers is None or letter.row is not None
        else [letter.headers],
    )


def _is_usable(letter: "DeadLetter", record: "RecordBatch") -> bool:
    """Tell whether a record can be decoded: all of it, or the event that could not."""
    from streams.codec import decode
    from streams.names import Names

    decoded = decode(record, Names())
    if letter.row is None:
        return len(decoded.events) > 0 and not decoded.rejected
    still = any(one.row in {None, letter.row} for one in decoded.rejected)
    return len(decoded.events) > 0 and not still


def was_untimely(letter: "DeadLetter") -> bool:
    """Tell whether a letter is a whole event that came late, or from the future."""
    from streams.ingest.rejecting import FUTURE_REASON, LATE_REASON

    return letter.reason in {LATE_REASON, FUTURE_REASON}


def edited(letter: "DeadLetter", content: bytes) -> "DeadLetter":
    """Return a letter with the bytes that somebody has mended.

    Raises
    ------
    OptionError
        If they are those it had, or none.
    """
    content = content.rstrip(b"\r\n") if not letter.raw.endswith(b"\n") else content
    if not content or content == letter.raw:
        what = "is empty" if not content else "has the bytes that could not be used"
        msg = f"--from: the file {what}; mend what the detail says: {letter.detail}"
        raise OptionError(msg)
    replace = msgspec.structs.replace
    if was_untimely(letter):
        # Headers may say its id or its time, which is what is mended.
        return replace(letter, raw=content, row=None, headers=None, reason=MENDED)
    # A value that was cut out of a record stands alone from here on.
    headers = letter.headers if letter.row is None else None
    return replace(letter, raw=content, row=None, headers=headers)


def check_ids(
    letter: "DeadLetter", letters: "Sequence[DeadLetter]", record: "RecordBatch"
) -> None:
    """Refuse what stands in for a late event under its own id: it would be lost.

    Parameters
    ----------
    letter : DeadLetter
        As it is kept.
    letters : sequence of DeadLetter
        All of its folder.
    record : RecordBatch
        What would be appended.

    Raises
    ------
    OptionError
        If the intake would take an event of it for a copy of the late one.
    """
    from streams.codec import decode
    from streams.ingest.late_letters import would_be_dropped
    from streams.names import Names

    if would_be_dropped(letter, letters, decode(record, Names()).events):
        msg = (
            "--from: the event came late, and one of its source and id would be "
            "dropped as a copy of it; give it another id; nothing was appended, and "
            "the letter stays open"
        )
        raise OptionError(msg)
