import numpy as np
import pytest

from optimizer.production.scheduling.faults import Fault, fault


def test_numbers_of_arrays_become_plain():
    one = fault("batch_mixed", "it mixes", machine="oven", start_at=np.int64(3))
    assert str(one) == "it mixes"
    assert one.parts == {"machine": "oven", "start_at": 3}
    assert type(one.parts["start_at"]) is int


@pytest.mark.parametrize("kind", ["more", "is_nowhere"])
def test_fault_that_lacks_a_part_or_has_no_kind_is_a_bug(kind):
    with pytest.raises(ValueError, match=rf"{kind}.*\['machine'\]"):
        Fault("and more", kind, {"machine": "oven"})
