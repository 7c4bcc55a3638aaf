"""Ranks by rule, against a plain twin."""

import numpy as np

from streams._kernels.ranks import NO_TIME, RankRules, rank_rows

RULES = RankRules(
    of_type=np.array([4, 1, 3], np.uint8),
    state_changed=1,
    completed=2,
    is_down=np.array([True, False]),
    failure=2,
    after_start=8,
)


def plain(kind: int, code: int, time_us: int, time0: int) -> int:
    if kind == 1 and code == 0:
        return 2
    return 8 if kind == 2 and time0 == time_us else [4, 1, 3][kind]


def test_ranks_are_those_of_the_rules():
    cases = [
        (kind, code, time_us, time0)
        for kind in range(3)
        for code in (-1, 0, 1)
        for time_us in (0, 5)
        for time0 in (NO_TIME, 0, 5)
    ]
    kinds, codes, times, starts = (np.array(column) for column in zip(*cases))  # noqa: B905
    types = kinds.astype(np.int16), codes.astype(np.int16)
    found = np.empty(len(cases), np.uint8)
    rank_rows(RULES, types, (times, starts.astype(np.int64)), found)
    assert found.tolist() == [plain(*case) for case in cases]
