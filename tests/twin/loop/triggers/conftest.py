"""Situations as a live loop gives them to its triggers."""

import numpy as np
import pytest

from twin.loop.occasions import Situation


class Told:
    """A network whose events are told instant by instant; remembers what fired."""

    def __init__(self, network, folding):
        self.network, self.fold = network, folding(network)
        self.asked = np.zeros((len(network.demands.item_index), 1))
        self.plan, self.fired_us = None, {}

    def situation(self, after_us, *events):
        batch, state = self.fold.fold(*((after_us, event) for event in events))
        return Situation(
            network=self.network, state=state, now_us=self.fold.as_of_us + after_us,
            events=batch, asked=self.asked, plan=self.plan, fired_us=self.fired_us,
        )  # fmt: skip

    def ask(self, trigger, after_us, *events):
        """What fires at an instant, if the trigger looks at all."""
        now = self.situation(after_us, *events)
        found = tuple(trigger.fired(now)) if trigger.looks(now.events).any() else ()
        for one in found:
            assert (one.time_us, one.kind) == (now.now_us, trigger.name)
            self.fired_us[f"{one.kind}/{one.subject}"] = one.time_us
        return found


@pytest.fixture
def told(folding):
    return lambda network: Told(network, folding)
