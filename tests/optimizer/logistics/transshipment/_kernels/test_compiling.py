import numpy as np

from optimizer.logistics.transshipment._kernels.compiling import kernel, part


@part
def halved(value):
    return 0.5 * value


@kernel
def total(values):
    result = 0.0
    for value in values:
        result += halved(value)
    return result


def test_parts_are_put_into_kernels():
    assert total(np.ones(4)) == 2.0
