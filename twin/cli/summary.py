"""What a replay ends with: position, counts, state hash, coverage."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twin.cli.console import Console, time_text

if TYPE_CHECKING:
    import polars as pl

    from streams.ingest import Counters
    from twin.replay import Twin
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

    @classmethod
    def of(cls, twin: "Twin", state: "State", *, network_hash: str) -> Self:
        """Gather it from a twin and its provisional state."""
        from streams.batch import NO_TIME
        from streams.events import TYPE_CODES
        from twin.state import tables, views

        clock = state.tables.clock
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
            network_hash=network_hash,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the result for programs."""
        rows = self.contradictions.select("contradiction", "count").iter_rows()
        return {
            "position": self.position,
            "time": None if self.time_us is None else time_text(self.time_us),
            "counts": self.counts,
            "records": {
                "read": self.counters.read,
                "duplicates": self.counters.duplicates,
                "late": self.counters.late,
                "dead_letters": self.counters.rejected,
                "reasons": self.counters.reasons,
            },
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
        reasons = ", ".join(f"{n} {why}" for why, n in sorted(counters.reasons.items()))
        places = ", ".join(f"{name}: {n}" for name, n in self.position.items())
        late = f"{counters.late} late, {self.n_corrections} applied as corrections"
        skipped = f"skipped       {self.n_skipped} events before as_of"
        return [
            f"records       {counters.read} read, {counters.duplicates} duplicates",
            f"dead letters  {counters.rejected}{f' ({reasons})' if reasons else ''}",
            f"order         {late}",
            *([skipped] if self.n_skipped else []),
            f"position      {places}",
            f"time          {'-' if self.time_us is None else time_text(self.time_us)}",
            f"state_hash    {self.state_hash}",
        ]
