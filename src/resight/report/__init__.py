"""Records of what was measured, and the tables and the page drawn from them."""

from __future__ import annotations

from resight.report.results import Comparison, Pooled, Record, Results, TrainingRun
from resight.report.summary import Summary, aggregate

__all__ = ["Comparison", "Pooled", "Record", "Results", "Summary", "TrainingRun", "aggregate"]
