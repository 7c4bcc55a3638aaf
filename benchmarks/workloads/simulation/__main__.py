"""Run seeds and tell what came of them: ``... simulation 17 18`` runs seed 17 alone."""

import sys

from benchmarks.workloads.simulation.check import simulate


def main(first: int, last: int) -> int:
    """Run the seeds from `first` to before `last`; return 1 if one has a problem."""
    status = 0
    for seed in range(first, last):
        outcome = simulate(seed)
        end = "; ".join(outcome.problems) or outcome.reported or "all well"
        print(seed, outcome.trace, end)
        status |= bool(outcome.problems)
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
