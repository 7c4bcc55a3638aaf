"""What a network earns and how well it serves: by period, by run, by any window."""

from twin.kpi.ledger import KpiTable, Ledger, PeriodMeasures

__all__ = ["KpiTable", "Ledger", "PeriodMeasures"]
