"""The arrays of a shop."""


def test_arcs_stand_both_ways(job_shop_of):
    shop = job_shop_of([[(0, 3), (1, 2)], [(1, 4)]], 2)
    assert shop.before_start.tolist() == [0, 0, 1, 1]
    assert shop.after_start.tolist() == [0, 1, 1, 1]
    assert (shop.before.tolist(), shop.after.tolist()) == ([0], [1])
