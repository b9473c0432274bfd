"""What a trial found, as plain data and back: the rank of every query, from which all figures follow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from resight.evaluation import Evaluation
from resight.experiments.scoring import Scores
from resight.report import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resight.experiments.paper.lab import Lab
    from resight.experiments.paper.trial import Trial

SIZES = ("n_people", "n_query", "n_valid", "n_gallery")
DIGITS = 6


def to_plain(record: Record, evaluation: Evaluation) -> dict[str, Any]:
    """Return protocol, sizes, and of each query its person, first rank, average precision and inverse penalty."""
    values = {
        "person": evaluation.query_ids.tolist(),
        "first_rank": evaluation.first_rank.tolist(),
        "ap": _rounded(evaluation.average_precision),
        "inp": _rounded(evaluation.inverse_penalty),
    }
    sizes = {name: getattr(record, name) for name in SIZES}
    return {"protocol": record.protocol, "synthetic": record.synthetic, **sizes, "queries": values}


def evaluation_of(result: dict[str, Any]) -> Evaluation:
    """Make the evaluation again that `to_plain` was given."""
    queries = result["queries"]
    first = np.asarray(queries["first_rank"], np.int64)
    precision, penalty = (_floats(queries[name]) for name in ("ap", "inp"))
    valid = first > 0
    length = min(result["n_gallery"], 50)
    hits = np.bincount(first[valid][first[valid] <= length], minlength=length + 1)[1 : length + 1]
    return Evaluation(
        cmc=np.cumsum(hits) / valid.sum(),
        mean_ap=float(precision[valid].mean()),
        mean_inp=float(penalty[valid].mean()),
        n_valid=int(valid.sum()),
        query_ids=np.asarray(queries["person"], np.int64),
        first_rank=first,
        average_precision=precision,
        inverse_penalty=penalty,
    )


def gather(lab: Lab, trials: Iterable[Trial]) -> Scores:
    """Bring the finished trials together as records and evaluations; those that are not done are left out.

    Intervals are drawn over all splits together (`Scores.pooled`), so records have none of their own.
    """
    scores = Scores()
    for trial in trials:
        result = lab.result(trial)
        if result is None:
            continue
        evaluation = evaluation_of(result)
        record = Record(
            domain=trial.domain,
            method=trial.name,
            weights="",
            metric=trial.label,
            protocol=result["protocol"],
            split=str(trial.split),
            seed=trial.split,
            cmc=evaluation.cmc.tolist(),
            map=evaluation.mean_ap,
            minp=evaluation.mean_inp,
            synthetic=result["synthetic"],
            **{name: result[name] for name in SIZES},
        )
        scores.add(record, evaluation)
    return scores


def _rounded(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else round(float(value), DIGITS) for value in values]


def _floats(values: list[float | None]) -> Any:
    return np.array([math.nan if value is None else value for value in values], np.float64)
