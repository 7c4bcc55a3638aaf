from twin.simulate.routings import RoutingRows


def test_routing_of_the_item_and_the_site_counts_before_others(workshop):
    def routing(item, site, *steps):
        return [
            {"item": item, "site": site, "step": step, "operation": f"o{step}",
             "machine_group": "filling", "duration_s": 5}
            for step in steps
        ]  # fmt: skip

    rows = [*routing("tea", "*", 2, 1), *routing("*", "P", 3), *routing("*", "*", 4)]
    network = workshop(routings=rows, bills=[])
    routings = RoutingRows(network)

    def steps(item):
        found = routings.of(network.item_index[item], network.place_index["P"])
        return network.routings.step[found].tolist()

    assert steps("tea") == [1, 2]
    assert steps("leaf") == [3]


def test_item_without_a_routing_has_no_rows(workshop):
    network = workshop()
    assert len(RoutingRows(network).of(network.item_index["leaf"], 0)) == 0
