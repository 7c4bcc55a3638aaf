"""A live loop: follows a stream, decides at event times, and never twice."""

from twin.loop.following.decided import DecisionLog, Record
from twin.loop.following.folded import Folded
from twin.loop.following.intake import Intake
from twin.loop.following.live_loop import LiveLoop
from twin.loop.following.options import LiveOptions, LiveProgress, Release
from twin.loop.following.policies import PolicyResponder, policy_responder
from twin.loop.following.released import PendingOrder, ReleasedOrders
from twin.loop.following.runner import Runner, RunnerOptions
from twin.loop.following.sending import OrderOutlet

__all__ = [
    "DecisionLog",
    "Folded",
    "Intake",
    "LiveLoop",
    "LiveOptions",
    "LiveProgress",
    "OrderOutlet",
    "PendingOrder",
    "PolicyResponder",
    "Record",
    "Release",
    "ReleasedOrders",
    "Runner",
    "RunnerOptions",
    "policy_responder",
]
