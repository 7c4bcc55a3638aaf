"""``python -m benchmarks.workloads.loop_killing FOLDER KIND SEED KILLS [ADDRESS]``.

KIND is ``work`` or ``clock``: what bounds plans. Tells what came of it in a line of
JSON; exit status 1 if something is not as it must be, or it was killed less often.
"""

import json
import sys
from pathlib import Path

from benchmarks.workloads.loop_killing.kills import kill_loop


def main(folder: str, kind: str, *numbers: str) -> int:
    """Kill one loop again and again."""
    seed, n_kills, *address = numbers
    by_clock = kind == "clock"
    found = kill_loop(
        Path(folder),
        seed=int(seed),
        n_kills=int(n_kills),
        by_clock=by_clock,
        address=next(iter(address), None),
    )
    differences = found.differences(by_clock=by_clock)
    told = {
        "kills": found.n_kills,
        "asked": int(n_kills),
        "inside": found.n_inside,
        "loops": len(found.ends),
        "decisions": sum(len(end.decided) for end in found.ends),
        "orders": sum(len(end.sent) for end in found.ends),
        "longest_life_s": max(found.lives_s),
        "differences": differences,
    }
    print(json.dumps(told), flush=True)
    return 1 if differences or found.n_kills < int(n_kills) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
