from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch

from resight.errors import DataError, RecipeError, ResightError, WeightsError
from resight.models import C3D, load_model
from resight.training import callbacks, module, run
from resight.training.module import learning_rate_factor
from resight.training.recipe import Metrics, Optimiser, Recipe, load_recipe
from resight.training.run import new_network, train, untouched_network
from tests.conftest import make_tracklets

TINY: dict[str, Any] = {
    "name": "tiny",
    "data": [{"dataset": "synthetic"}],
    "validation": {"people": 2, "every": 3},
    "model": {"width": 0.02, "norm": "batch", "dropout": 0.5},
    "preprocessing": {"size": [32, 32], "resize": [36, 36]},
    "clips": {"length": 8, "stride": 8},
    "training": {
        "iterations": 6,
        "precision": "fp32",
        "ema": 0.5,
        "checkpoint_every": 2,
        "optimiser": {"name": "adamw", "lr": 0.003, "schedule": "cosine", "warmup": 2},
        "loss": {"triplet": 1.0, "label_smoothing": 0.1},
        "batches": {"sampling": "person", "size": 4, "clips_per_person": 2, "workers": 0},
    },
}


def tiny(**changes: Any) -> Recipe:
    content = json.loads(json.dumps(TINY))
    for key, value in changes.items():
        *parents, last = key.split("__")
        section = content
        for parent in parents:
            section = section[parent]
        section[last] = value
    return Recipe.model_validate(content)


class Killed(Exception):
    """Stands for a kill in the middle of an epoch."""


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    original = callbacks.RunRecorder.on_train_batch_end

    def dying(self: Any, trainer: L.Trainer, *args: Any) -> None:
        original(self, trainer, *args)
        if trainer.global_step == step:
            raise Killed

    monkeypatch.setattr(callbacks.RunRecorder, "on_train_batch_end", dying)


@pytest.mark.parametrize(("accumulate", "centre"), [(1, 0.01), (2, 0.0)])
def test_a_killed_run_resumes_to_bit_identical_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, accumulate: int, centre: float
) -> None:
    people = make_tracklets(8)
    recipe = tiny(training__batches__accumulate=accumulate, training__loss__centre=centre)
    whole = load_model(train(recipe, people, tmp_path / "whole").with_name("last.safetensors")).network.state_dict()
    with monkeypatch.context() as patch:
        kill_at(patch, 5)
        with pytest.raises(Killed):
            train(recipe, people, tmp_path / "cut")
    assert not (tmp_path / "cut" / "finished.json").exists()
    train(recipe, people, tmp_path / "cut")
    resumed = load_model(tmp_path / "cut" / "last.safetensors").network.state_dict()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    ends = [torch.load(tmp_path / name / "last.ckpt", weights_only=True)["state_dict"] for name in ("whole", "cut")]
    assert ("centres.centres" in ends[0]) == (centre > 0)
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert (tmp_path / "whole" / "metrics.csv").read_text().count("\n") >= 2
    columns = [row.split(",")[:4] for row in (tmp_path / "whole" / "metrics.csv").read_text().splitlines()]
    again = [row.split(",")[:4] for row in (tmp_path / "cut" / "metrics.csv").read_text().splitlines()]
    assert [row[0] for row in columns] == [row[0] for row in again]


def test_a_run_of_a_version_that_trained_other_parameters_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = make_tracklets(8)
    with monkeypatch.context() as patch:
        kill_at(patch, 5)
        with pytest.raises(Killed):
            train(tiny(), people, tmp_path)
    checkpoint = torch.load(tmp_path / "last.ckpt", weights_only=True)
    checkpoint["optimizer_states"][0]["param_groups"][1]["params"].append(99)  # a bias that was trained then
    torch.save(checkpoint, tmp_path / "last.ckpt")
    with pytest.raises(RecipeError, match=r"last\.ckpt: \d+ parameters were trained .* give another folder"):
        train(tiny(), people, tmp_path)


def test_the_run_folder_says_what_was_done_and_on_whom(tmp_path: Path) -> None:
    people = make_tracklets(8)
    best = train(tiny(), people, tmp_path, leaks=("mars-test",))
    record = json.loads((tmp_path / "run.json").read_text())
    seen, held = set(record["people"]["plain"]), {person for _, person in record["validation_people"]}
    assert len(seen) == 6 and len(held) == 2 and not seen & held
    assert record["versions"]["torch"] == torch.__version__.split("+")[0] or record["versions"]["torch"]
    assert load_model(best).info["leaks"] == ["mars-test"]
    assert load_model(best).network.fc8.out_features == 6
    assert (tmp_path / "recipe.yaml").is_file() and (tmp_path / "last.ckpt").is_file()


def test_a_finished_run_is_not_repeated_and_another_recipe_is_refused(tmp_path: Path) -> None:
    people = make_tracklets(8)
    best = train(tiny(), people, tmp_path)
    before = best.read_bytes()
    train(tiny(), people, tmp_path)
    assert best.read_bytes() == before
    with pytest.raises(RecipeError, match="another recipe"):
        train(tiny(seed=1), people, tmp_path)
    other = tiny().model_copy(update={"metrics": Metrics(names=("cosine",), by_camera=True)})
    train(other, people, tmp_path)  # no training reads how its features are matched
    assert best.read_bytes() == before
    assert load_recipe(tmp_path / "recipe.yaml").metrics == other.metrics


def test_a_folder_of_a_run_on_other_people_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        kill_at(patch, 3)
        with pytest.raises(Killed):
            train(tiny(), make_tracklets(8), tmp_path)
    for others in (make_tracklets(9), make_tracklets(8, length=9)):  # more people; as many, in other frames
        with pytest.raises(RecipeError, match="a run on other people"):
            train(tiny(), others, tmp_path)
    train(tiny(), make_tracklets(8), tmp_path)
    with pytest.raises(RecipeError, match="a run on other people"):
        train(tiny(), make_tracklets(9), tmp_path)


def test_a_start_that_fails_leaves_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weight file"):
        train(tiny(model__weights="missing.safetensors"), make_tracklets(8), tmp_path / "run")
    with pytest.raises(RecipeError, match="no layer's name"):
        train(tiny(model__freeze=["nothing"]), make_tracklets(8), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_what_a_network_knows_goes_on_to_the_next(tmp_path: Path) -> None:
    first = train(tiny(), make_tracklets(8), tmp_path / "first", leaks=("mars-test",))
    more = make_tracklets(6).with_domain("more")
    second = train(tiny(model__weights=str(first)), more, tmp_path / "second")
    info = load_model(second).info
    assert info["leaks"] == ["mars-test"]
    assert [(entry["domain"], len(entry["people"])) for entry in info["seen"]] == [("plain", 8), ("more", 6)]


def test_ctrl_c_comes_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = callbacks.RunRecorder.on_train_batch_end

    def pressed(self: Any, trainer: L.Trainer, *args: Any) -> None:
        original(self, trainer, *args)
        if trainer.global_step == 3:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)  # Lightning ignores it from then on
    with monkeypatch.context() as patch:
        patch.setattr(callbacks.RunRecorder, "on_train_batch_end", pressed)
        with pytest.raises(KeyboardInterrupt):
            train(tiny(), make_tracklets(8), tmp_path)
    signal.signal(signal.SIGINT, before)
    train(tiny(), make_tracklets(8), tmp_path)
    assert (tmp_path / "finished.json").is_file()


def test_training_learns_the_people(tmp_path: Path) -> None:
    recipe = tiny(validation__people=0, training__iterations=60, model__width=0.1, training__batches__size=8)
    train(recipe, make_tracklets(4), tmp_path)
    rows = [row.split(",") for row in (tmp_path / "metrics.csv").read_text().splitlines()[1:]]
    assert [int(row[0]) for row in rows] == [20, 40, 60]
    assert float(rows[-1][1]) < float(rows[0][1])
    assert float(rows[-1][2]) > 0.8  # chance is 0.25


def test_features_that_fell_into_one_point_end_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fallen(recipe: Recipe, classes: int) -> C3D:
        network = new_network(recipe, classes)
        for parameter in network.norm_fc7.parameters():
            torch.nn.init.zeros_(parameter)
        return network

    monkeypatch.setattr(module, "PATIENCE", 4)
    people, slow = make_tracklets(8), tiny(training__optimiser__lr=1e-9)
    train(slow, people, tmp_path / "sound")
    monkeypatch.setattr(run, "new_network", fallen)
    train(tiny(training__optimiser__lr=1e-9, training__loss__triplet=0.0), people, tmp_path / "softmax")
    with pytest.raises(ResightError, match=r"step 3: for 4 batches .* one point.*training\.optimiser\.lr"):
        train(slow, people, tmp_path / "fallen")
    assert not (tmp_path / "fallen" / "finished.json").exists()


@pytest.mark.parametrize("unit", [True, False])
def test_triplets_of_unit_length_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: bool) -> None:
    lengths: list[torch.Tensor] = []
    for name in ("batch_hard_triplet", "in_one_point"):
        original = getattr(module, name)

        def watched(features: torch.Tensor, *args: Any, original: Any = original) -> Any:
            lengths.append(features.detach().norm(dim=1))
            return original(features, *args)

        monkeypatch.setattr(module, name, watched)
    train(tiny(training__loss__unit=unit, training__iterations=2), make_tracklets(8), tmp_path)
    assert len(lengths) == 4  # both, in both steps
    assert bool(torch.isclose(torch.cat(lengths), torch.ones(())).all()) is unit


def test_too_few_people_to_hold_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be held out"):
        train(tiny(validation__people=8), make_tracklets(8), tmp_path)


def test_the_network_starts_from_weights_with_a_new_classifier(tmp_path: Path) -> None:
    best = train(tiny(), make_tracklets(8), tmp_path)
    network = new_network(tiny(model__weights=str(best)), 11)
    old = load_model(best).network
    assert torch.equal(network.conv1a.weight, old.conv1a.weight) and network.fc8.out_features == 11
    fresh = new_network(tiny(model__weights=str(best), model__reinit_fc=True), 11)
    assert not torch.equal(fresh.fc6.weight, old.fc6.weight)
    with pytest.raises(RecipeError, match="takes clips of"):
        new_network(tiny(model__weights=str(best), clips__length=16), 11)
    longer = new_network(tiny(model__weights=str(best), model__reinit_fc=True, clips__length=16), 11)
    assert longer.input_size[0] == 16 and torch.equal(longer.conv5b.weight, old.conv5b.weight)


def test_the_untouched_network_is_the_pre_trained_one_whole_where_it_fits(tmp_path: Path) -> None:
    best = train(tiny(), make_tracklets(8), tmp_path)
    old = load_model(best).network
    start = {"model__weights": str(best), "model__reinit_fc": True}
    whole, words = untouched_network(tiny(**start), 11)
    assert torch.equal(whole.fc7.weight, old.fc7.weight) and words == "best.safetensors, whole and never fine-tuned"
    longer, words = untouched_network(tiny(**start, clips__length=16), 11)
    assert torch.equal(longer.conv5b.weight, old.conv5b.weight) and "under random fully connected layers" in words
    assert untouched_network(tiny(), 11)[1] == "random weights"


def test_biases_and_the_classifier_have_rates_of_their_own() -> None:
    solver = {"name": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0, "warmup": 2, "bias_rate": 2.0}
    recipe = tiny(training__optimiser=solver | {"fc8_rate": 10.0})
    network = new_network(recipe, 3)
    optimiser = module.FineTuner(network, recipe.preprocessing, recipe.training, 0).configure_optimizers()["optimizer"]
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    for p in network.parameters():
        p.grad = torch.ones_like(p)
    optimiser.step()
    moved = {n: float((before[n] - p.detach()).mean()) for n, p in network.named_parameters() if p.requires_grad}
    # a schedule with a warm-up of two steps begins at half of each rate
    rates = {n: 0.5 * 0.1 * (2 if n.endswith("bias") else 1) * (10 if n.startswith("fc8.") else 1) for n in moved}
    assert moved == {name: pytest.approx(rate, rel=1e-3) for name, rate in rates.items()}
    assert {round(rate, 6) for rate in rates.values()} == {0.05, 0.1, 0.5, 1.0}


def test_schedules() -> None:
    step = Optimiser(schedule="step", step_at=5000, gamma=0.1)
    assert [learning_rate_factor(step, s, 10_000) for s in (0, 4999, 5000, 9999)] == pytest.approx([1, 1, 0.1, 0.1])
    cosine = Optimiser(schedule="cosine", warmup=10)
    factors = [learning_rate_factor(cosine, s, 110) for s in (0, 9, 10, 60, 110)]
    assert factors == pytest.approx([0.1, 1, 1, 0.5, 0], abs=1e-6)
