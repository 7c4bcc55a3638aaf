"""The compiled engine: tells the events that the reference tells, to the last bit.

`python -m benchmarks simulate` times both beside SimPy.
"""

__all__: list[str] = []
