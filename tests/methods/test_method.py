from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from resight.cli import app
from resight.datasets import open_dataset
from resight.errors import DataError, InputError, RecipeError, ResightError, WeightsError
from resight.experiments.by_camera import NOTE as BY_CAMERA
from resight.experiments.by_camera import with_cameras
from resight.experiments.compare import compare_job
from resight.experiments.evaluation_job import Wanted, evaluate_job
from resight.experiments.reranking import NOTE as RERANKED
from resight.experiments.reranking import with_reranking
from resight.methods import METHODS, Matcher, open_trainable
from resight.methods.opening import choose_method, open_method
from resight.metrics import KISSME, SI2DL, RankSVM, TopPush
from resight.report import Results
from resight.synthetic.command import Wanted as Synthesis
from resight.synthetic.command import synthesize_job
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets
from tests.methods.centred import Centred, CentredColour, Strength
from tests.methods.small_world import small_world


@pytest.fixture(autouse=True)
def centred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "centred", "tests.methods.centred:Centred")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people in two cameras, in the `folder` layout."""
    root = tmp_path_factory.mktemp("data")
    for tracklet in make_tracklets(8):
        folder = root / str(tracklet.person) / str(tracklet.camera) / "0"
        folder.mkdir(parents=True)
        for number, frame in enumerate(tracklet.load()):
            cv2.imwrite(str(folder / f"{number}.png"), frame[..., ::-1])
    return root


def wanted(data: Path | None, **changes: object) -> Wanted:
    nothing: dict[str, object] = {"run": None, "model": None, "method": "centred", "features": None, "split": "0"}
    nothing |= {"metrics": ("euclidean",), "options": {}, "own": True}
    return Wanted(dataset="folder", data=data, **nothing | changes)  # type: ignore[arg-type]


def test_a_method_is_trained_once_and_loaded_from_then_on(plain_people: TrackletSet, tmp_path: Path) -> None:
    first = open_trainable("centred").train(plain_people, tmp_path)
    (tmp_path / "mean.json").write_text(json.dumps([0.0, 0.0, 0.0]))
    second = open_trainable("centred").train(plain_people, tmp_path)
    assert first.key() != second.key() and second.key()["mean"] == [0, 0, 0]
    assert "seconds" in json.loads((tmp_path / "finished.json").read_text())


@pytest.mark.parametrize("change", ["settings", "seed", "people"])
def test_another_training_is_refused_in_the_same_folder(plain_people: TrackletSet, tmp_path: Path, change: str) -> None:
    open_trainable("centred").train(plain_people, tmp_path)
    other = open_trainable("centred", scale=2.0 if change == "settings" else 1.0)
    with pytest.raises(RecipeError, match="another training"):
        other.train(make_tracklets(7 if change == "people" else 8), tmp_path, seed=int(change == "seed"))


def test_what_only_matching_reads_needs_no_new_training(
    plain_people: TrackletSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Strength, "later", frozenset({"scale"}))
    first = open_trainable("centred").train(plain_people, tmp_path)
    monkeypatch.setattr(Centred, "fit", None)  # nothing could be trained now
    second = open_trainable("centred", scale=2.0).train(plain_people, tmp_path)
    assert isinstance(first, Matcher) and isinstance(second, Matcher)
    assert np.allclose(second.distance(plain_people, plain_people), 2 * first.distance(plain_people, plain_people))
    kept = choose_method(tmp_path, None, None)
    assert isinstance(kept, CentredColour) and kept.scale == 2.0  # a run is matched as was asked last


def test_settings_names_and_people_are_checked(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="method centred: speed: unknown key"):
        open_trainable("centred", speed=3)
    with pytest.raises(RecipeError, match="no method named 'sentred'"):
        open_trainable("sentred")
    with pytest.raises(DataError, match="at least two people"):
        open_trainable("centred").train(make_tracklets(1), tmp_path)


def test_evaluation_trains_on_the_split_and_matches_in_both_ways(data: Path, tmp_path: Path) -> None:
    results = evaluate_job(wanted(data), tmp_path)
    assert [r.metric for r in results.records] == ["own", "euclidean"]
    assert all(r.method == "centred" and r.map == pytest.approx(1.0) for r in results.records)
    record = json.loads((tmp_path / "methods" / "centred-folder-0" / "method.json").read_text())
    assert len(record["people"]) == 4
    split = json.loads(next((tmp_path / "splits").iterdir()).read_text())
    tested = {int(key.split("/")[0]) for key, *_ in split["gallery"]["folder"]}
    assert len(tested) == 4 and not tested & {person for _, person in record["people"]}


def test_named_metrics_stand_alone(data: Path, tmp_path: Path) -> None:
    """Own matching may take longer than all else: who names metrics gets those, who names none gets it too."""
    command = ["--dataset", "folder", "--data", str(data), "--split", "0"]
    for words in (["evaluate", "--method", "centred"], ["compare", "centred", "colour"]):
        for given, metrics in ([], {"own", "euclidean", "xqda"}), (["--metric", "cosine"], {"cosine"}):
            out = tmp_path / f"{words[0]}-{len(given)}"
            answer = CliRunner().invoke(app, [*words, *command, *given, "-o", str(out)])
            assert answer.exit_code == 0, answer.output
            assert {record.metric for record in Results.load(out / "results.json").records} == metrics


def test_a_trained_folder_is_a_run(data: Path, tmp_path: Path) -> None:
    evaluate_job(wanted(data), tmp_path / "first")
    run = tmp_path / "first" / "methods" / "centred-folder-0"
    again = evaluate_job(wanted(data, method=None, run=run), tmp_path / "again")
    assert [r.metric for r in again.records] == ["own", "euclidean"]
    assert isinstance(choose_method(run, None, None), Matcher)
    (run / "finished.json").unlink()
    with pytest.raises(WeightsError, match="not finished"):
        choose_method(run, None, None)


def test_own_distances_rank_as_they_are(data: Path, tmp_path: Path) -> None:
    """Own distances of the wrong sign turn the ranking round."""
    good = evaluate_job(wanted(data), tmp_path / "good").records[0]
    bad = evaluate_job(wanted(data, settings={"scale": -1.0}), tmp_path / "bad").records[0]
    assert good.cmc[0] == 1.0 and bad.cmc[0] == 0.0 and np.isclose(bad.cmc[-1], 1.0)


def test_settings_and_own_matching_where_there_are_none(data: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="settings are for a method that learns"):
        evaluate_job(wanted(data, method="colour", settings={"scale": 2}), tmp_path)
    own = Wanted("folder", data, None, None, "colour", None, "0", ("own",), {})
    with pytest.raises(RecipeError, match="colour has no matching of its own"):
        evaluate_job(own, tmp_path)


def test_methods_are_compared_on_the_same_splits_with_their_cost(data: Path, tmp_path: Path) -> None:
    results = compare_job(["colour", "centred"], wanted(data, method=None, split="all"), tmp_path)
    assert {(r.method, r.metric, r.split) for r in results.records} == {
        *(("colour", "euclidean", str(s)) for s in range(5)),
        *(("centred", metric, str(s)) for s in range(5) for metric in ("own", "euclidean")),
    }
    assert {(c.a, c.b, c.n_runs) for c in results.comparisons} == {("colour + euclidean", "centred + euclidean", 5)}
    colour, centred = results.costs
    assert (colour.method, colour.train_seconds, colour.parameters, colour.feature_size) == ("colour", None, 0, 768)
    assert centred.train_seconds is not None and centred.parameters == 3 and centred.feature_size == 3
    assert "ms a tracklet" in (tmp_path / "report.html").read_text()


def test_compared_methods_have_rows_by_camera_and_re_ranked(data: Path, tmp_path: Path) -> None:
    results = compare_job(["colour", "centred"], wanted(data, method=None, by_camera=True, rerank=True), tmp_path)
    further = {with_cameras("euclidean"), with_reranking("euclidean")}
    assert {r.metric for r in results.records if r.method == "colour"} == {"euclidean", *further}
    assert {r.metric for r in results.records if r.method == "centred"} >= {"own", "euclidean", *further}
    pairs = {(c.a, c.b) for c in results.comparisons}
    assert all((f"colour + {metric}", f"centred + {metric}") in pairs for metric in further)
    assert {BY_CAMERA, RERANKED} <= set(results.notes)


def test_a_camera_without_training_people_is_refused_before_a_method_is_trained(data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    tested = open_dataset("folder", data).split("0").query[0].person
    shutil.copytree(tmp_path / "data" / str(tested) / "1", tmp_path / "data" / str(tested) / "3")
    asked = wanted(tmp_path / "data", by_camera=True)
    with pytest.raises(DataError, match="camera 3 by: training people have 0 tracklets"):
        evaluate_job(asked, tmp_path / "out")
    with pytest.raises(DataError, match="camera 3 by: training people have 0 tracklets"):
        compare_job(["centred", "colour"], replace(asked, method=None), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_gallery_that_attention_cannot_keep_is_refused_before_the_training(data: Path, tmp_path: Path) -> None:
    settings = {"iterations": 1, "cache_gb": 1e-8}
    with pytest.raises(ResightError, match=r"by attention keeps .* more than cache_gb"):
        evaluate_job(wanted(data, method="astpn", settings=settings), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    free = open_trainable("astpn", matching="self", **settings), open_trainable("astpn", mode="spatial", **settings)
    for method in free:
        method.refuse_matching(open_dataset("folder", data).split("0").gallery)


def test_a_comparison_needs_two_methods(data: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="two different methods"):
        compare_job(["colour", "colour"], wanted(data, method=None), tmp_path)


@pytest.mark.parametrize(
    ("methods", "change", "sentence"),
    [
        (["bogus"], {}, "no method named 'bogus'"),
        (["centred:nothing"], {}, "cannot be made"),
        (["colour"], {"metrics": ("own",)}, "colour has no matching of its own"),
        (["ide"], {"metrics": ("own",)}, "ide has no matching of its own"),
        (["colour"], {"settings": {"centred.speed": 1}}, "method centred: speed: unknown key"),
        (["colour"], {"settings": {"scale": 2.0}}, "scale: a setting reads METHOD.KEY, METHOD one of centred"),
        (["colour"], {"settings": {"rfa.epochs": 2}}, "rfa.epochs: a setting reads METHOD.KEY, METHOD one of centred"),
    ],
)
def test_what_is_wrong_in_a_comparison_is_said_before_anything_is_trained(
    data: Path, tmp_path: Path, methods: list[str], change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ResightError, match=sentence):
        compare_job(["centred", *methods], wanted(data, method=None, **change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_comparison_gives_each_method_its_own_settings(data: Path, tmp_path: Path) -> None:
    asked = wanted(data, method=None, settings={"centred.scale": -1.0})
    results = compare_job(["colour", "centred"], asked, tmp_path)
    own = next(r for r in results.records if r.metric == "own")
    assert own.cmc[0] == 0.0  # of the wrong sign, own distances turn the ranking round
    assert results.recipe["settings"] == {"centred.scale": -1.0}


@pytest.mark.parametrize(
    ("name", "learner", "few"),
    [
        (
            "rfa",
            RankSVM,
            {"iterations": 1, "dimensions": 32, "projection_frames": 20, "hidden": 8, "draws": 1, "ranksvm_c": [1.0]},
        ),
        ("sta", KISSME, {"gaussians": 2, "axes": 2, "restarts": 1}),
        ("si2dl", SI2DL, {"gaussians": 2, "axes": 2, "restarts": 1}),
        ("tdl", TopPush, {}),
    ],
)
def test_its_metric_is_told_the_data_set_of_each_sample(
    name: str, learner: type[Any], few: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it learns of impostors from other sets, who are told apart by the set alone."""
    few_people = small_world().train.filter(lambda t: t.person in {p for _, p in small_world().train.identities[:4]})
    people = few_people.with_domain("one") + few_people.with_domain("other")
    told: list[tuple[Any, Any]] = []

    def fit(self: Any, X: Any, y: Any, cameras: Any = None, *others: Any, domains: Any = None) -> Any:
        told.append((np.asarray(y), np.asarray(others[-1] if others else domains)))
        raise KeyboardInterrupt

    monkeypatch.setattr(learner, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        open_trainable(name, **few).train(people, tmp_path)
    ((labels, domains),) = told
    sets = {(int(label), int(domain)) for label, domain in zip(labels, domains, strict=True)}
    assert len(sets) == 8 and [sum(domain == d for _, domain in sets) for d in (0, 1)] == [4, 4]


@pytest.mark.parametrize("name", ["rfa", "sta", "si2dl", "tdl"])
def test_people_of_one_camera_are_refused_before_any_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no person is seen by two cameras"):
        open_trainable(name).train(make_tracklets(4, cameras=1), tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_seconds_of_a_stopped_training_count(
    plain_people: TrackletSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = open_trainable("centred")
    clock = iter([10.0, 12.0, 100.0, 100.5])
    monkeypatch.setattr("resight.methods.base.time.perf_counter", lambda: next(clock, 100.5))

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(method), "fit", stopped)
        method.train(plain_people, tmp_path)
    method.train(plain_people, tmp_path)
    assert json.loads((tmp_path / "finished.json").read_text()) == {"seconds": 2.5}


def test_a_record_of_before_is_still_taken(plain_people: TrackletSet, tmp_path: Path) -> None:
    open_trainable("centred").train(plain_people, tmp_path)
    record = json.loads((tmp_path / "method.json").read_text())
    del record["seen"]
    (tmp_path / "method.json").write_text(json.dumps(record))
    open_trainable("centred").train(plain_people, tmp_path)
    with pytest.raises(RecipeError, match="another training"):  # as many people, in other frames
        open_trainable("centred").train(make_tracklets(8, length=9), tmp_path)


def test_pooled_queries_are_ranked_by_metrics_alone(tmp_path: Path) -> None:
    synthesize_job(Synthesis("mars", 4, frames=(4, 4), distractors=0, junk=0), tmp_path / "mars")
    asked = replace(wanted(tmp_path / "mars", split=None, options={"multiple_query": True}), dataset="mars")
    assert {r.metric for r in evaluate_job(asked, tmp_path / "out").records} == {"euclidean"}
    with pytest.raises(RecipeError, match="no pooled queries"):
        evaluate_job(replace(asked, metrics=("euclidean", "own")), tmp_path / "again")
    assert not [part for part in ("splits", "features") if (tmp_path / "again" / part).exists()]


def test_a_comparison_refuses_unknown_metrics_before_it_trains(data: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no metric named 'foo'"):
        compare_job(["centred", "colour"], wanted(data, metrics=("foo",)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_names_that_are_no_method_here_say_what_to_do() -> None:
    for name in ("rcn", "c3d"):
        with pytest.raises(RecipeError, match=f"{name} learns: `resight train --method {name}` trains it"):
            open_method(name)
    assert open_method("c3d-baseline").name == "C3D untouched"


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("ide", {"batch": 1}, "a batch of 2 or more"),
        ("ide", {"input_size": [0, 64]}, "input_size"),
        ("rfa", {"ranksvm_c": []}, "ranksvm_c"),
        ("rfa", {"ranksvm_c": [-1]}, "ranksvm_c"),
    ],
)
def test_settings_out_of_range_are_named(name: str, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecipeError, match=f"method {name}: .*{sentence}"):
        open_trainable(name, **change)
