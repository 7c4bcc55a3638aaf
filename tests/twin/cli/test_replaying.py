"""Steps of a replay; what comes of the whole is tried in test_replay."""

import os
import signal
import threading
from contextlib import ExitStack

import pytest

from streams.deadletters import DeadLetterLog
from streams.log import LogWriter
from twin.cli.replaying import carry_out, prepare
from twin.cli.requested import Request
from twin.cli.sources import SourceSpec, open_records
from twin.replay import Twin


@pytest.fixture
def prepared(small_log, small_network):
    """Prepare a replay of the small log; what it opened is closed in the end."""
    with ExitStack() as stack:

        def prepare_with(**options):
            spec = SourceSpec(name=str(small_log))
            request = Request(source=spec, network=small_network, **options)
            opened = open_records(spec)
            stack.enter_context(opened.records)
            return prepare(request, opened, stack)

        yield prepare_with


def test_run_counts_lag_and_rate(prepared, silent):
    run = prepared()
    assert run.lag() == {"log/0": 10}
    assert run.watermark_us is None
    carry_out(run, silent)
    assert run.lag() == {"log/0": 0}
    assert run.rate_per_s() > 0
    assert run.seconds > 0
    assert run.watermark_us is not None


def test_checkpoints_are_begun_on_the_way(prepared, silent, tmp_path):
    run = prepared(checkpoint=tmp_path / "saved", every=1)
    carry_out(run, silent)
    assert 2 <= run.saver.n_saved <= 10
    assert not run.saver.writer.busy
    again = prepared(checkpoint=tmp_path / "saved")
    assert again.resumed.to_json() == {"log/0": 10}
    assert again.n_start == 10
    carry_out(again, silent)
    assert again.saver.n_saved <= 1
    assert again.twin.state.digest() == run.twin.state.digest()


def test_letter_has_all_of_its_record(prepared, small_log, silent, tmp_path):
    with LogWriter(small_log) as writer:
        writer.append(
            [b"rubbish"], keys=[b"k"], headers=[{"h": b"1"}], timestamps_us=5_000
        )
    folder = tmp_path / "letters"
    run = prepared(deadletters=folder)
    carry_out(run, silent)
    run.letters.close()
    (letter,) = DeadLetterLog(folder)
    assert (letter.raw, letter.offset, letter.record_us) == (b"rubbish", 10, 5_000)
    assert (letter.key, letter.headers) == (b"k", {"h": b"1"})


@pytest.mark.parametrize("speed", [0.0, 1e12])
def test_batches_may_be_read_ahead_or_not(prepared, silent, speed):
    run = prepared(speed=speed, batch=3)
    carry_out(run, silent)
    assert run.twin.counters.read == 10
    assert run.twin.provisional_state().digest() == _digest(prepared, silent)


def _digest(prepared, silent):
    run = prepared()
    carry_out(run, silent)
    return run.twin.provisional_state().digest()


def test_error_of_what_is_written_leaves_no_thread(prepared, silent, monkeypatch):
    def fail(twin, steps, log):
        next(steps)
        msg = "the disk is full"
        raise OSError(msg)

    monkeypatch.setattr("twin.cli.targets.write_events", fail)
    run = prepared(into="columns", batch=2)
    # The error is held, and all that its traceback points to.
    with pytest.raises(OSError, match="full") as _:
        carry_out(run, silent)
    assert "replay-decode" not in {one.name for one in threading.enumerate()}


@pytest.fixture
def pressed(monkeypatch):
    """Press Ctrl-C in the middle of folding the second batch."""
    fold, calls = Twin.fold, []

    def fold_and_press(twin, decoded):
        calls.append(decoded)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return fold(twin, decoded)

    monkeypatch.setattr(Twin, "fold", fold_and_press)
    return calls


def test_interrupted_replay_is_saved_and_goes_on(prepared, silent, tmp_path, pressed):
    saved = tmp_path / "saved"
    run = prepared(checkpoint=saved)
    with pytest.raises(KeyboardInterrupt):
        carry_out(run, silent)
    assert run.twin.position.to_json() == {"log/0": 2}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = prepared(checkpoint=saved)
    assert again.resumed.to_json() == {"log/0": 2}
    carry_out(again, silent)
    assert again.twin.provisional_state().digest() == _digest(prepared, silent)


def test_wait_for_the_pace_is_cut_short(prepared, silent, monkeypatch):
    def press(_, seconds):
        if seconds:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("twin.clock.SystemClock.sleep", press)
    run = prepared(speed=0.001, batch=1)
    with pytest.raises(KeyboardInterrupt):
        carry_out(run, silent)
    assert run.twin.position.to_json() == {"log/0": 2}
