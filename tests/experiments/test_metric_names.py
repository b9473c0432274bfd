"""Every metric by its name, from the command line's job and from a recipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.errors import RecipeError
from resight.experiments.evaluation_job import Wanted, evaluate_job
from resight.metrics import METRICS
from resight.training.recipe import load_recipe


def test_features_are_ranked_by_every_metric(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(1, 41), 2)
    features = rng.normal(size=(41, 16))[persons] + 0.1 * rng.normal(size=(80, 16))
    np.savez(tmp_path / "f.npz", features=features, persons=persons, cameras=np.tile([1, 2], 40))
    wanted = Wanted(None, None, None, None, None, tmp_path / "f.npz", "3", tuple(METRICS), {})
    records = evaluate_job(wanted, tmp_path / "out").records
    assert [r.metric for r in records] == list(METRICS)
    assert all(r.n_people == 20 and r.cmc[0] >= 0.8 for r in records)  # chance is 0.05


def test_a_recipe_takes_every_metric_and_no_other() -> None:
    recipe = load_recipe("demo", metrics__names=list(METRICS), metrics__xqda={"solver": "eigh"})
    assert recipe.metrics.names == tuple(METRICS) and recipe.metrics.xqda == {"solver": "eigh"}
    with pytest.raises(
        RecipeError, match=r"no metric named 'nope'; there are euclidean, cosine, xqda, kissme"
    ) as error:
        load_recipe("demo", metrics__names=["nope"])
    assert "\n" not in str(error.value)
