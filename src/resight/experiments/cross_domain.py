"""Train on one domain, test on another: the whole matrix of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets import Split
from resight.errors import InputError
from resight.experiments.scoring import Entry, Scores, SplitFeatures, fit_metric, score
from resight.features.extract import Extractor, Matrix, extract_features
from resight.report import Record
from resight.tracklets import TrackletSet


@dataclass(frozen=True, eq=False)
class Trained:
    """What was trained on one domain, or on several together, and its features on every domain.

    Attributes
    ----------
    name : str
        The domain or domains trained on, as ``prid2011`` or ``prid2011+mars``.
    method, weights : str
        Of the extractor.
    train : float32 ``(N, D)``
        Features of the people trained on; metrics are learned from them, for every domain tested on.
    train_set : TrackletSet
        Those N tracklets.
    tested : mapping of domain to (query features, gallery features)
        One entry for every split.
    """

    name: str
    method: str
    weights: str
    train: Matrix
    train_set: TrackletSet
    tested: Mapping[str, tuple[Matrix, Matrix]]


def extract_trained(
    name: str, extractor: Extractor, train_set: TrackletSet, splits: Mapping[str, Split], store: Path | None = None
) -> Trained:
    """Extract all that the matrix needs of one trained method.

    Parameters
    ----------
    name : str
        The domain or domains trained on.
    extractor : Extractor
    train_set : TrackletSet
        The people trained on; distractors and junk are left out.
    splits : mapping of domain to Split
    store : Path or None
        Where features are kept, see `resight.features.extract.extract_features`.
    """
    known = train_set.filter(lambda t: t.person > 0)
    tested = {
        domain: (extract_features(extractor, split.query, store), extract_features(extractor, split.gallery, store))
        for domain, split in splits.items()
    }
    weights = str(extractor.key().get("weights", ""))[:12]
    return Trained(name, extractor.name, weights, extract_features(extractor, known, store), known, tested)


def cross_domain(
    trained: Sequence[Trained],
    splits: Mapping[str, Split],
    metrics: Sequence[str] = ("euclidean", "xqda"),
    seed: int = 0,
    synthetic: frozenset[str] = frozenset(),
    options: dict[str, Any] | None = None,
) -> Scores:
    """Test everything that was trained on every domain.

    A metric learns from the people that its row was trained on, never from those of the domain that it is tested on.

    Parameters
    ----------
    trained : sequence of Trained
        Rows of the matrix.
    splits : mapping of domain to Split
        Columns.
    metrics : sequence of str
        Names of `resight.metrics.METRICS`.
    seed : int
        Of the runs; recorded.
    synthetic : frozenset of str
        Domains whose people are drawn.
    options : dict or None
        Of XQDA.

    Returns
    -------
    Scores
        A record for every row, column and metric; a record's method is ``METHOD on NAME``.

    Raises
    ------
    InputError
        Where a row lacks the features of a split, or people are trained on and tested on.
    """
    scores = Scores()
    for row in trained:
        for domain, split in splits.items():
            if domain not in row.tested:
                raise InputError(f"what was trained on {row.name} has no features on {domain}")
            _refuse_known(row, domain, split)
        for name in metrics:
            metric = fit_metric(name, row.train, row.train_set, options or {})
            for domain, split in splits.items():
                query, gallery = row.tested[domain]
                features = SplitFeatures(row.train, query, gallery, row.train_set)
                method = method_on(row.method, row.name)
                entry = Entry(domain, split, method, row.weights, name, seed, domain in synthetic)
                scores.add(*score(entry, metric, features))
    return scores


def method_on(method: str, name: str) -> str:
    """Name a method by what it was trained on, as the matrix's records do."""
    return f"{method} on {name}"


def as_matrix(
    records: Sequence[Record], rows: Sequence[str], columns: Sequence[str], metric: str, figure: str = "rank1"
) -> NDArray[np.float64]:
    """Return one figure of the matrix, the mean over all records of a cell.

    Parameters
    ----------
    records : sequence of Record
    rows : sequence of str
        Names of methods, see `method_on`.
    columns : sequence of str
        Domains.
    metric : str
    figure : {"rank1", "map"}

    Returns
    -------
    float64 ``(rows, columns)``
        Fractions, 0 to 1; NaN where nothing was measured.
    """
    if figure not in ("rank1", "map"):
        raise InputError(f"unknown figure {figure!r}; there are rank1, map")
    cells = np.full((len(rows), len(columns)), math.nan)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            found = [r for r in records if (r.method, r.domain, r.metric) == (row, column, metric)]
            if found:
                cells[i, j] = np.mean([r.cmc[0] if figure == "rank1" else r.map for r in found])
    return cells


def _refuse_known(row: Trained, domain: str, split: Split) -> None:
    both = set(row.train_set.identities) & set((split.query + split.gallery).identities)
    if both:
        raise InputError(f"person {min(both)[1]} of {min(both)[0]} was trained on, and {domain} tests on that person")
