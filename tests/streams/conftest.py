import pytest

from benchmarks.workloads.simulation.disk import DiskCrash, FaultyDisk


@pytest.fixture
def disk_crash():
    return DiskCrash


@pytest.fixture
def faulty_disk():
    """Make disks in memory that crash or fail where they are told to."""
    return FaultyDisk
