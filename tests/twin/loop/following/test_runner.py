"""A runner reads, saves, sets bad records aside, and goes on."""

import pytest

from streams.codec import encode
from streams.deadletters import DeadLetterLog
from streams.events import StockCounted
from streams.log import LogReader, LogWriter
from twin.clock import ManualClock
from twin.errors import OptionError
from twin.loop.following import DecisionLog, LiveLoop, LiveOptions, Runner
from twin.loop.following.runner import LETTERS, RunnerOptions


class Nothing:
    """Proposes nothing."""

    def respond(self, situation, occasions):
        return None


def run(folder, network, *, source=None, clock=None, until_idle_s=0.0):
    with (
        LogWriter(folder / "decisions") as sink,
        LogReader(folder / "plant") as plant,
    ):
        source = source or plant
        loop = LiveLoop(
            network, source.partitions(), Nothing(), DecisionLog(sink),
            options=LiveOptions(run="r"),
        )  # fmt: skip
        store = folder / "store"
        with Runner(loop, source, store, clock=clock or ManualClock()) as runner:
            with LogReader(folder / "decisions") as kept:
                is_resumed = runner.begin(kept)
            runner.run(lambda: False, until_idle_s=until_idle_s)
        return is_resumed, runner


def test_bad_records_are_set_aside_and_it_goes_on(tmp_path, tea):
    value = encode(
        StockCounted(item="tea", site="hub", quantity=1), event_id="1", source="wms",
        time_us=tea.settings.as_of_us,
    )  # fmt: skip
    with LogWriter(tmp_path / "plant") as log:
        log.append([value, b"{no json"])
    is_resumed, first = run(tmp_path, tea)
    assert (is_resumed, first.n_letters, first.n_checkpoints) == (False, 1, 1)
    with DeadLetterLog(tmp_path / "store" / LETTERS) as letters:
        assert [letter.offset for letter in letters] == [1]
    is_resumed, second = run(tmp_path, tea)
    assert (is_resumed, second.loop.progress.n_records) == (True, 0)
    assert second.loop.position == first.loop.position


class SlowSource:
    """Connects, and then fetches, for long before its records come."""

    def __init__(self, source, clock, *waits_s):
        self._source, self._clock, self._waits_s = source, clock, list(waits_s)

    def __getattr__(self, name):
        return getattr(self._source, name)

    def poll(self, timeout_s, max_records):
        if self._waits_s:
            self._clock.sleep(self._waits_s.pop(0))
            return None
        batch = self._source.poll(0.0, max_records)
        self._clock.sleep(1.0 if batch is None else 0.0)
        return batch


@pytest.mark.parametrize(
    ("waits_s", "told"),
    [
        ((100.0,), (1, 105.0)),
        ((100.0, 40.0), (1, 145.0)),  # the source has a record that was not read
        ((100.0, 30.0, 30.0), (0, 160.0)),  # which never comes
    ],
)
def test_idleness_is_counted_from_the_first_poll_on(tmp_path, tea, waits_s, told):
    value = encode(
        StockCounted(item="tea", site="hub", quantity=1), event_id="1", source="wms",
        time_us=tea.settings.as_of_us,
    )  # fmt: skip
    with LogWriter(tmp_path / "plant") as log:
        log.append([value])
    clock = ManualClock()
    begun_s = clock.monotonic_s()
    with LogReader(tmp_path / "plant") as reader:
        _, runner = run(
            tmp_path, tea, source=SlowSource(reader, clock, *waits_s), clock=clock,
            until_idle_s=5.0,
        )  # fmt: skip
    n_read = runner.loop.progress.n_records
    assert (n_read, clock.monotonic_s() - begun_s) == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_records": 0}, {"checkpoint_s": 0.0}, {"poll_s": -0.1},
        {"poll_s": float("nan")}, {"idle_s": -1.0},
    ],
)  # fmt: skip
def test_wrong_options_are_refused(wrong):
    with pytest.raises(OptionError, match=f"^{next(iter(wrong))} must be"):
        RunnerOptions(**wrong)
