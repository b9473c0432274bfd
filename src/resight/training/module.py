"""The Lightning module: one C3D, one softmax over the union of all domains' people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightning as L
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from resight.clips import Preprocessing
from resight.errors import RecipeError, ResightError
from resight.models import C3D
from resight.training.losses import CentreLoss, batch_hard_triplet, in_one_point
from resight.training.recipe import Optimiser, Training

PATIENCE = 100
"""Batches in a row whose features lie in one point, after which a training is given up."""


@dataclass(frozen=True)
class MovingAverage:
    """An exponential moving average, as `AveragedModel` takes it; torch's own function cannot go to another process."""

    decay: float

    def __call__(self, averaged: Any, current: Any, number: Any) -> None:
        """Move `averaged` towards `current`, both lists of tensors, in place."""
        get_ema_multi_avg_fn(self.decay)(averaged, current, number)  # type: ignore[no-untyped-call]


class FineTuner(L.LightningModule):
    """Fine-tunes all layers of a C3D on people.

    Parameters
    ----------
    network : C3D
        With as many classes as there are training people.
    preprocessing : Preprocessing
        Normalises the uint8 clips.
    training : Training
        Loss, optimiser and schedule.
    seed : int
        Dropout at a step depends on (seed, step) alone.
    freeze : tuple of str
        How the names of layers begin that stay as they are, with their normalisation.

    Raises
    ------
    RecipeError
        Where no layer's name begins so, or none is left to train.
    """

    def __init__(
        self, network: C3D, preprocessing: Preprocessing, training: Training, seed: int, freeze: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.frozen = freeze_layers(network, freeze)
        self.network, self.preprocessing, self.training_recipe, self.seed = network, preprocessing, training, seed
        self.next_batch = self.fallen = 0
        self.centres: CentreLoss | None = None
        if training.loss.centre:
            self.centres = CentreLoss(network.config["num_classes"], network.feature_dim, training.loss.centre_rate)
        self.averaged: AveragedModel | None = None
        if training.ema:
            self.averaged = AveragedModel(network, multi_avg_fn=MovingAverage(training.ema), use_buffers=True)
            self.averaged.requires_grad_(False)  # several devices would wait for gradients of it

    @property
    def final(self) -> C3D:
        """The network to test with: the moving average of the weights where the recipe asks for one."""
        averaged = self.network if self.averaged is None else self.averaged.module
        assert isinstance(averaged, C3D)
        return averaged

    def on_train_start(self) -> None:
        """Count batches from where a resumed run takes up."""
        self.next_batch = self.global_step * self.training_recipe.batches.accumulate

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Derive this batch's dropout from the seed, its number, counted over the whole run, and the device's."""
        for layer in self.frozen:
            layer.eval()
        torch.manual_seed(self.seed * 1_000_003 + self.next_batch + (self.global_rank << 48))
        self.next_batch += 1

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Return the loss of one batch, or of this device's share; logs loss and accuracy, their means over devices."""
        clips, labels = batch
        recipe = self.training_recipe.loss
        logits, features = self.network(self.preprocessing.normalise(clips), return_features=True)
        loss = F.cross_entropy(logits.float(), labels, label_smoothing=recipe.label_smoothing)
        if recipe.triplet:
            points = F.normalize(features.float(), dim=1) if recipe.unit else features
            loss = loss + recipe.triplet * batch_hard_triplet(points, labels, recipe.margin)
            self._check_spread(points)
        if self.centres is not None:
            loss = loss + recipe.centre * self.centres(features, labels)
        everywhere = self._mean(loss)
        if not bool(torch.isfinite(everywhere)):
            raise ResightError(f"the loss is not finite at step {self.global_step}; lower training.optimiser.lr")
        self.log("loss", everywhere)
        self.log("accuracy", self._mean((logits.argmax(1) == labels).float().mean()))
        return loss

    def _mean(self, value: Tensor) -> Tensor:
        """Average a number over the devices, so that all go on, or all stop, together."""
        mean = self.trainer.strategy.reduce(value.detach().clone(), reduce_op="mean")
        assert isinstance(mean, Tensor)
        return mean

    def _check_spread(self, features: Tensor) -> None:
        """Stop a training whose features have fallen into one point and stay there."""
        fallen = torch.tensor(float(in_one_point(features, self.training_recipe.loss.margin)), device=self.device)
        self.fallen = self.fallen + 1 if bool(self._mean(fallen) == 1) else 0
        if self.fallen == PATIENCE:
            raise ResightError(
                f"step {self.global_step}: for {PATIENCE} batches the features of all clips lay in one point, where "
                "the triplet loss learns nothing; lower training.optimiser.lr, or set training.loss.triplet to 0"
            )

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """Step, then move the average of the weights: before any callback saves them."""
        super().optimizer_step(*args, **kwargs)
        if self.averaged is not None:
            self.averaged.update_parameters(self.network)

    def configure_optimizers(self) -> Any:
        """Build optimiser and schedule; biases and normalisation layers are not decayed."""
        recipe = self.training_recipe.optimiser
        alike: dict[tuple[bool, float], list[nn.Parameter]] = {(True, 1.0): [], (False, 1.0): []}
        for name, parameter in self.network.named_parameters():
            if parameter.requires_grad:
                rate = recipe.bias_rate if name.endswith("bias") else 1.0
                rate *= recipe.fc8_rate if name.startswith("fc8.") else 1.0
                alike.setdefault((parameter.ndim > 1, rate), []).append(parameter)
        groups = [
            {"params": own, "lr": rate * recipe.lr, "weight_decay": recipe.weight_decay if decayed else 0.0}
            for (decayed, rate), own in alike.items()
        ]
        optimiser: torch.optim.Optimizer
        if recipe.name == "sgd":
            optimiser = torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum)
        else:
            optimiser = torch.optim.AdamW(groups, lr=recipe.lr)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: learning_rate_factor(recipe, step, self.training_recipe.iterations)
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def freeze_layers(network: nn.Module, names: tuple[str, ...]) -> list[nn.Module]:
    """Take layers and their normalisation out of the training, by how their names begin; return them."""
    frozen: list[nn.Module] = []
    for name in names:
        found = [m for n, m in network.named_children() if n.removeprefix("norm_").startswith(name)]
        if not any(list(layer.parameters()) for layer in found):
            raise RecipeError(f"model.freeze: no layer's name begins with {name!r}")
        frozen.extend(found)
    for layer in frozen:
        layer.requires_grad_(False)
    if not any(p.requires_grad for p in network.parameters()):
        raise RecipeError("model.freeze: no layer is left to train")
    return frozen


def learning_rate_factor(recipe: Optimiser, step: int, iterations: int) -> float:
    """Return what the learning rate is multiplied by at `step` (from 0)."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    if recipe.schedule == "step":
        return recipe.gamma ** (step // recipe.step_at)
    if recipe.schedule == "cosine":
        done = (step - recipe.warmup) / max(1, iterations - recipe.warmup)
        return float(0.5 * (1 + torch.cos(torch.tensor(torch.pi * min(1.0, done)))))
    return 1.0
