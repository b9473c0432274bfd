from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.io

from resight.datasets import Split, SplitRule, open_dataset
from resight.errors import DataError, InputError, RecipeError, WeightsError
from resight.experiments.compare import compare_job
from resight.experiments.evaluation_job import Wanted, evaluate_job, read_features
from resight.experiments.main_job import TUNED, UNTOUCHED, run
from resight.report import Results
from resight.training.recipe import Recipe, load_recipe

TINY = {
    "training__iterations": 4,
    "training__checkpoint_every": 2,
    "training__batches__size": 4,
    "training__batches__clips_per_person": 2,
    "training__batches__workers": 0,
    "training__optimiser__warmup": 1,
    "model__weights": None,  # the shipped network is larger than these tests need
    "model__freeze": (),
    "model__width": 0.02,
    "validation__people": 2,
    "validation__every": 2,
}


def tiny_demo(seed: int = 0) -> Recipe:
    recipe = load_recipe("demo", seed=seed, **TINY)
    sources = [
        s.model_copy(update={"options": s.options | {"people": 12, "train_fraction": 0.5, "frames": [16, 20]}})
        for s in recipe.data
    ]
    return recipe.model_copy(update={"data": tuple(sources)})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path]:
    folder = tmp_path_factory.mktemp("demo")
    return run(tiny_demo(), folder, seeds=2, command="resight demo"), folder


def test_the_main_job_goes_from_people_to_a_report(finished: tuple[Results, Path]) -> None:
    results, folder = finished
    assert len(results.records) == 2 * 3 * 3 * 2
    assert {r.domain for r in results.records} == {"prid", "ilids", "plaza"}
    assert {r.method for r in results.records} == {TUNED, UNTOUCHED, "colour"}
    assert {(r.seed, r.split) for r in results.records} == {(0, "0"), (1, "1")}
    counts = {"prid": (6, 6, 6, 6), "ilids": (6, 6, 6, 6), "plaza": (6, 18, 18, 18)}  # two cameras, and three
    for r in results.records:
        assert r.synthetic and (r.n_people, r.n_query, r.n_valid, r.n_gallery) == counts[r.domain]
    assert Results.load(folder / "results.json").records == results.records
    page = (folder / "report.html").read_text()
    assert "Synthetic people" in page and "data:image" in page and "xqda" in page
    assert not re.search(r'(src|href)="https?:', page)
    assert {c.b for c in results.comparisons} == {
        f"{UNTOUCHED} + euclidean",
        "colour + euclidean",
        f"{TUNED} + euclidean",
        "colour + xqda",
    }
    assert len(Results.load(folder / "results.json").rankings) > 0


def test_every_tracklet_is_described_once_by_each_method(finished: tuple[Results, Path]) -> None:
    from safetensors import safe_open

    from resight.experiments.sources import open_sources, training_people

    folder = finished[1] / "seed-0"
    opened = open_sources(tiny_demo(), None, 0)
    sides = [training_people(opened), *(side for part in opened for side in (part.split.query, part.split.gallery))]
    tracklets = {(t.domain, t.key) for side in sides for t in side}
    methods = list((folder / "features").iterdir())
    assert len(methods) == 3
    for method in methods:
        stored: list[str] = []
        for path in method.glob("*.safetensors"):
            with safe_open(path, "numpy") as file:
                stored += json.loads(file.metadata()["tracklets"])
        assert len(stored) == len(set(stored)) == len(tracklets)


def test_test_people_are_never_trained_on(finished: tuple[Results, Path]) -> None:
    from resight.experiments.sources import open_sources

    _, folder = finished
    for seed in (0, 1):
        record = json.loads((folder / f"seed-{seed}" / "run.json").read_text())
        seen = {(domain, person) for domain, people in record["people"].items() for person in people}
        held = {(domain, person) for domain, person in record["validation_people"]}
        assert {domain for domain, _ in seen} == {"prid", "ilids"}
        for part in open_sources(tiny_demo(seed), None, seed):
            tested = set(part.split.query.identities) | set(part.split.gallery.identities)
            assert tested and not tested & (seen | held)
            saved = Split.load(folder / f"seed-{seed}" / "splits" / f"{part.source.name}.json", part.dataset.tracklets)
            assert [t.key for t in saved.query] == [t.key for t in part.split.query]


def test_a_set_that_is_tested_alone_leaks_nothing() -> None:
    from resight.experiments.sources import leaks_of, open_sources

    opened = open_sources(tiny_demo(), None, 0)
    parts = [replace(part, dataset=replace(part.dataset, leaks=f"{part.source.name}-test")) for part in opened]
    assert [part.source.train for part in parts] == [True, True, False]
    assert leaks_of(parts) == ("ilids-test", "prid-test")


def test_a_training_asks_for_no_set_that_is_tested_alone() -> None:
    from resight.experiments.sources import open_sources

    recipe = load_recipe("campus")
    with pytest.raises(DataError, match="mars_sparse: no path"):
        open_sources(recipe, None, 0)
    (part,) = open_sources(recipe, None, 0, to_train=True)
    assert part.source.domain == "campus" and len(part.split.train.identities) == 1000


def test_the_same_seed_gives_the_same_figures(finished: tuple[Results, Path], tmp_path: Path) -> None:
    results, _ = finished
    again = run(tiny_demo(), tmp_path, seeds=1)
    first = [(r.domain, r.method, r.metric, r.cmc, r.map) for r in results.records if r.seed == 0]
    assert [(r.domain, r.method, r.metric, r.cmc, r.map) for r in again.records] == first


def wanted(**options: object) -> Wanted:
    empty = {"dataset": None, "data": None, "run": None, "model": None, "method": None, "features": None, "split": None}
    return Wanted(**(empty | {"metrics": ("euclidean", "xqda"), "options": {}} | options))  # type: ignore[arg-type]


def test_a_run_is_evaluated_with_the_metric_that_it_kept(finished: tuple[Results, Path], tmp_path: Path) -> None:
    results, folder = finished
    options = {"domain": "prid", "people": 12, "frames": [16, 20]}
    asked = wanted(dataset="synthetic", run=folder / "seed-1", options=options)
    found = evaluate_job(asked, tmp_path)
    kept = [r.map for r in results.records if r.seed == 1 and r.domain == "prid" and r.method == TUNED]
    assert [(r.split, r.map) for r in found.records] == [("1", pytest.approx(m)) for m in kept]  # of its own split
    (folder / "seed-1" / "xqda-prid.safetensors").rename(tmp_path / "kept")
    try:
        anew = evaluate_job(replace(asked, metrics=("xqda",)), tmp_path / "anew")
    finally:
        (tmp_path / "kept").rename(folder / "seed-1" / "xqda-prid.safetensors")
    assert anew.records[0].map == pytest.approx(kept[1])  # learned on the same people by the run's own options
    several = evaluate_job(wanted(dataset="synthetic", method="colour", split="all", options=options), tmp_path / "all")
    assert [r.split for r in several.records] == ["0", "0", "1", "1", "2", "2", "3", "3", "4", "4"]


def test_nobody_is_tested_on_people_that_it_was_trained_on(finished: tuple[Results, Path], tmp_path: Path) -> None:
    options = {"domain": "prid", "people": 12, "frames": [16, 20]}
    asked = wanted(dataset="synthetic", run=finished[1] / "seed-1", options=options, split="0")
    with pytest.raises(RecipeError, match=r"trained on \d of the 6 test people of split 0 of synthetic"):
        evaluate_job(asked, tmp_path / "out")
    weights = str(finished[1] / "seed-1" / "best.safetensors")
    with pytest.raises(RecipeError, match="test people of split 0"):
        evaluate_job(replace(asked, run=None, model=weights), tmp_path / "out")
    with pytest.raises(RecipeError, match="test people of split 0"):
        compare_job([str(finished[1] / "seed-1"), "colour"], replace(asked, run=None), tmp_path / "out")
    assert not (tmp_path / "out" / "results.json").exists()
    other = {"domain": "prid", "people": 12, "frames": [16, 20], "seed": 7}  # the same numbers, other people
    evaluate_job(replace(asked, options=other, metrics=("euclidean",)), tmp_path / "other")


def test_two_runs_are_compared_by_the_names_of_their_folders(finished: tuple[Results, Path], tmp_path: Path) -> None:
    for folder in ("before", "after", "more/after"):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(finished[1] / "seed-1" / "best.safetensors", tmp_path / folder)
    before, after, again = (str(tmp_path / folder) for folder in ("before", "after", "more/after"))
    options = {"domain": "prid", "people": 12, "frames": [16, 20]}
    asked = wanted(dataset="synthetic", options=options, split="1", metrics=("euclidean",))
    found = compare_job([before, after], asked, tmp_path / "out")
    assert [r.method for r in found.records] == ["C3D before", "C3D after"] and found.comparisons[0].difference == 0
    with pytest.raises(RecipeError, match="both go by the name C3D after"):
        compare_job([after, again], asked, tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_an_open_set_is_measured_where_a_saved_split_has_one(tmp_path: Path) -> None:
    options = {"domain": "prid", "people": 20, "frames": [4, 4]}
    tracklets = open_dataset("synthetic", None, **options).tracklets
    SplitRule(query_camera=1, gallery_camera=2, open_fraction=0.3).draw(tracklets, 0).save(tmp_path / "open.json")
    asked = wanted(dataset="synthetic", method="colour", options=options, split=str(tmp_path / "open.json"))
    notes = evaluate_job(asked, tmp_path / "out").notes
    assert len(notes) == 2 and "colour + euclidean, open set: 3 of 10 queries are of nobody" in notes[0]
    assert re.search(r"[0-9.]+ % at 1 %, [0-9.]+ % at 10 %", notes[1])
    assert evaluate_job(replace(asked, split="0"), tmp_path / "closed").notes == []


def test_a_recipe_that_tests_on_what_it_trains_on_is_refused_before_it_trains(tmp_path: Path) -> None:
    source = tiny_demo().data[0]
    default = {key: value for key, value in source.options.items() if key != "domain"}  # which is prid
    for options in (source.options, default):
        first = source.model_copy(update={"domain": "first", "options": options})
        again = first.model_copy(update={"domain": "again", "split": "1", "train": False})
        recipe = tiny_demo().model_copy(update={"data": (first, again)})
        with pytest.raises(RecipeError, match="the network of this recipe was trained on"):
            run(recipe, tmp_path / "out")
    assert not (tmp_path / "out" / "seed-0" / "run.json").exists()


def feature_arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    persons = np.repeat(np.arange(1, 21), 2)
    centres = rng.normal(size=(21, 16))
    return {
        "features": centres[persons] + 0.01 * rng.normal(size=(40, 16)),
        "persons": persons,
        "cameras": np.tile([1, 2], 20),
    }


def test_features_from_npz_and_mat_rank_alike(tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", **feature_arrays())
    scipy.io.savemat(tmp_path / "f.mat", feature_arrays())
    maps = []
    for name in ("f.npz", "f.mat"):
        found = evaluate_job(wanted(features=tmp_path / name, split="3"), tmp_path / name.replace(".", "-"))
        assert found.records[0].cmc[0] == 1.0 and found.records[0].n_people == 10
        maps.append([r.map for r in found.records])
    assert maps[0] == pytest.approx(maps[1])


def test_people_and_cameras_may_have_names(tmp_path: Path) -> None:
    arrays = feature_arrays()
    named = {"persons": [f"p{p:03d}" for p in arrays["persons"]], "cameras": np.tile(["hall", "yard"], 20)}
    np.savez(tmp_path / "f.npz", **(arrays | named))
    features, tracklets = read_features(tmp_path / "f.npz")
    assert tracklets.persons.tolist() == arrays["persons"].tolist()
    assert tracklets.cameras.tolist() == arrays["cameras"].tolist() and len(features) == 40


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"features": np.full((40, 16), np.nan)}, "NaN or infinite"),
        ({"persons": np.arange(39)}, "have shapes"),
        ({"cameras": None}, "no array 'cameras'"),
        ({"persons": np.full(40, np.nan)}, "persons are to be whole numbers"),
        ({"cameras": np.tile([1.0, 1.5], 20)}, "cameras are to be whole numbers"),
    ],
)
def test_bad_feature_files_are_named(tmp_path: Path, change: dict[str, np.ndarray | None], sentence: str) -> None:
    arrays = {k: v for k, v in (feature_arrays() | change).items() if v is not None}
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(DataError, match=sentence):
        read_features(tmp_path / "bad.npz")
    (tmp_path / "cut.npz").write_bytes((tmp_path / "bad.npz").read_bytes()[:100])
    with pytest.raises(DataError, match="damaged"):
        read_features(tmp_path / "cut.npz")


def test_a_pickled_feature_file_is_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", features=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DataError, match=r"p\.npz: damaged, or not what its suffix says$"):
        read_features(tmp_path / "p.npz")


def test_features_of_one_person_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", **(feature_arrays() | {"persons": np.ones(40, int)}))
    with pytest.raises(DataError, match=r"one\.npz: needs two people or more"):
        evaluate_job(wanted(features=tmp_path / "one.npz"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_matched_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    for person in "12":
        for camera in "ab":
            folder = tmp_path / "mine" / person / camera
            folder.mkdir(parents=True)
            cv2.imwrite(str(folder / "1.png"), np.full((32, 16, 3), 50 * int(person), np.uint8))
    asked = wanted(dataset="folder", data=tmp_path / "mine", method="colour", options={"train_fraction": 0})
    for metric, sentence in (("xqda", "nobody to learn xqda on"), ("own", "has no matching of its own")):
        with pytest.raises(RecipeError, match=sentence):
            evaluate_job(replace(asked, metrics=("euclidean", metric)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    evaluate_job(replace(asked, metrics=("euclidean", "cosine")), tmp_path / "out")


def test_one_camera_only_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", **(feature_arrays() | {"cameras": np.ones(40, int)}))
    with pytest.raises((DataError, InputError), match="camera"):
        evaluate_job(wanted(features=tmp_path / "one.npz"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_contradictions_are_refused(tmp_path: Path) -> None:
    for options, sentence in (
        ({}, "give --dataset"),
        ({"dataset": "synthetic"}, "exactly one"),
        ({"dataset": "synthetic", "method": "colour", "metrics": ("nope",)}, "no metric named"),
        ({"features": tmp_path / "x.npz", "method": "colour"}, "stands alone"),
        ({"dataset": "synthetic", "method": "colour", "split": "published1"}, "no split"),
    ):
        with pytest.raises((RecipeError, WeightsError), match=sentence):
            evaluate_job(wanted(**options), tmp_path / "out")
