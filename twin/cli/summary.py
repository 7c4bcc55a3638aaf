"""What a replay ends with: position, counts, state hash, coverage."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from twin.cli.console import Console, time_text

if TYPE_CHECKING:
    import polars as pl

    from streams.codec import DecoderCounters
    from streams.ingest import Counters
    from twin.cli.replaying import Run
    from twin.state.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything a replay says of itself.

    Attributes
    ----------
    position : dict of str to int
        Next offset of each partition.
    time_us : int or None
        Time of the last event folded, microseconds UTC; None without events.
    counters : Counters
        What became of the records.
    counts : dict of str to int
        Events folded by type, without types that did not come.
    n_skipped : int
        Events before the `as_of` of the network.
    n_corrections : int
        Events applied although a later one was before them.
    coverage, contradictions : polars.DataFrame
        Ids the network does not know; events that did not fit, by kind.
    state_hash, network_hash : str
        32 hexadecimal digits each.
    decoded : DecoderCounters
        How the records were decoded, in this replay.
    refused : dict of str to int
        What a map could not use in this replay, by reason.
    transport, transport_reason : str or None
        How Kafka's records came, and why so.
    n_records : int
        Read in this replay.
    seconds : float
        How long that took.
    watermark_us : int or None
        Events before this time are complete, microseconds UTC; None before the first.
    n_waiting, n_names, n_checkpoints : int
        Events behind the watermark's back; names held; checkpoints saved.
    """

    position: dict[str, int]
    time_us: int | None
    counters: "Counters"
    counts: dict[str, int]
    n_skipped: int
    n_corrections: int
    coverage: "pl.DataFrame"
    contradictions: "pl.DataFrame"
    state_hash: str
    network_hash: str
    decoded: "DecoderCounters"
    refused: dict[str, int]
    transport: str | None
    transport_reason: str | None
    n_records: int
    seconds: float
    watermark_us: int | None
    n_waiting: int
    n_names: int
    n_checkpoints: int

    @classmethod
    def of(cls, run: "Run", state: "State") -> Self:
        """Gather it from a replay and the provisional state of its twin."""
        from streams.batch import NO_TIME
        from streams.events import TYPE_CODES
        from twin.state import tables, views

        twin, clock = run.twin, state.tables.clock
        counts = zip(TYPE_CODES, state.tables.type_counts.tolist(), strict=True)
        last_us = int(clock[tables.LAST_US])
        return cls(
            position=twin.position.to_json(),
            time_us=None if last_us == NO_TIME else last_us,
            counters=twin.counters,
            counts={name: count for name, count in counts if count},
            n_skipped=int(clock[tables.N_SKIPPED]),
            n_corrections=int(clock[tables.N_CORRECTIONS]),
            coverage=views.coverage(state),
            contradictions=views.contradictions(state),
            state_hash=state.digest(),
            network_hash=state.model_hash,
            decoded=twin.decoded,
            refused=dict(run.refused),
            transport=run.opened.transport,
            transport_reason=run.opened.transport_reason,
            n_records=twin.counters.read - run.n_start,
            seconds=run.seconds,
            watermark_us=run.watermark_us,
            n_waiting=twin.waiting,
            n_names=len(twin.names),
            n_checkpoints=0 if run.saver is None else run.saver.n_saved,
        )

    @property
    def reasons(self) -> dict[str, int]:
        """Dead letters by reason, those of a map among them."""
        counts = Counter(self.counters.reasons)
        counts.update(self.refused)
        return dict(sorted(counts.items()))

    @property
    def n_dead_letters(self) -> int:
        """Everything that could not be used."""
        return self.counters.rejected + sum(self.refused.values())

    @property
    def rate_per_s(self) -> float:
        """Records a second."""
        return self.n_records / max(self.seconds, 1e-9)

    def to_json(self) -> dict[str, Any]:
        """Return the result for programs."""
        rows = self.contradictions.select("contradiction", "count").iter_rows()
        return {
            "position": self.position,
            "time": _text(self.time_us),
            "counts": self.counts,
            "records": {
                "read": self.counters.read,
                "duplicates": self.counters.duplicates,
                "late": self.counters.late,
                "dead_letters": self.n_dead_letters,
                "reasons": self.reasons,
                "waiting": self.n_waiting,
            },
            "reading": {
                "transport": self.transport,
                "transport_reason": self.transport_reason,
                "records": self.n_records,
                "seconds": self.seconds,
                "rate_per_s": self.rate_per_s,
            },
            "decoded": asdict(self.decoded),
            "watermark": _text(self.watermark_us),
            "names": self.n_names,
            "checkpoints": self.n_checkpoints,
            "skipped_before_as_of": self.n_skipped,
            "corrections": self.n_corrections,
            "contradictions": dict(rows),
            "coverage": self.coverage.to_dicts(),
            "network_hash": self.network_hash,
            "state_hash": self.state_hash,
        }

    def show(self, console: Console) -> None:
        """Print it."""
        import polars as pl

        counts = {"type": list(self.counts), "events": list(self.counts.values())}
        schema = {"type": pl.String, "events": pl.Int64}
        title = "Events folded" if self.counts else "No event was folded"
        console.table(pl.DataFrame(counts, schema), title=title, rows_max=0)
        if len(self.contradictions):
            console.table(self.contradictions, title="Contradictions", rows_max=0)
        if len(self.coverage):
            title = "Coverage: ids the network does not know"
            console.table(self.coverage, title=title, rows_max=0)
        else:
            console.say("coverage: the network knows every id")
        for line in self._lines():
            console.say(line)

    def _lines(self) -> list[str]:
        counters = self.counters
        reasons = ", ".join(f"{n} {why}" for why, n in self.reasons.items())
        places = ", ".join(f"{name}: {n}" for name, n in self.position.items())
        skipped = f"skipped       {self.n_skipped} events before as_of"
        return [
            f"records       {counters.read} read, {counters.duplicates} duplicates",
            self._reading_line(),
            f"dead letters  {self.n_dead_letters}{f' ({reasons})' if reasons else ''}",
            f"order         {self._late_text()}",
            *([skipped] if self.n_skipped else []),
            f"position      {places}",
            f"time          {_text(self.time_us) or '-'}",
            f"watermark     {_text(self.watermark_us) or '-'}",
            f"state_hash    {self.state_hash}",
        ]

    def _late_text(self) -> str:
        """Say what became of events that came behind the watermark."""
        from streams.ingest.rejecting import LATE_REASON

        n_late = self.counters.late
        n_letters = self.counters.reasons.get(LATE_REASON, 0)
        fate = f": {n_late - n_letters} taken all the same, {n_letters} dead letters"
        return (
            f"{n_late} late{fate if n_late else ''}; "
            f"{self.n_corrections} applied behind a later one"
        )

    def _reading_line(self) -> str:
        """How the records came, and how they were decoded."""
        decoded = self.decoded
        by = "" if self.transport is None else f"by {self.transport}, "
        switched = ", layouts switched off" if decoded.switched_off else ""
        return (
            f"reading       {by}{self.rate_per_s:,.0f} records a second; "
            f"{decoded.by_layout} by layout, {decoded.exactly} exactly, "
            f"{decoded.differences} differences{switched}"
        )


def _text(time_us: int | None) -> str | None:
    return None if time_us is None else time_text(time_us)
