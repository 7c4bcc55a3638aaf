"""What there is to make."""

import pytest

from twin.planning.shop_schedule.work import jobs_of

DUE = "2024-01-03T00:00:00Z"


def order(name, kind, quantity, **more):
    places = {
        "customer": {"from_place": "P", "to_place": "M"},
        "production": {"to_place": "P"},
        "purchase": {"from_place": "V", "to_place": "P"},
    }
    row = {"order": name, "kind": kind, "item": "tea", "quantity": quantity, "due": DUE}
    return {**row, **places[kind], **more}


def jobs_with(works, *orders, stock=None):
    def change(tables):
        tables["open_orders"] = list(orders)
        for row in tables["stock"]:
            row["on_hand"] = (stock or {}).get(row["item"], row["on_hand"])

    left_out = []
    network = works(change)
    jobs = jobs_of(network, None, priority={"A": 2.0}, left_out=left_out)
    return network, jobs, left_out


def test_production_orders_go_on_with_their_step(works):
    network, jobs, left_out = jobs_with(
        works,
        order("A", "production", 10, step=1),
        order("B", "production", 5, step=2),
        order("C", "production", 5),
    )
    routings = network.routings
    assert [job.name for job in jobs] == ["A", "B"]
    assert [routings.step[list(job.rows)].tolist() for job in jobs] == [[1, 2], [2]]
    assert [job.weight for job in jobs] == [3, 1]
    assert jobs[0].pieces == 10
    assert len(left_out) == 1
    assert "C" in left_out[0]


def test_stock_and_open_production_serve_customers_first(works):
    # 40 of stock and 8 good ones of A: 2 are short, 2.5 are started for them.
    _, jobs, left_out = jobs_with(
        works, order("A", "production", 10, step=1), order("X", "customer", 50)
    )
    assert [job.name for job in jobs] == ["A", "X tea"]
    assert jobs[1].pieces == pytest.approx(2.5)
    assert jobs[1].weight == 2
    assert left_out == []
    _, jobs, _ = jobs_with(works, order("X", "customer", 40))
    assert jobs == []


def test_material_that_is_short_delays_what_needs_it(works):
    network, jobs, left_out = jobs_with(
        works, order("X", "customer", 50), stock={"leaf": 0}
    )
    day_us = 86_400_000_000
    assert jobs[0].release_us == network.settings.as_of_us + day_us
    assert "leaf at P is neither there nor ordered" in left_out[0]
    (waits,) = jobs[0].materials
    assert (network.items.ids[waits.item], waits.order) == ("leaf", "")
    assert waits.ready_us == jobs[0].release_us
    bought = order("L", "purchase", 100, item="leaf", due="2024-01-06T00:00:00Z")
    network, jobs, left_out = jobs_with(
        works, order("X", "customer", 50), bought, stock={"leaf": 0}
    )
    assert jobs[0].release_us == network.open_orders.due_us.max()
    assert left_out == []
    assert [one.order for one in jobs[0].materials] == ["L"]


def test_materials_are_the_last_of_each_item_that_is_not_there(works):
    day = "2024-01-0{}T00:00:00Z".format
    network, jobs, _ = jobs_with(
        works,
        order("X", "customer", 50),
        order("early", "purchase", 10, item="leaf", due=day(2)),
        order("last", "purchase", 90, item="leaf", due=day(5)),
        order("box", "purchase", 90, item="box", due=day(4)),
        order("overdue", "purchase", 1, item="box", due="2023-12-30T00:00:00Z"),
        stock={"leaf": 0, "box": 0},
    )
    names = [network.items.ids[one.item] for one in jobs[0].materials]
    assert names == ["box", "leaf"]
    assert [one.order for one in jobs[0].materials] == ["box", "last"]
    assert jobs[0].release_us == jobs[0].materials[-1].ready_us


def test_what_is_made_without_a_routing_passes_on_what_it_waits_for(works):
    def kit(tables):
        tables["items"].append({"item": "kit", "unit_cost": 1.0})
        tables["bills"][0]["component"] = "kit"
        tables["bills"].append({"item": "kit", "component": "leaf", "quantity": 1})
        tables["open_orders"] = [
            order("X", "customer", 50),
            order("L", "purchase", 500, item="leaf", due="2024-01-06T00:00:00Z"),
        ]
        for row in tables["stock"]:
            row["on_hand"] = 40 if row["item"] in {"tea", "box"} else 0

    left_out: list[str] = []
    network = works(kit)
    jobs = jobs_of(network, None, priority={}, left_out=left_out)
    assert [job.name for job in jobs] == ["X tea"]
    assert [one.order for one in jobs[0].materials] == ["L"]
    assert jobs[0].release_us == network.open_orders.due_us.max()
    assert any("without a routing" in one for one in left_out)


def test_parts_made_here_come_before_what_they_go_into(works):
    def change(tables):
        tables["items"].append({"item": "leaf mix", "unit_cost": 1.0})
        tables["bills"][0]["component"] = "leaf mix"
        tables["routings"].append(
            {"item": "leaf mix", "step": 1, "operation": "mix",
             "machine_group": "filling", "duration_s": 60}
        )  # fmt: skip
        tables["open_orders"] = [order("X", "customer", 50)]

    jobs = jobs_of(works(change), None, priority={}, left_out=[])
    assert [job.name for job in jobs] == ["X leaf mix", "X tea"]
    assert jobs[1].after == (0,)
