"""What a split with people whom nobody can find is worth as an open set, in words beside the table."""

from __future__ import annotations

from typing import Any

import numpy as np

from resight.datasets import open_set_people
from resight.evaluation import evaluate_open_set
from resight.experiments.scoring import Entry, SplitFeatures, label

RATES = (0.01, 0.1)


def open_set_note(entry: Entry, metric: Any, features: SplitFeatures) -> str:
    """Say detection and identification rates at false accept rates; empty where everybody can be found.

    Splits that pool queries, or rank by another protocol than ``cross_camera``, have none.
    """
    split = entry.split
    if split.multiple_query or split.protocol != "cross_camera" or not open_set_people(split):
        return ""
    query, gallery = split.query, split.gallery
    distance = np.asarray(metric.distance(features.query, features.gallery))
    found = evaluate_open_set(distance, query.persons, gallery.persons, query.cameras, gallery.cameras, RATES)
    rates = ", ".join(f"{100 * d:.1f} % at {100 * far:g} %" for d, far in zip(found.dir[:, 0], found.far, strict=True))
    return (
        f"{entry.domain}, split {split.name}, {label(entry.method, entry.metric)}, open set: {found.n_impostors} of "
        f"{len(query)} queries are of nobody in the gallery; of the others, found first and accepted at a false accept "
        f"rate: {rates}."
    )
