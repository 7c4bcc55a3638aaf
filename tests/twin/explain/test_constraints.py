"""What may hold an order back."""

from twin.explain.constraints import constraints_of, groups_of, has_capacity, tree_of


def test_tree_leads_to_the_purchase(late, asked):
    tree = tree_of(late, asked)
    kinds = {late.script.orders["kind"][row] for row in tree.rows}
    assert kinds == {"production", "purchase"}
    assert tree.points[0] == ("tea", "P")
    assert ("leaf", "P") in tree.points


def test_constraints_are_those_that_its_goods_meet(late, asked):
    found = constraints_of(late, tree_of(late, asked))
    kinds = {one.kind for one in found}
    assert {"lane", "machines", "stock", "queue"} <= kinds
    assert "capacity" not in kinds
    lanes = {one.lane for one in found if one.kind == "lane"}
    assert "leaf" in lanes
    assert len(set(found)) == len(found)


def test_network_says_what_is_limited(late):
    network = late.grounds.network
    assert groups_of(network, "tea", "P") == ["filling", "packing"]
    assert not has_capacity(network, "V")
