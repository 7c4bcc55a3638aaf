"""Live workers: shards of the twin, owned by the members of a consumer group."""

from twin.live.merge import Merged, merge_states
from twin.live.metrics import PartitionMetrics, ShardMetrics, WorkerMetrics
from twin.live.planning import Decision, Elected, Plan
from twin.live.reading import MergedState, merged_state
from twin.live.shard import Shard
from twin.live.store import Layout, LiveStore
from twin.live.worker import Observations, Worker, WorkerOptions

__all__ = [
    "Decision",
    "Elected",
    "Layout",
    "LiveStore",
    "Merged",
    "MergedState",
    "Observations",
    "PartitionMetrics",
    "Plan",
    "Shard",
    "ShardMetrics",
    "Worker",
    "WorkerMetrics",
    "WorkerOptions",
    "merge_states",
    "merged_state",
]
