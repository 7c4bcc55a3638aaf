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
REACH, MOST = 1.5, 0.7
"""Lives last so much longer than if all were alike and reached half the end, and none
more than this share of what is left: with 2 and 1 some would outlive their kills."""


@dataclass(slots=True)
class Killed:
    """What came of loops that were killed again and again.

    Attributes
    ----------
    n_kills, n_inside
        Lives that were ended, and how many of them inside a call to the disk.
    n_recovered
        Decisions that lives found beyond their checkpoints.
    lives_s
        Seconds of each life.
    whole
        Of a loop that nobody killed.
    ends
        Of loops on the same events, of their last lives, which nobody ended: one, and
        before it those that outlived a kill.
    """

    whole: End
    ends: list[End] = field(default_factory=list)
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
        told = (_differences(end, self.whole, by_clock=by_clock) for end in self.ends)
        return [line for some in told for line in some]


def _differences(end: End, whole: End, *, by_clock: bool) -> list[str]:
    told = []
    if len(set(end.decided)) < len(end.decided):
        told.append("a decision is there twice")
    if len(set(end.sent)) < len(end.sent):
        told.append("an order was sent twice")
    orders = [one for one in end.decided if one[:3] in {"PO-", "MO-", "TO-"}]
    orders = [one for one in orders if "/" not in one]
    if sorted(orders) != sorted(end.sent):
        told.append(f"{len(orders)} orders decided, {len(end.sent)} sent")
    for orders, what in (
        (end.orders_missing, "orders of plans are lost"),
        (end.orders_unapproved, "orders left that nobody approved"),
    ):
        told += [f"{len(orders)} {what}"] * bool(orders)
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

    How many calls there are depends on clocks, too; should one reach the end before the
    point that was drawn for it, the other kills are those of a further loop.

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

    def begun(name: str) -> Place:
        place = Place(folder / f"{name}-{kind}-{seed}", address)
        _alone(lambda: fill(place, records(seed)))
        return place

    whole = _lived(begun("whole"), Doom(), seed=seed, by_clock=by_clock)
    assert whole is not None, "nobody killed it"
    random = np.random.default_rng(seed)
    found = Killed(whole)
    while not found.ends or found.n_kills < n_kills:
        place, share = begun(f"killed{len(found.ends)}"), 0.0
        end: End | None = None
        while end is None:
            doom = Doom()
            if found.n_kills < n_kills:
                more = _share(random, 1.0 - share, n_kills - found.n_kills)
                share += more
                doom = _drawn(random, whole, more)
            begun_s = time.monotonic()
            end = _lived(place, doom, seed=seed, by_clock=by_clock)
            found.lives_s.append(time.monotonic() - begun_s)
            found.n_kills += end is None
            found.n_inside += end is None and doom.call is not None
        found.ends.append(end)
    return found


def _share(random: np.random.Generator, left: float, n_left: int) -> float:
    """Draw how much of a whole life one lasts: all together reach most of it.

    Each reads again what the last one had read since its checkpoint, so that it gets
    less far than that.
    """
    return left * min(MOST, REACH * float(random.random()) / (n_left + 1))


def _drawn(random: np.random.Generator, whole: End, share: float) -> Doom:
    """Draw how a life ends."""
    if random.random() < HALF:
        return Doom(step=1 + int(whole.n_steps * share))
    return Doom(call=1 + int(whole.n_calls * share))


def _lived(place: Place, doom: Doom, *, seed: int, by_clock: bool) -> End | None:
    """Live one life in a process of its own; None if it was killed."""
    answer = place.folder / "end.json"
    answer.unlink(missing_ok=True)

    def life() -> None:
        end = live(place, doom, seed=seed, by_clock=by_clock)
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
