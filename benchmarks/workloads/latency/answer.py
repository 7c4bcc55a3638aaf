"""What became of one event, and what its parts took."""

from dataclasses import dataclass
from typing import Any

from benchmarks.workloads.latency.episode import Step


@dataclass(slots=True)
class Answer:
    """What became of one event.

    Attributes
    ----------
    kind : str
        Of the trouble, ``""`` for a review.
    total_s : float
        From produce to the plan read back.
    parts : dict of str to float
        Seconds by part of it.
    policy : str
        What the plan says of itself.
    broken : int or None
        Rules that the schedule in force breaks.
    """

    kind: str
    total_s: float
    parts: dict[str, float]
    policy: str
    broken: int | None


def answer_of(
    step: Step, told: dict[str, Any], *, sent_s: float, read_s: float | None = None
) -> Answer | None:
    """Return what became of a step, None if no plan did.

    Parameters
    ----------
    step : Step
        What was told.
    told : dict
        What `follower.pushed` says.
    sent_s : float
        When it was sent, on the shared clock.
    read_s : float or None
        When its plan was read back; None: when it was released.
    """
    if not told["plans"]:
        return None
    parts = {name: told[name] for name in ("trigger", "plan", "write")}
    inside_s = told["done_s"] - told["polled_s"]
    parts["fold"] = inside_s - sum(parts.values())
    if read_s is not None:
        parts["broker"] = told["polled_s"] - sent_s
        parts["read back"] = max(read_s - told["done_s"], 0.0)
    end_s = told["done_s"] if read_s is None else read_s
    return Answer(
        step.kind, end_s - sent_s, parts, told["policies"][-1], told["broken"]
    )
