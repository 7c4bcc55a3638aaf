"""Operations that dates bind."""

from optimizer.production.scheduling.explain._kernels.plant import needed_operations
from optimizer.production.scheduling.explain.conflicts import with_rules
from optimizer.production.scheduling.explain.rules import Rule


def test_what_is_due_needs_what_comes_before(tight, asked):
    ask = asked(tight)
    setting = with_rules(ask.kept, [ask.book.number[Rule("deadline", 1)]])
    need = needed_operations(ask.builder.plant(setting))
    assert need.tolist() == [False, False, True, True, False, False, False]
    assert not needed_operations(ask.builder.plant(with_rules(ask.kept, []))).any()
