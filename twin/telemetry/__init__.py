"""What a running twin shows: metrics for Prometheus, and log lines."""

from twin.telemetry.exposition import Exposition
from twin.telemetry.lines import log_event, start_logging
from twin.telemetry.metrics import METRICS, Metric, Reading, render

__all__ = [
    "METRICS",
    "Exposition",
    "Metric",
    "Reading",
    "log_event",
    "render",
    "start_logging",
]
