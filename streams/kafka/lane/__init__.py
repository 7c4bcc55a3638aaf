"""A fetch client of our own, for leaders that speak PLAINTEXT."""

from streams.kafka.lane.lane import FetchLane

__all__ = ["FetchLane"]
