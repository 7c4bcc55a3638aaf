"""The loop in a process of its own, between two topics of a broker."""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any, Self

from benchmarks.workloads.broker import apache_kafka, fill
from benchmarks.workloads.latency.answer import Answer, answer_of
from benchmarks.workloads.latency.episode import Episode, Step, Troubles
from streams.kafka import KafkaConfiguration, KafkaSource

FACTS, DECISIONS = "facts", "decisions"
POLL_S = 0.01
PLAN_MARK = b"PlanReleased"


class Followed:
    """A broker with the history of an episode, and a loop that follows it.

    Parameters
    ----------
    episode : Episode
        What went before.
    late_source : str or None
        See `live_loop`.
    schedules : bool
        See `deciders`.
    """

    def __init__(
        self, episode: Episode, late_source: str | None, *, schedules: bool
    ) -> None:
        self._episode, self._late_source = episode, late_source
        self._schedules = schedules
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        from kafka import KafkaProducer  # noqa: PLC0415 - starts a thread

        with ExitStack() as opened:
            address = opened.enter_context(apache_kafka())
            fill(address, FACTS, self._episode.values, None)
            fill(address, DECISIONS, [], None)
            self._producer = KafkaProducer(
                bootstrap_servers=address, acks="all", linger_ms=0
            )
            opened.callback(self._producer.close)
            self._decisions = KafkaSource(KafkaConfiguration((address,)), [DECISIONS])
            opened.callback(self._decisions.close)
            self._process = opened.enter_context(self._follower(address))
            self._told(len(self._episode.values))
            self.ask(Troubles(self._episode).at_review(0))
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._opened.close()

    def _follower(self, address: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.workloads.latency.follower"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        request = {
            "address": address,
            "facts": FACTS,
            "decisions": DECISIONS,
            "horizon": self._episode.network.settings.horizon_periods,
            "start_us": self._episode.end_us,
            "late_source": self._late_source,
            "schedules": self._schedules,
        }
        assert process.stdin is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        return process

    def _told(self, offset: int) -> dict[str, Any]:
        """Return what the loop says once it has read up to an offset."""
        assert self._process.stdout is not None
        plans: list[str] = []
        policies: list[str] = []
        while True:
            line = self._process.stdout.readline()
            if not line:
                message = f"the loop ended with {self._process.wait()}"
                raise RuntimeError(message)
            told: dict[str, Any] = json.loads(line)
            plans += told["plans"]
            policies += told["policies"]
            if told["next"] >= offset:
                return told | {"plans": plans, "policies": policies}

    def ask(self, step: Step) -> Answer | None:
        """Send an event; return the plan that it led to, read back from the topic."""
        sent_s = time.monotonic()
        sent = self._producer.send(FACTS, step.value)
        offset = sent.get(timeout=60).offset
        told = self._told(offset + 1)
        if not told["plans"]:
            return None
        read_s = self._read_back(told["plans"][-1])
        return answer_of(step, told, sent_s=sent_s, read_s=read_s)

    def _read_back(self, plan: str) -> float:
        """Read decisions until a plan is there; return when it was."""
        name = plan.encode()
        while True:
            batch = self._decisions.poll(POLL_S, 65_536)
            for value in () if batch is None else batch.values():
                text = bytes(value)
                if PLAN_MARK in text and name in text:
                    return time.monotonic()
