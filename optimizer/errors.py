"""What the optimiser raises.

::

    OptimizerError
    |- ProblemError   a problem's data (also a ValueError)
    |- OptionsError   an option (also a ValueError)
    '- CheckError     a solver's plan broke its own problem: a fault of ours

A problem without a solution, or one that ran out of time, raises nothing: that is
a solution with a status.
"""

__all__ = ["CheckError", "OptimizerError", "OptionsError", "ProblemError"]


class OptimizerError(Exception):
    """Whatever `optimizer` raises on purpose."""


class ProblemError(OptimizerError, ValueError):
    """An entry of a problem is not allowed: names the entry and shows its value."""


class OptionsError(OptimizerError, ValueError):
    """An option is not allowed: names the option and shows its value."""


class CheckError(OptimizerError):
    """A solver called a plan solved and the checker refused it, twice."""
