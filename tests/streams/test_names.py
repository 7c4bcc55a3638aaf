import numpy as np

from streams.names import Names, hash64


def test_names_many_keep_their_hashes():
    names = Names()
    for number in range(3000):
        names.index(f"n{number}")
    assert names.hashes[2999] == hash64("n2999")
    assert len(names) == 3000


def test_names_indices_give_none_no_reference():
    assert Names().indices(["a", None, "a"]).tolist() == [0, -1, 0]
    assert Names().indices([]).dtype == np.int32
