"""Ctrl-C reaches the program, whatever a library does with the signal."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from twin.cli.interrupt import Stop, stoppable
from twin.model import example_folder

# A shell that starts jobs in the background has them ignore the signal.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from twin.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


def press_and_wait():
    os.kill(os.getpid(), signal.SIGINT)
    deadline_s = time.monotonic() + 10.0
    while time.monotonic() < deadline_s:
        pass


def test_signal_becomes_an_exception_in_the_main_thread():
    begun_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt), stoppable():
        press_and_wait()
    assert time.monotonic() - begun_s < 5.0


def test_mask_is_as_before():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with stoppable():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_other_threads_are_left_alone():
    seen = []

    def work():
        with stoppable():
            seen.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [set()]


def test_stop_waits_for_an_idle_place():
    stop = Stop()
    with stop.watched():
        os.kill(os.getpid(), signal.SIGINT)
        done = "what was under way"
        with pytest.raises(KeyboardInterrupt), stop.idle():
            done = "something new"
    assert done == "what was under way"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_second_press_is_not_noted_only():
    with Stop().watched():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            press_and_wait()


@pytest.mark.slow
def test_run_that_solves_stops_soon_and_leaves_no_report(tmp_path):
    words = ["loop", str(example_folder()), "--periods", "400", "--policy", "mpc"]
    begun = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, "--out", str(tmp_path / "out")],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert begun.stderr.readline() == "mpc, seed 0: 400 reviews ...\n"
    time.sleep(5.0)
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=30.0)
    assert begun.returncode == 1
    assert "Traceback" not in said
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["log"]
