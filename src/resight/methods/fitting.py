"""Training a network on Lightning: batches by (seed, step), resumed in the same bits after a kill, metrics to CSV."""

from __future__ import annotations

import csv
import logging
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning as L
import torch
from rich.console import Console
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from resight.errors import ResightError, WeightsError
from resight.files import atomic_write
from resight.models.files import load_tensors
from resight.progress import Progress
from resight.training.interrupts import passing_interrupts

WEIGHTS = "weights.safetensors"
COLUMNS = ("step", "loss", "lr")
LOG_EVERY = 20
"""Steps from one row of ``metrics.csv`` to the next, where neither bound of their number asks for others."""
FEWEST_ROWS, MOST_ROWS = 20, 500
"""Rows of ``metrics.csv``, about; a training of fewer steps has one for each."""


def fit_network(
    network: nn.Module,
    batch: Callable[[int], Any],
    loss: Callable[[nn.Module, Any], Tensor],
    optimiser: Callable[[list[nn.Parameter]], Optimizer],
    factor: Callable[[int], float],
    iterations: int,
    folder: Path,
    seed: int,
    clip_value: float | None = None,
    clip_norm: float | None = None,
    checkpoint_every: int = 200,
    console: Console | None = None,
) -> None:
    """Train a network, from the start or from where it was stopped in the folder.

    Parameters
    ----------
    network : nn.Module
        As it begins: the caller draws its weights from the seed. Trained in place, and left in evaluation mode.
    batch : callable
        Step (from 0) → that step's batch: tensors, or tuples, lists or dicts of them. It depends on nothing but the
        seed and the step. It is called one step ahead in a thread, so it must not draw from torch's own generator.
    loss : callable
        Network and batch → a single number to descend. The network is in training mode; its dropout at a step depends
        on (seed, step) alone.
    optimiser : callable
        The parameters that are trained → their optimiser.
    factor : callable
        Step → what the optimiser's learning rate is multiplied by; ``lambda step: 1.0`` keeps it.
    iterations : int
        Steps in all; 0 writes the weights as they are.
    folder : Path
        Gets ``metrics.csv`` (step, mean loss since the last row, learning rate), ``last.ckpt`` and, when all is done,
        ``weights.safetensors``: the plain state dict. Where that is there already, it is loaded and nothing is done.
    seed : int
    clip_value, clip_norm : float or None
        Clip every element of the gradient to ± the value, or its norm; at most one of them.
    checkpoint_every : int
        Steps between checkpoints.
    console : Console or None
        For progress.

    Raises
    ------
    ResightError
        Where the loss is not finite, or the training was interrupted.
    WeightsError
        Where the folder's weights or checkpoint do not fit the network.
    """
    final, checkpoint = folder / WEIGHTS, folder / "last.ckpt"
    if final.is_file():
        read_weights(network, final)
        return
    done = _steps_done(checkpoint)
    if done < iterations:
        module = _Fitting(network, loss, optimiser, factor, seed)
        recorder = _Recorder(folder, iterations, checkpoint_every, console)
        stream = Stream(batch, done, iterations)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            trainer = _trainer(iterations, recorder, clip_value, clip_norm)
            with passing_interrupts(trainer):
                trainer.fit(module, stream, ckpt_path=checkpoint if done else None, weights_only=True)
        if trainer.global_step < iterations:
            raise ResightError(f"training stopped at step {trainer.global_step}; run the same command to take it up")
    elif done:
        _read_checkpoint(network, checkpoint)
    network.cpu().eval()
    write_weights(network, final)


def write_weights(network: nn.Module, path: Path) -> None:
    """Write a network's state dict as safetensors, whole or not at all."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with atomic_write(path) as temporary:
        save_file(tensors, temporary)


def read_weights(network: nn.Module, path: Path) -> None:
    """Load what `write_weights` wrote, and put the network into evaluation mode.

    Raises
    ------
    WeightsError
        Where the file is missing, damaged, or fits another network.
    """
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a whole safetensors file ({error})") from error
    load_tensors(network, tensors, str(path))
    network.eval()


@dataclass
class Stream:
    """The batches of steps `first` to `last` - 1, each made in a thread while the step before it is computed."""

    batch: Callable[[int], Any]
    first: int
    last: int

    def __iter__(self) -> Iterator[Any]:
        with ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self.batch, self.first)
            for step in range(self.first, self.last):
                ready = coming.result()
                if step + 1 < self.last:
                    coming = pool.submit(self.batch, step + 1)
                yield ready


class _Fitting(L.LightningModule):
    """A network with its loss and optimiser; dropout at a step follows from the seed and the step."""

    def __init__(
        self,
        network: nn.Module,
        loss: Callable[[nn.Module, Any], Tensor],
        optimiser: Callable[[list[nn.Parameter]], Optimizer],
        factor: Callable[[int], float],
        seed: int,
    ) -> None:
        super().__init__()
        self.network, self._loss, self._optimiser, self._factor, self._seed = network, loss, optimiser, factor, seed

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        torch.manual_seed(self._seed * 1_000_003 + self.global_step)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        loss = self._loss(self.network, batch)
        if not bool(torch.isfinite(loss)):
            raise ResightError(f"the loss is not finite at step {self.global_step}; a lower learning rate may help")
        return loss

    def configure_optimizers(self) -> Any:
        optimiser = self._optimiser([p for p in self.network.parameters() if p.requires_grad])
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: self._factor(step))
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class _Recorder(L.Callback):
    """Writes metrics and checkpoints, so that a kill loses no more than the steps since the last one."""

    def __init__(self, folder: Path, iterations: int, checkpoint_every: int, console: Console | None) -> None:
        self.folder, self.iterations, self.checkpoint_every = folder, iterations, checkpoint_every
        self.log_every = max(1, min(LOG_EVERY, iterations // FEWEST_ROWS), iterations // MOST_ROWS)
        self.progress = Progress(console, "steps")
        self.rows: list[dict[str, str]] = []
        self.losses: list[float] = []
        self.already, self.lr = 0, 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take up the rows of the training that is resumed."""
        self.already, path = trainer.global_step, self.folder / "metrics.csv"
        if self.already and path.is_file():
            with path.open(newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) <= self.already]
        self.progress.__enter__()

    def on_train_batch_start(
        self, trainer: L.Trainer, pl_module: L.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self.lr = float(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.losses.append(float(outputs["loss"]))
        step = trainer.global_step
        save = step == self.iterations or step % self.checkpoint_every == 0
        # A row at every checkpoint, so that a resumed training averages the same steps.
        if save or step % self.log_every == 0:
            mean = sum(self.losses) / len(self.losses)
            self.rows.append({"step": str(step), "loss": f"{mean:.6g}", "lr": f"{self.lr:.3e}"})
            self.losses = []
            self._write_metrics()
        if save:
            with atomic_write(self.folder / "last.ckpt") as temporary:
                trainer.save_checkpoint(temporary)
        self.progress.tell(step, self.iterations, self.already)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        self.progress.__exit__(None, None, None)

    def on_exception(self, trainer: L.Trainer, pl_module: L.LightningModule, exception: BaseException) -> None:
        self.progress.__exit__(None, None, None)

    def _write_metrics(self) -> None:
        with atomic_write(self.folder / "metrics.csv") as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)


def _trainer(iterations: int, recorder: _Recorder, clip_value: float | None, clip_norm: float | None) -> L.Trainer:
    if clip_value is not None and clip_norm is not None:
        raise ValueError("give clip_value or clip_norm, not both")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    return L.Trainer(
        accelerator="auto",
        devices=1,
        precision="32-true",
        max_steps=iterations,
        gradient_clip_val=clip_norm if clip_value is None else clip_value,
        gradient_clip_algorithm="norm" if clip_value is None else "value",
        callbacks=[recorder],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def _steps_done(checkpoint: Path) -> int:
    if not checkpoint.is_file():
        return 0
    return int(torch.load(checkpoint, weights_only=True, map_location="cpu")["global_step"])


def _read_checkpoint(network: nn.Module, checkpoint: Path) -> None:
    """Load the weights of a training that was killed between its last checkpoint and its end."""
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")["state_dict"]
    own = {name.removeprefix("network."): tensor for name, tensor in state.items() if name.startswith("network.")}
    load_tensors(network, own, str(checkpoint))
