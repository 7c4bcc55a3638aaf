"""A part of a released plan planned anew, the rest kept to the byte."""

from twin.planning.local.in_force import InForce, in_force, revised_lines
from twin.planning.local.reach import affected_activities, made_on, without_machine
from twin.planning.local.replan import LocalQuestion, LocalTerms, replanned

__all__ = [
    "InForce",
    "LocalQuestion",
    "LocalTerms",
    "affected_activities",
    "in_force",
    "made_on",
    "replanned",
    "revised_lines",
    "without_machine",
]
