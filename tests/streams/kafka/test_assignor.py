from types import SimpleNamespace

import pytest

from streams.kafka.assignor import CoPartitionedAssignor, share_out


def settled(n_partitions, owned):
    """Rounds until nothing moves; what moves is owned by nobody in between."""
    rounds = []
    while not rounds or rounds[-1] != owned:
        rounds.append(owned)
        given = share_out(n_partitions, owned)
        before = {n: m for m, numbers in owned.items() for n in numbers}
        for member, numbers in given.items():
            assert all(before.get(n, member) == member for n in numbers)
        owned = given
    return owned, len(rounds) - 1


@pytest.mark.parametrize("n_members", [1, 2, 3, 5, 8, 11])
def test_numbers_are_shared_evenly_and_each_has_one_owner(n_members):
    owned = {f"m{n}": [] for n in range(n_members)}
    owned["m0"] = list(range(8))
    shares, n_rounds = settled(8, owned)
    assert sorted(n for numbers in shares.values() for n in numbers) == list(range(8))
    sizes = [len(numbers) for numbers in shares.values()]
    assert max(sizes) - min(sizes) <= 1
    assert n_rounds <= 2


def test_fewest_numbers_move_when_a_member_goes():
    assert share_out(6, {"a": [0, 1], "c": [4, 5]}) == {"a": [0, 1, 2], "c": [3, 4, 5]}


def test_number_that_two_claim_is_given_to_neither():
    assert share_out(2, {"a": [0, 1], "b": [1]}) == {"a": [0], "b": []}


def test_all_topics_of_a_number_go_to_one_member():
    assignor = CoPartitionedAssignor()
    cluster = SimpleNamespace(partitions_for_topic=lambda _: {0, 1})
    members = [
        SimpleNamespace(member_id=name, metadata=assignor.metadata({"orders", "stock"}))
        for name in ("a", "b")
    ]
    given = assignor.assign(cluster, members)
    assert sorted(map(tuple, given["a"].partitions())) == [("orders", 0), ("stock", 0)]
    assert sorted(map(tuple, given["b"].partitions())) == [("orders", 1), ("stock", 1)]
    assignor.on_assignment(given["b"], 3)
    (owned, _) = assignor.metadata({"orders", "stock"}).owned_partitions
    assert (owned.topic, owned.partitions) == ("orders", [1])
    assignor.forget()
    assert assignor.metadata({"orders"}).owned_partitions == []
