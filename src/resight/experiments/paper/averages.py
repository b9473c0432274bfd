"""Rows of the average over the four sets: which record stands for a method on each set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resight.experiments.paper.data import NAMES
from resight.experiments.paper.published import figures
from resight.experiments.paper.rows import BASELINE, OURS, paper_metric, title_of, unasked

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

SECOND = "ours: second model"
CROSS, CROSS_BASELINE = f"{OURS}, MARS unseen", f"{BASELINE}, MARS unseen"
Parts = tuple[tuple[str, str], ...]
"""Method and metric on each of `NAMES`."""


def average_rows(lab: Lab) -> list[tuple[str, Parts, str]]:
    """Return name, parts and published name of each row.

    On MARS ours is the second model, and the baseline that of the cross-test, as in the published 41.48 (METHODS §16):
    its XQDA learned on the other sets' people.
    """
    rows = [
        ("ours + XQDA", _parts(OURS, "xqda", SECOND), "ours/xqda"),
        ("ours + Euclid", _parts(OURS, "euclidean", SECOND), "ours/euclidean"),
        ("baseline + XQDA", _parts(BASELINE, "xqda", CROSS_BASELINE), "baseline/xqda"),
        ("baseline + Euclid", _parts(BASELINE, "euclidean", CROSS_BASELINE), ""),
    ]
    others = (*lab.methods, *unasked(lab, figures()["average"]))
    return rows + [(title_of(name), _parts(title_of(name), paper_metric(name)), name) for name in others]


def _parts(method: str, metric: str, on_mars: str | None = None) -> Parts:
    return tuple(((on_mars or method) if name == "mars" else method, metric) for name in NAMES)
