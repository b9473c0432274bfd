"""CMC, mAP and mINP under each protocol, open sets, and intervals over people, splits and seeds."""

from __future__ import annotations

from resight.evaluation.intervals import (
    Interval,
    bootstrap_interval,
    combined_interval,
    paired_interval,
    seeds_interval,
    verdict,
)
from resight.evaluation.open_set import OpenSet, evaluate_open_set
from resight.evaluation.pooling import pool_queries
from resight.evaluation.ranking import PROTOCOLS, Evaluation, Protocol, evaluate

__all__ = [
    "PROTOCOLS",
    "Evaluation",
    "Interval",
    "OpenSet",
    "Protocol",
    "bootstrap_interval",
    "combined_interval",
    "evaluate",
    "evaluate_open_set",
    "paired_interval",
    "pool_queries",
    "seeds_interval",
    "verdict",
]
