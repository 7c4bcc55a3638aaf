"""Orders that follow their goods."""

from dataclasses import replace

from twin.explain.relaxing import pinned


def test_late_goods_hold_up_what_is_made_of_them(late):
    steps = late.script.steps
    sources = {need.source for step in steps for need in step.needs}
    first = next(step for step in steps if step.order in sources)
    waits = next(
        step for step in steps if any(n.source == first.order for n in step.needs)
    )
    delayed = replace(first, earliest=first.release + 1)
    again = late.again(script=late.script.with_steps({first.row: delayed}))
    released = dict(again.tables.orders.select("order", "release_us").iter_rows())
    review = (released[waits.order] - late.start_us) // late.review_us
    assert review == waits.release + 1


def test_pinned_orders_are_not_released_sooner(late):
    script = pinned(late, ())
    assert [step.earliest for step in script.steps] == [
        step.release for step in late.script.steps
    ]
    again = late.again(script=script)
    assert again.result.state_hash == late.outcome.result.state_hash
