"""All projections of a loop are forked and restored as one."""

from streams.events import OrderDispatched, OrderReceived
from streams.names import Names
from twin.loop.following.folded import Folded
from twin.model.network import Network


def folded_of(network: Network, names):
    return Folded(network, names, answered_within_us=10, must_be_approved=True)


def test_sections_restore_everything(tea, folding):
    told = folding(tea)
    one = folded_of(tea, told.names)
    one.close_review(5)
    one.apply(
        told.batch(
            (1, OrderReceived(order="O", customer="M", item="tea", site="shop",
                              quantity=2)),
            (2, OrderDispatched(order="PO-1", kind="purchase", item="tea", site="hub",
                                source="V", quantity=3)),
        )
    )  # fmt: skip
    one.close_review(5)
    one.fired_us["review/"] = 4
    again = folded_of(tea, Names())
    again.restore(one.sections())
    for each in (again, one.fork()):
        for name, projection in one.projections.items():
            assert each.projections[name].digest() == projection.digest()
        assert each.asked.values().tolist() == [[2.0, 0.0]]
        assert each.next_review_us == tea.settings.as_of_us + 10
        assert each.fired_us == {"review/": 4}
    state = again.situation_state(again.next_review_us)
    assert len(state.used()["orders"]) == len(again.state.used()["orders"]) + 1
