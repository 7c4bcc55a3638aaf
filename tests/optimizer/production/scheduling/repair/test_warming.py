"""Compiled before it is needed."""

from optimizer.production.scheduling._kernels.freeing import free_search
from optimizer.production.scheduling._kernels.restoring import restore_modes
from optimizer.production.scheduling.repair.warming import warm_up


def test_both_searches_are_compiled_afterwards():
    warm_up()
    assert free_search.signatures
    assert restore_modes.signatures
