"""The matrix of a recipe's domains, from people to a report, at a tiny size."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import RecipeError
from resight.experiments.cross_domain import as_matrix
from resight.experiments.matrix_job import matrix_job
from resight.report import Results
from resight.training.recipe import load_recipe
from tests.experiments.test_jobs import tiny_demo

ROWS = ("prid", "ilids", "prid+ilids")


def test_each_domain_alone_and_all_together_are_tested_on_every_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = matrix_job(tiny_demo(), tmp_path, command="resight matrix demo")
    methods = [f"C3D fine-tuned on {row}" for row in ROWS]
    assert {(r.method, r.domain) for r in results.records} == {
        (method, domain) for method in methods for domain in ("prid", "ilids", "plaza")
    }
    assert len(results.records) == 3 * 3 * 2 and all(r.synthetic for r in results.records)
    assert len({r.weights for r in results.records}) == 3  # three networks
    trained = {row: load_recipe(tmp_path / "seed-0" / row / "recipe.yaml") for row in ROWS}
    assert all([source.name for source in recipe.data] == row.split("+") for row, recipe in trained.items())
    assert {(c.domain, c.b.partition(" + ")[0]) for c in results.comparisons} == {
        ("prid", methods[0]),
        ("ilids", methods[1]),
    }
    values = as_matrix(results.records, methods, ["prid", "ilids", "plaza"], "xqda")
    assert ((values >= 0) & (values <= 1)).all()
    assert Results.load(tmp_path / "results.json").records == results.records
    pictures = {path.name for path in tmp_path.glob("matrix-*")}
    assert pictures == {
        f"matrix-{f}-{m}.{e}" for f in ("rank1", "map") for m in ("euclidean", "xqda") for e in ("svg", "png")
    }

    monkeypatch.setattr("resight.training.run._trainer", None)  # what is there is not trained again
    again = matrix_job(tiny_demo(), tmp_path)
    assert [r.cmc for r in again.records] == [r.cmc for r in results.records]


def test_a_matrix_needs_two_domains(tmp_path: Path) -> None:
    recipe = tiny_demo()
    with pytest.raises(RecipeError, match="two or more domains to train on, and recipe demo has 1"):
        matrix_job(recipe.model_copy(update={"data": recipe.data[1:]}), tmp_path)
    unseen = tuple(source.model_copy(update={"test": False}) for source in recipe.data)
    for wrong, seeds in ((recipe, 0), (recipe.model_copy(update={"data": unseen}), 1)):
        with pytest.raises(RecipeError, match="one seed and one domain to test on"):
            matrix_job(wrong, tmp_path, seeds=seeds)
    assert not list(tmp_path.iterdir())
