"""Production orders of a branch, released beside those that a policy decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.batch import NO_TIME
from twin.cycle import Decided, Policy
from twin.model.changes import Release
from twin.simulate.decisions import Decisions
from twin.state.state import State

Array = NDArray[np.float64]


class Releasing:
    """A policy that also releases the production orders of a branch.

    Parameters
    ----------
    policy : Policy
        Who decides the rest.
    releases : sequence of Release
        Each is released at the first review from its time on.
    """

    def __init__(self, policy: Policy, releases: Sequence[Release]) -> None:
        self.name, self.information = policy.name, policy.information
        self._policy = policy
        self._left = sorted(releases, key=lambda release: release.time_us)

    def observe(self, asked: Array) -> None:
        """Tell the policy."""
        self._policy.observe(asked)

    def decide(self, state: State, now_us: int) -> Decided:
        """Put the orders that are due before those of the policy."""
        decided = self._policy.decide(state, now_us)
        due = [release for release in self._left if release.time_us <= now_us]
        if not due:
            return decided
        self._left = self._left[len(due) :]
        return replace(decided, decisions=_with(decided.decisions, due))


def _with(decisions: Decisions, due: Sequence[Release]) -> Decisions:
    # First, because components go to whoever is released first.
    columns = {
        "make_item": np.array([one.item_index for one in due], np.int32),
        "make_site": np.array([one.site_index for one in due], np.int32),
        "make_quantity": np.array([one.quantity for one in due], np.float64),
    }
    joined: dict[str, Any] = {
        name: np.concatenate([added, getattr(decisions, name)])
        for name, added in columns.items()
    }
    # What the policy says of its production orders is not said of these.
    n = len(due)
    if len(decisions.make_priority):
        unsaid = np.full(n, np.nan)
        joined["make_priority"] = np.concatenate([unsaid, decisions.make_priority])
    if len(decisions.make_due_us):
        never = np.full(n, NO_TIME)
        joined["make_due_us"] = np.concatenate([never, decisions.make_due_us])
    for name in ("make_for", "make_name"):
        if getattr(decisions, name):
            joined[name] = ("",) * n + getattr(decisions, name)
    return replace(decisions, **joined)
