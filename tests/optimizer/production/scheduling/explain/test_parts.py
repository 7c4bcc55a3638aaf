"""Problems with rules relaxed or lifted."""

from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain.conflicts import with_rules
from optimizer.production.scheduling.explain.parts import bound_part, mended
from optimizer.production.scheduling.explain.rules import Rule


def test_a_part_has_what_dates_bind_and_no_more(tight, asked):
    ask = asked(tight)
    rules = [Rule("deadline", 1), Rule("closed", 0)]
    setting = with_rules(ask.kept, [ask.book.number[rule] for rule in rules])
    need = needed_operations(ask.builder.plant(setting))
    part, rows, modes = bound_part(ask.book, ask.builder, setting, need)
    assert rows.tolist() == modes.tolist() == [2, 3]
    # The press may work on any number: the operation has one of its own, closed too.
    assert part.modes.machine.tolist() == [0, -1]
    assert part.machines.closed_start.tolist() == [10]
    assert part.jobs.deadline.tolist() == [-1, 30, -1, -1, -1]


def test_mended_keeps_all_but_what_is_relaxed(tight, asked):
    ask = asked(tight)
    ask.kept.amount[ask.book.number[Rule("closed", 0)]] = (30, 10)
    ask.kept.amount[ask.book.number[Rule("deadline", 3)], 0] = 2
    ask.kept.amount[ask.book.number[Rule("machine", 0)], 0] = 1
    problem = mended(ask.book, ask.builder, ask.kept)
    assert problem.machines.closed_start.size == 0
    assert problem.jobs.deadline.tolist() == [20, 30, 90, 102, -1]
    assert problem.names.machines == ("press", "oven", "press #2")
    assert problem.modes.machine.tolist() == [0, 2, 1, 0, 2, 1, 0, 2, 1, -1]
    assert problem.modes.use_mode.tolist() == [9]


def test_without_relief_the_problem_is_the_same(tight, asked):
    ask = asked(tight)
    assert mended(ask.book, ask.builder, ask.kept) is tight
