from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.datasets import open_dataset
from resight.datasets.base import random_halves
from resight.errors import DataError, RecipeError
from resight.evaluation import evaluate
from resight.experiments.by_camera import NOTE, refuse_unseen_cameras
from resight.experiments.evaluation_job import evaluate_job
from resight.experiments.main_job import TUNED, UNTOUCHED, run
from resight.experiments.matrix_job import matrix_job
from resight.experiments.paper.lab import open_lab
from resight.experiments.sources import open_sources
from resight.features.camera_norm import CameraExtractor
from resight.features.extract import Extractor
from resight.metrics import CameraScaler, Euclidean
from resight.models import load_model
from resight.report import Results
from resight.synthetic.command import Wanted as Synthesis
from resight.synthetic.command import synthesize_job
from resight.tracklets import TrackletSet
from resight.training.callbacks import extractor_for
from resight.training.recipe import Recipe, Source
from tests.experiments.test_jobs import feature_arrays, tiny_demo, wanted


def by_camera_recipe(alone: bool = False) -> Recipe:
    recipe = tiny_demo()
    data = tuple(s for s in recipe.data if s.train or alone)
    return recipe.model_copy(update={"data": data, "metrics": recipe.metrics.model_copy(update={"by_camera": True})})


def test_the_option_adds_rows_of_their_own(tmp_path: Path) -> None:
    arrays = feature_arrays()
    np.savez(tmp_path / "f.npz", **arrays)
    plain = evaluate_job(wanted(features=tmp_path / "f.npz"), tmp_path / "plain")
    both = evaluate_job(wanted(features=tmp_path / "f.npz", by_camera=True), tmp_path / "both")
    names = [r.metric for r in both.records]
    assert names == ["euclidean", "euclidean, by camera", "xqda", "xqda, by camera"]
    assert both.records[::2] == plain.records and plain.notes == [] and both.notes == [NOTE]
    assert "euclidean, by camera" in (tmp_path / "both" / "report.html").read_text()


def test_rows_are_those_of_features_standardised_by_hand(tmp_path: Path) -> None:
    arrays = feature_arrays()
    arrays["features"] += np.random.default_rng(1).normal(size=(40, 16)) + 3 * arrays["cameras"][:, None]
    np.savez(tmp_path / "f.npz", **arrays)
    plain, found = evaluate_job(wanted(features=tmp_path / "f.npz", by_camera=True), tmp_path / "out").records[:2]
    persons, cameras = arrays["persons"], arrays["cameras"]
    train, _ = random_halves(sorted(set(persons.tolist())), 0)
    learned = np.isin(persons, list(train))
    rows = CameraScaler().fit(arrays["features"][learned], cameras=cameras[learned])
    scaled = rows.transform(arrays["features"][~learned], cameras[~learned])
    ids, views = persons[~learned], cameras[~learned]
    first = [int(np.flatnonzero((ids == p) & (views == c))[0]) for p in set(ids) for c in set(views[ids == p])]
    distance = Euclidean().distance(scaled[first], scaled)
    by_hand = evaluate(distance, ids[first], ids, views[first], views, "cross_camera")
    assert plain.map < found.map < 1
    assert found.cmc == pytest.approx(by_hand.cmc.tolist()) and found.map == pytest.approx(by_hand.mean_ap)


def test_a_recipe_has_rows_with_and_without(tmp_path: Path) -> None:
    results: Results = run(by_camera_recipe(), tmp_path)
    rows = {(r.domain, r.method, r.metric): r for r in results.records}
    assert {m for _, _, m in rows} == {"euclidean", "euclidean, by camera", "xqda", "xqda, by camera"}
    for domain, method, metric in rows:
        assert (domain, method, metric.removesuffix(", by camera") + ", by camera") in rows
    assert any(
        c.a == "C3D fine-tuned + xqda, by camera" and c.b == "C3D fine-tuned + xqda" for c in results.comparisons
    )
    assert NOTE in results.notes


def test_a_network_is_normalised_by_camera_in_these_rows_alone(tmp_path: Path) -> None:
    recipe = by_camera_recipe()
    ran = run(recipe, tmp_path / "run")
    part = open_sources(recipe, None, recipe.seed)[0]
    source, split = part.source, part.split
    people = split.train.filter(lambda t: t.person > 0)
    plain = extractor_for(recipe, load_model(tmp_path / "run" / "seed-0" / "best.safetensors").network, TUNED)
    asked = wanted(dataset=source.dataset, options=source.options, run=tmp_path / "run" / "seed-0", by_camera=True)
    evaluated = evaluate_job(replace(asked, metrics=("euclidean",)), tmp_path / "evaluated").records

    def by_hand(extractor: Extractor) -> float:
        scaler = CameraScaler().fit(extractor.extract(people), cameras=people.cameras)
        query, gallery = (scaler.transform(extractor.extract(s), s.cameras) for s in (split.query, split.gallery))
        sides = (split.query.persons, split.gallery.persons, split.query.cameras, split.gallery.cameras)
        return evaluate(Euclidean().distance(query, gallery), *sides, "cross_camera").mean_ap

    normalised = by_hand(CameraExtractor(plain, people))
    assert normalised != pytest.approx(by_hand(plain))
    for records, domain in ((ran.records, source.name), (evaluated, source.dataset)):
        (found,) = (
            r.map
            for r in records
            if (r.domain, r.metric) == (domain, "euclidean, by camera")
            and r.method != UNTOUCHED
            and r.method != "colour"
        )
        assert found == pytest.approx(normalised)


def test_cameras_without_training_people_are_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="tested alone"):
        run(by_camera_recipe(alone=True), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(RecipeError, match="not trained on"):
        matrix_job(by_camera_recipe(), tmp_path / "matrix")
    with pytest.raises(RecipeError, match="unseen cameras"):
        open_lab(tmp_path / "lab", synthetic=True, changes={"metrics.by_camera": True})
    split = open_dataset("synthetic", None, domain="prid", people=8, frames=[2, 2]).split("0")
    refuse_unseen_cameras(split)
    one = type(split)(split.name, split.seed, split.train.filter(lambda t: t.camera == 1), split.query, split.gallery)
    with pytest.raises(DataError, match="camera 2 by: training people have 0 tracklets there"):
        refuse_unseen_cameras(one)
    elsewhere = replace(split, train=split.train.with_domain("elsewhere"))
    with pytest.raises(DataError, match="camera 1 by: training people have 0 tracklets there"):
        refuse_unseen_cameras(elsewhere)  # another domain's camera 1 is another camera
    lonely = next(t for t in split.train if t.camera == 2)
    few = type(split)(split.name, split.seed, one.train + TrackletSet([lonely]), split.query, split.gallery)
    with pytest.raises(DataError, match="camera 2 by: training people have a single tracklet there"):
        refuse_unseen_cameras(few)


def test_a_camera_of_one_test_person_alone_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    synthesize_job(Synthesis("folder", 6, frames=(2, 2)), tmp_path / "data")
    dataset = open_dataset("folder", tmp_path / "data")
    person = min(t.person for t in dataset.split("0").query)
    own = next(path for path in sorted((tmp_path / "data").iterdir()) if int(re.sub(r"\D", "", path.name)) == person)
    last = sorted(own.iterdir())[-1]
    shutil.copytree(last, last.with_name(f"{last.name}-too"))
    asked = wanted(dataset="folder", data=tmp_path / "data", method="colour", split="0", by_camera=True)
    with pytest.raises(DataError, match="camera 4 by: training people have 0 tracklets"):
        evaluate_job(asked, tmp_path / "evaluated")
    source = Source(dataset="folder", path=str(tmp_path / "data"), split="0")
    recipe = by_camera_recipe().model_copy(update={"data": (source,)})
    with pytest.raises(DataError, match="camera 4 by: training people have 0 tracklets"):
        run(recipe, tmp_path / "run")
    assert not (tmp_path / "evaluated").exists() and not (tmp_path / "run").exists()


def test_re_ranked_rows_are_those_without(tmp_path: Path) -> None:
    arrays = feature_arrays()
    arrays["features"] += np.random.default_rng(1).normal(size=(40, 16)) + 3 * arrays["cameras"][:, None]
    np.savez(tmp_path / "f.npz", **arrays)
    asked = wanted(features=tmp_path / "f.npz", rerank=True)
    alone = {r.metric: r for r in evaluate_job(asked, tmp_path / "alone").records}
    both = {r.metric: r for r in evaluate_job(replace(asked, by_camera=True), tmp_path / "both").records}
    assert set(both) - set(alone) == {"euclidean, by camera", "xqda, by camera"}
    assert {name: both[name] for name in alone} == alone
