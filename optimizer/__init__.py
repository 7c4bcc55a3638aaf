"""A validated problem in, a checked solution out.

The planning problems are packages of their own, for example
`optimizer.logistics.distribution`; what they share is here. Importing this
package loads no solver.
"""

from optimizer.errors import (
    CheckError,
    OptimizerError,
    OptionsError,
    ProblemError,
)
from optimizer.options import SolveOptions
from optimizer.result import Progress, SolveStatus, relative_gap

__all__ = [
    "CheckError",
    "OptimizerError",
    "OptionsError",
    "ProblemError",
    "Progress",
    "SolveOptions",
    "SolveStatus",
    "relative_gap",
]
