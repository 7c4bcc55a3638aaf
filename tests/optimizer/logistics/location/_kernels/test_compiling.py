import numpy as np

from optimizer.logistics.location._kernels.compiling import kernel, part


@part
def doubled(value):
    return 2.0 * value


@kernel
def total(values):
    result = 0.0
    for value in values:
        result += doubled(value)
    return result


def test_parts_are_put_into_kernels():
    assert total(np.ones(3)) == 6.0
