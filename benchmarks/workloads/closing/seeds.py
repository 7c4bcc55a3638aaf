"""Seeds played in processes of their own: what each policy came to on each episode.

An episode is drawn from its seed and every policy is fresh, so that nothing depends on
which process plays what, or after what.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from benchmarks.workloads.closing.baselines import StaticLevels
from benchmarks.workloads.closing.drawn import N_DAYS as DRAWN_DAYS
from benchmarks.workloads.closing.drawn import drawn_network
from benchmarks.workloads.closing.engine import (
    LEVERS,
    clairvoyant,
    engine_policy,
)
from benchmarks.workloads.closing.episodes import Episode, Played, episode_of, play
from benchmarks.workloads.closing.frozen import BASELINES, ENGINE
from benchmarks.workloads.closing.network import N_DAYS, frozen_network

N_PROCESSES = 2
OURS = "engine"
CLAIRVOYANT = "clairvoyant"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of a policy on an episode, see `Played`."""

    measures: Mapping[str, float]
    cycle_s: tuple[float, ...]
    off_books: float


@dataclass(frozen=True, slots=True)
class Job:
    """Policies to play on the episode of a seed.

    Attributes
    ----------
    seed : int
        >= 0.
    policies : tuple of str
        `OURS`, `CLAIRVOYANT`, names of baselines or of levers that are off.
    number : int or None
        Of a drawn network; None is network C.
    n_days : int
        Length of the episode on network C, >= 1.
    """

    seed: int
    policies: tuple[str, ...]
    number: int | None = None
    n_days: int = N_DAYS

    def episode(self) -> Episode:
        """Return the episode."""
        if self.number is None:
            return episode_of(frozen_network(), self.seed, n_days=self.n_days)
        known, disruptions = drawn_network(self.number)
        return episode_of(known, self.seed, n_days=DRAWN_DAYS, disruptions=disruptions)


Outcomes = dict[str, Outcome]


def outcomes(jobs: Sequence[Job]) -> Iterator[Outcomes]:
    """Play jobs two at a time, and say on the standard error how far it is.

    Parameters
    ----------
    jobs : sequence of Job
        At least one.

    Yields
    ------
    dict of str to Outcome
        By policy, in the order of the jobs.
    """
    with ProcessPoolExecutor(N_PROCESSES, get_context("spawn")) as pool:
        for job, found in zip(jobs, pool.map(outcomes_of, jobs), strict=True):
            sys.stderr.write(f"{_told(job, found)}\n")
            sys.stderr.flush()
            yield found


def outcomes_of(job: Job) -> Outcomes:
    """Play a job, its policies one after the other."""
    episode = job.episode()
    return {name: _kept(_played(episode, name)) for name in job.policies}


def _played(episode: Episode, name: str) -> Played:
    if name in LEVERS or name == OURS:
        engine = LEVERS[name](ENGINE) if name in LEVERS else ENGINE
        return play(episode, engine_policy(episode, engine), engine.shop)
    if name == CLAIRVOYANT:
        return play(episode, clairvoyant(episode, ENGINE), ENGINE.shop)
    baseline = next(one for one in BASELINES if one.name == name)
    policy = StaticLevels(episode.known).policy(baseline.levels)
    return play(episode, policy, baseline.shop)


def _kept(played: Played) -> Outcome:
    return Outcome(played.measures, played.cycle_s, played.off_books)


def _told(job: Job, found: Outcomes) -> str:
    where = "network C" if job.number is None else f"network {job.number}"
    costs = "; ".join(
        f"{name} {one.measures['total_cost']:,.0f}" for name, one in found.items()
    )
    return f"{where}, seed {job.seed}: {costs}"
