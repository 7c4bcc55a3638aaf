"""Replications of scenarios with common noise, and what can be concluded from them."""

from twin.simulate.replicate.batches import BatchMeans, batch_means
from twin.simulate.replicate.errors import ReplicationError
from twin.simulate.replicate.intervals import (
    MeanInterval,
    QuantileInterval,
    mean_interval,
    quantile_interval,
)
from twin.simulate.replicate.options import ReplicateOptions, Target
from twin.simulate.replicate.ranking import Contender, rank
from twin.simulate.replicate.result import Replications
from twin.simulate.replicate.seeds import replication_seed
from twin.simulate.replicate.sweep import Progress, replicate
from twin.simulate.replicate.tasks import Run
from twin.simulate.replicate.warmup import WarmUp, mser_5

__all__ = [
    "BatchMeans",
    "Contender",
    "MeanInterval",
    "Progress",
    "QuantileInterval",
    "ReplicateOptions",
    "ReplicationError",
    "Replications",
    "Run",
    "Target",
    "WarmUp",
    "batch_means",
    "mean_interval",
    "mser_5",
    "quantile_interval",
    "rank",
    "replicate",
    "replication_seed",
]
