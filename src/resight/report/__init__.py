"""Records of what was measured, and the tables and the page drawn from them."""

from __future__ import annotations

from resight.report.ranking import RankedEntry, Ranking
from resight.report.results import Comparison, Cost, Pooled, Record, Results, TrainingRun
from resight.report.spread import cmc_band, pooled_interval
from resight.report.summary import Summary, aggregate

__all__ = [
    "Comparison",
    "Cost",
    "Pooled",
    "RankedEntry",
    "Ranking",
    "Record",
    "Results",
    "Summary",
    "TrainingRun",
    "aggregate",
    "cmc_band",
    "pooled_interval",
]
