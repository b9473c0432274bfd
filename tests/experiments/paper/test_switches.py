"""The recipe's switches that the ablations turn do what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from resight.errors import RecipeError
from resight.experiments.paper.ablations import ablations
from resight.experiments.paper.lab import open_lab
from resight.features.clips import ClipExtractor
from resight.models import C3D, load_model
from resight.models.c3d import parameter_count
from resight.training.recipe import load_recipe
from resight.training.run import new_network, train
from tests.conftest import make_tracklets
from tests.experiments.paper.conftest import TINY

KEYS = {key.replace(".", "__"): value for key, value in TINY.items()}


def test_frozen_layers_and_their_normalisation_stay(tmp_path: Path) -> None:
    recipe = load_recipe("reproduce", **KEYS, model__freeze=["conv"], training__ema=0.0, validation__people=0)
    people = make_tracklets(4)
    after = load_model(train(recipe, people, tmp_path)).network.state_dict()
    before = new_network(recipe, 4).state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed and not any(name.startswith(("conv", "norm_conv")) for name in changed)
    assert {"fc6.weight", "fc8.weight", "norm_fc6.running_mean"} <= changed
    with pytest.raises(RecipeError, match="no layer's name begins with 'conv9'"):
        train(load_recipe("reproduce", **KEYS, model__freeze=["conv9"]), people, tmp_path / "other")


def test_a_run_of_an_older_recipe_file_is_taken_up(tmp_path: Path) -> None:
    recipe = load_recipe("reproduce", **KEYS)
    people = make_tracklets(4)
    best = train(recipe, people, tmp_path)
    text = (tmp_path / "recipe.yaml").read_text()
    older = text.replace("  freeze: []\n", "").replace("  paired: true\n", "")
    assert older != text
    (tmp_path / "recipe.yaml").write_text(older)
    assert train(recipe, people, tmp_path) == best
    with pytest.raises(RecipeError, match="another recipe"):
        train(load_recipe("reproduce", **KEYS, seed=5), people, tmp_path)


def test_single_convolutions_are_fewer(tmp_path: Path) -> None:
    size = (16, 32, 32)
    paired, single = C3D(3, 0.05, size), C3D(3, 0.05, size, paired=False)
    names = {name for name, _ in single.named_children() if name.startswith("conv")}
    assert names == {"conv1a", "conv2a", "conv3b", "conv4b", "conv5b"} and "paired" not in paired.config
    assert parameter_count(single) < parameter_count(paired)
    clips = torch.zeros(2, 3, *size)
    assert single.responses(clips).shape == paired.responses(clips).shape
    from resight.clips import Preprocessing, Sampling
    from resight.models import save_model

    save_model(single, tmp_path / "single.safetensors", Preprocessing(size=(32, 32), resize=None), Sampling())
    again = load_model(tmp_path / "single.safetensors").network
    assert torch.equal(again.eval()(clips), single.eval()(clips))


def test_the_recipes_dropout_holds_for_weights_that_it_begins_from(tmp_path: Path) -> None:
    best = train(load_recipe("reproduce", **KEYS), make_tracklets(4), tmp_path)
    recipe = load_recipe("reproduce", **KEYS | {"model__weights": str(best), "model__dropout": 0.35})
    network = new_network(recipe, 3)
    assert network.dropout.p == network.config["dropout"] == 0.35 and network.config["num_classes"] == 3


class Means(torch.nn.Module):
    """Describes a clip by its mean colours, whose clips differ."""

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return clips.mean((2, 3, 4)) * torch.tensor([1.0, 10.0, 100.0])


def test_clips_are_pooled_and_left_raw_as_told() -> None:
    from resight.clips import Preprocessing, Sampling

    people = make_tracklets(3, length=6)
    plain = {"preprocessing": Preprocessing(size=(8, 8), resize=None, channels="rgb"), "sampling": Sampling(2, 2)}

    def extractor(**options: object) -> ClipExtractor:
        return ClipExtractor("means", Means(), **plain, layer=None, precision="fp32", **options)  # type: ignore[arg-type]

    rows = []
    for tracklet in people:
        frames = plain["preprocessing"].centre(tracklet.load()).astype(np.float64)  # type: ignore[attr-defined]
        values = frames - np.array(plain["preprocessing"].mean)  # type: ignore[attr-defined]
        rows.append(values.reshape(3, -1, 3).mean(1) * [1, 10, 100])
    clips = np.array(rows)
    assert np.allclose(extractor(normalise=False).extract(people), clips.mean(1), atol=1e-2)
    assert np.allclose(extractor(normalise=False, pool="max").extract(people), clips.max(1), atol=1e-2)
    lengths = np.linalg.norm(extractor(pool="max").extract(people), axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)
    keys = [str(extractor(**o).key()) for o in ({}, {"pool": "max"}, {"normalise": False})]
    assert len(set(keys)) == 3 and "pooled" not in keys[0]


def test_every_ablation_changes_something(tmp_path: Path) -> None:
    lab = open_lab(tmp_path, synthetic=True, quick=True)
    names = [row.name for row in ablations()]
    assert len(set(names)) == len(names) and all(row.over in names for row in ablations())
    from resight.experiments.paper import ablations as module

    keys: dict[tuple, set[str]] = {}  # type: ignore[type-arg]
    for trial in module.trials(lab):
        keys.setdefault((trial.domain, trial.split, trial.metric), set()).add(lab.key(trial))
    rows = {m: sum(m in row.metrics for row in ablations()) for m in ("euclidean", "xqda")}
    assert all(len(found) == rows[metric] for (_, _, metric), found in keys.items())
