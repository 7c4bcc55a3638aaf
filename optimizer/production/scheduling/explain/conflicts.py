"""All disjoint minimal conflicts among the rules of a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.production.scheduling.explain.rules import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from optimizer.production.scheduling.explain.feasibility import Oracle, Verdict
    from optimizer.production.scheduling.explain.rules import Rule, Setting

__all__ = ["Conflict", "Found", "find_conflicts", "find_core", "smallest", "with_rules"]


class Conflict(NamedTuple):
    """Rules that contradict each other, and would not if any one were lifted.

    Parameters
    ----------
    rules
        In the order of the rule book.
    verified
        Whether it is proven that no schedule keeps them all, and a schedule was found,
        and checked, for each set of all but one.
    """

    rules: tuple[Rule, ...]
    verified: bool


class Found(NamedTuple):
    """The conflicts, and what is left.

    Parameters
    ----------
    conflicts
        Disjoint but for machines, pools and batches, which all may share.
    rest
        Whether all rules outside the conflicts can be kept together; `infeasible` only
        if there is no schedule even without any rule.
    """

    conflicts: tuple[Conflict, ...]
    rest: Verdict


def find_conflicts(oracle: Oracle, kept: Setting) -> Found:
    """Return minimal conflicts until what is left over has none.

    Parameters
    ----------
    oracle
        Answers for the problem.
    kept
        The rules to look among, and how far each is relaxed.

    References
    ----------
    Junker (2004), "QuickXplain: preferred explanations and relaxations for
    over-constrained problems", AAAI: the divide and conquer. Every core is put to the
    test afterwards, as those that solvers report are not always minimal, or none.
    """
    book = oracle.book
    left = kept.active.copy()
    conflicts: list[Conflict] = []
    verdict: Verdict = "unknown"
    while oracle.left_s() > 0.0:
        core, verdict = find_core(oracle, kept._replace(active=left.copy()))
        if core is None:
            break
        if not core.rules:
            # What contradicts itself without any rule is mended by lifting none.
            break
        conflicts.append(core)
        own = [rule for rule in core.rules if rule.kind not in SHARED]
        for rule in own or core.rules:
            left[book.number[rule]] = False
    return Found(tuple(conflicts), verdict)


def find_core(oracle: Oracle, setting: Setting) -> tuple[Conflict | None, Verdict]:
    """Return a minimal conflict of a setting, and what is known if there is none.

    Parameters
    ----------
    oracle
        Answers for the problem.
    setting
        The rules to look among, and how far each is relaxed.
    """
    rules = np.flatnonzero(setting.active).tolist()
    if oracle.refuted(setting):
        rough = smallest(rules, lambda part: oracle.refuted(with_rules(setting, part)))
    else:
        verdict = oracle.answer(setting, proof_s=oracle.left_s() / 2).verdict
        if verdict != "infeasible":
            return None, verdict
        rough = smallest(
            rules, lambda part: oracle.contradicts(with_rules(setting, part))
        )
    return _verified(oracle, setting, rough), "infeasible"


def _verified(oracle: Oracle, setting: Setting, rough: Sequence[int]) -> Conflict:
    """Return what is left of a conflict once no rule of it can be spared."""
    core = list(rough)
    certain = True
    for rule in list(rough):
        others = [other for other in core if other != rule]
        verdict = oracle.verdict(with_rules(setting, others))
        if verdict == "infeasible":
            core = others
        certain &= verdict != "unknown"
    # Rules were only taken away since each was found to be needed, and what is needed
    # in a larger set is needed in a smaller one.
    certain &= oracle.contradicts(with_rules(setting, core))
    return Conflict(tuple(oracle.book.rules[at] for at in sorted(core)), certain)


def with_rules(setting: Setting, rules: Sequence[int]) -> Setting:
    """Return a setting in which only some rules hold.

    Parameters
    ----------
    setting
        How far each rule is relaxed.
    rules
        Numbers of the rules.
    """
    active = np.zeros(setting.active.size, dtype=bool)
    active[list(rules)] = True
    return setting._replace(active=active)


def smallest(
    rules: Sequence[int], contradict: Callable[[Sequence[int]], bool]
) -> list[int]:
    """Return rules that contradict each other, none of which can be spared.

    Parameters
    ----------
    rules
        All of them contradict each other; the later ones are spared first.
    contradict
        Says so of some of them. More rules contradict each other if fewer do.

    References
    ----------
    Junker (2004), figure 1.

    Examples
    --------
    >>> smallest([1, 2, 3, 4, 5], lambda rules: {2, 5} <= set(rules))
    [2, 5]
    """
    if contradict([]):
        return []

    def needed(
        background: list[int], rules: Sequence[int], *, grown: bool
    ) -> list[int]:
        if grown and contradict(background):
            return []
        if len(rules) == 1:
            return list(rules)
        middle = len(rules) // 2
        first, second = list(rules[:middle]), list(rules[middle:])
        later = needed(background + first, second, grown=True)
        sooner = needed(background + later, first, grown=bool(later))
        return sooner + later

    return sorted(needed([], rules, grown=False))
