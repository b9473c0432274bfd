"""CMC, mAP and mINP under each protocol, and intervals over people, splits and seeds."""

from __future__ import annotations

from resight.evaluation.intervals import Interval, bootstrap_interval, paired_interval, verdict
from resight.evaluation.ranking import PROTOCOLS, Evaluation, Protocol, evaluate

__all__ = [
    "PROTOCOLS",
    "Evaluation",
    "Interval",
    "Protocol",
    "bootstrap_interval",
    "evaluate",
    "paired_interval",
    "verdict",
]
