"""``python -m benchmarks.workloads.killing FOLDER FIRST LAST [ADDRESS]``.

Takes seeds from a log, or with an address from Kafka; tells of each in a line of JSON.
"""

import json
import sys
from pathlib import Path

from benchmarks.workloads.killing.seeds import take_seeds


def main(folder: str, first: str, last: str, address: str | None = None) -> int:
    """Take seeds; return 1 if one ended otherwise."""
    status = 0
    runs = take_seeds(Path(folder), int(first), int(last), address=address)
    for run in runs:
        print(json.dumps(run.record()), flush=True)
        status |= bool(run.differences())
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
