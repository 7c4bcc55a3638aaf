"""The segmented file log: append, read from an offset or a time, recover, verify."""

from streams.log.inspection import LogProblem, LogStat, stat, verify
from streams.log.reader import LogReader
from streams.log.recovery import LogRecovery
from streams.log.segments import PARTITION
from streams.log.writer import LogWriter

__all__ = [
    "PARTITION",
    "LogProblem",
    "LogReader",
    "LogRecovery",
    "LogStat",
    "LogWriter",
    "stat",
    "verify",
]
