"""Kills loops at points drawn from a seed, and compares what they leave behind.

Every life is a fork: this process imports everything and does nothing with it, so that
no thread but those of allocators is lost by it.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.workloads.loop_killing.chain import records
from benchmarks.workloads.loop_killing.life import Doom, End, fill, live
from benchmarks.workloads.loop_killing.places import Place

LIFE_S_MAX, HALF = 300.0, 0.5


@dataclass(slots=True)
class Killed:
    """What came of a loop that was killed again and again.

    Attributes
    ----------
    n_kills, n_inside
        Lives that were ended, and how many of them inside a call to the disk.
    n_recovered
        Decisions that lives found beyond their checkpoints.
    lives_s
        Seconds of each life.
    end
        Of the last life, which nobody ended.
    whole
        Of a loop on the same events that nobody killed.
    """

    end: End
    whole: End
    n_kills: int = 0
    n_inside: int = 0
    lives_s: list[float] = field(default_factory=list)

    def differences(self, *, by_clock: bool) -> list[str]:
        """Tell what is not as it must be.

        Parameters
        ----------
        by_clock
            Whether clocks bounded plans: then decisions are those that were made, and
            the state must be that of a replay of the log that resulted.
        """
        end, whole = self.end, self.whole
        told = []
        if len(set(end.decided)) < len(end.decided):
            told.append("a decision is there twice")
        if len(set(end.sent)) < len(end.sent):
            told.append("an order was sent twice")
        orders = [one for one in end.decided if one[:3] in {"PO-", "MO-", "TO-"}]
        orders = [one for one in orders if "/" not in one]
        if sorted(orders) != sorted(end.sent):
            told.append(f"{len(orders)} orders decided, {len(end.sent)} sent")
        if end.orders_missing:
            told.append(f"{len(end.orders_missing)} orders of plans are lost")
        if end.state_hash != end.replay_hash:
            told.append("the state is not that of a replay of the log")
        if by_clock:
            return told
        if end.n_differing:
            told.append(f"{end.n_differing} plans came out otherwise when made again")
        if end.decided != whole.decided:
            told.append("decisions are not those of the loop that was not killed")
        if end.state_hash != whole.state_hash:
            told.append("the state is not that of the loop that was not killed")
        return told


def kill_loop(
    folder: Path,
    *,
    seed: int,
    n_kills: int,
    by_clock: bool,
    address: str | None = None,
) -> Killed:
    """Run a loop that nobody kills, and one that is killed again and again.

    Parameters
    ----------
    folder
        Gets what they write.
    seed
        Of the events, and of when it is killed.
    n_kills
        How often.
    by_clock
        Whether clocks bound plans.
    address
        Of a Kafka broker; None: logs in folders.
    """
    kind = "clock" if by_clock else "work"
    places = [
        Place(folder / f"{name}-{kind}-{seed}", address) for name in ("whole", "killed")
    ]

    def prepare() -> None:
        parts = records(seed)
        for place in places:
            fill(place, parts)

    _alone(prepare)
    whole = _lived(places[0], Doom(), by_clock=by_clock)
    assert whole is not None, "nobody killed it"
    random = np.random.default_rng(seed)
    found = Killed(whole, whole)
    while True:
        doom = _drawn(random, whole, n_kills) if found.n_kills < n_kills else Doom()
        begun_s = time.monotonic()
        end = _lived(places[1], doom, by_clock=by_clock)
        found.lives_s.append(time.monotonic() - begun_s)
        if end is not None:
            # Drawn beyond its end it lives to it, and that is that.
            found.end = end
            return found
        found.n_kills += 1
        found.n_inside += doom.call is not None


def _drawn(random: np.random.Generator, whole: End, n_kills: int) -> Doom:
    """Draw when a life ends: so that all of them together reach about the end."""
    share = 1.0 / (n_kills + 1)
    if random.random() < HALF:
        return Doom(step=1 + int(random.integers(max(1, int(whole.n_steps * share)))))
    return Doom(call=1 + int(random.integers(max(1, int(whole.n_calls * share)))))


def _lived(place: Place, doom: Doom, *, by_clock: bool) -> End | None:
    """Live one life in a process of its own; None if it was killed."""
    answer = place.folder / "end.json"
    answer.unlink(missing_ok=True)

    def life() -> None:
        end = live(place, doom, by_clock=by_clock)
        answer.write_bytes(msgspec.json.encode(end))

    if not _alone(life):
        return None
    return msgspec.json.decode(answer.read_bytes(), type=End)


def _alone(work: Callable[[], object]) -> bool:
    """Do something in a fork; tell whether it was not killed.

    Raises
    ------
    RuntimeError
        If it failed otherwise.
    """
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _be_child(work)
    deadline_s = time.monotonic() + LIFE_S_MAX
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > deadline_s:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            msg = f"a life took longer than {LIFE_S_MAX:g} s"
            raise RuntimeError(msg)
        time.sleep(0.005)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if status:
        raise RuntimeError("a life failed; what it said stands above")
    return True


def _be_child(work: Callable[[], object]) -> None:
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)
