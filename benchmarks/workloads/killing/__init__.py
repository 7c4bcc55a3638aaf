"""Workers killed with SIGKILL, between any two steps and inside any write to a disk.

One process loads everything and has it compiled, then forks a worker for every life, so
that a life takes a tenth of a second. A worker folds two partitions, saves, and tells
its contradictions; killed some times and started again, it must end as one that was
left alone.
"""
