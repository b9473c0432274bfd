"""What happens beside the training steps: metrics to CSV, validation people ranked, checkpoints, progress."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import lightning as L
from rich.console import Console

from resight.clips import Sampling
from resight.evaluation import evaluate
from resight.features.clips import ClipExtractor
from resight.features.extract import extract_features
from resight.files import atomic_write
from resight.metrics import Euclidean
from resight.models import save_model
from resight.tracklets import TrackletSet
from resight.training.module import FineTuner
from resight.training.recipe import Recipe

LOG_EVERY = 20
COLUMNS = ("step", "loss", "accuracy", "lr", "clips_per_second", "val_rank1", "val_map")


class RunRecorder(L.Callback):
    """Keeps a run's folder up to date, so that a kill loses nothing that was finished.

    Parameters
    ----------
    folder : Path
        Gets ``metrics.csv``, ``last.ckpt``, ``last.safetensors`` and ``best.safetensors``.
    recipe : Recipe
    info : dict
        Stored in the header of the weight files.
    validation : (query, gallery) or None
        Held-out people to rank; the best checkpoint is chosen by their mAP.
    console : Console or None
        Told the rate and the time left.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        info: dict[str, Any],
        validation: tuple[TrackletSet, TrackletSet] | None,
        console: Console | None,
    ) -> None:
        self.folder, self.recipe, self.info, self.validation, self.console = folder, recipe, info, validation, console
        self.rows: list[dict[str, Any]] = []
        self.best = -1.0
        self._since, self._step = time.perf_counter(), 0
        self._sums: list[tuple[float, float]] = []

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Take up the rows of the run that is resumed."""
        path = self.folder / "metrics.csv"
        if trainer.global_step and path.is_file():
            with path.open(newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) <= trainer.global_step]
            self.best = max((float(row["val_map"]) for row in self.rows if row["val_map"]), default=-1.0)
        self._since, self._step = time.perf_counter(), trainer.global_step

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Record, validate and save as the recipe asks, after whole optimiser steps only."""
        assert isinstance(pl_module, FineTuner)
        values = trainer.callback_metrics
        self._sums.append((float(values["loss"]), float(values["accuracy"])))
        step, batches = trainer.global_step, self.recipe.training.batches
        if pl_module.next_batch % batches.accumulate:
            return
        last = step == self.recipe.training.iterations
        ranked = bool(self.validation) and (last or step % self.recipe.validation.every == 0)
        if step % LOG_EVERY == 0 or last or ranked:
            now = time.perf_counter()
            rate = (step - self._step) * batches.size * batches.accumulate / max(1e-9, now - self._since)
            loss, accuracy = (sum(v) / len(self._sums) for v in zip(*self._sums, strict=True))
            row: dict[str, Any] = {"step": step, "loss": f"{loss:.5f}", "accuracy": f"{accuracy:.4f}"}
            row |= {"lr": f"{trainer.optimizers[0].param_groups[0]['lr']:.3e}", "clips_per_second": f"{rate:.1f}"}
            row |= {"val_rank1": "", "val_map": ""}
            if trainer.is_global_zero:  # of several devices the others wait for it
                if ranked:
                    row |= self._rank(pl_module)
                self.rows.append(row)
                self._tell(row, rate)
                self._write_metrics()
            self._sums, self._since, self._step = [], time.perf_counter(), step
        if last or step % self.recipe.training.checkpoint_every == 0:
            self._save(trainer, pl_module)

    def _rank(self, module: FineTuner) -> dict[str, str]:
        assert self.validation is not None
        query, gallery = self.validation
        extractor = extractor_for(self.recipe, module.final, "validation")
        found, known = extract_features(extractor, query), extract_features(extractor, gallery)
        distance = Euclidean().distance(found, known)
        # Domains are ranked together; a person's number is unique only within a domain.
        people = {identity: i for i, identity in enumerate(gallery.identities)}
        q_ids, g_ids = ([people[t.domain, t.person] for t in part] for part in (query, gallery))
        result = evaluate(distance, q_ids, g_ids, query.cameras, gallery.cameras)
        if result.mean_ap > self.best:
            self.best = result.mean_ap
            self._save_network(module, "best.safetensors")
        return {"val_rank1": f"{result.rank1:.4f}", "val_map": f"{result.mean_ap:.4f}"}

    def _save_network(self, module: FineTuner, name: str) -> None:
        sampling: Sampling = self.recipe.clips
        save_model(module.final, self.folder / name, self.recipe.preprocessing, sampling, self.info)

    def _save(self, trainer: L.Trainer, module: FineTuner) -> None:
        if not trainer.is_global_zero:
            trainer.save_checkpoint(self.folder / "last.ckpt")  # takes part in it: the first process alone writes
            return
        self._save_network(module, "last.safetensors")
        if self.validation is None:
            self._save_network(module, "best.safetensors")
        with atomic_write(self.folder / "last.ckpt") as temporary:
            trainer.save_checkpoint(temporary)

    def _write_metrics(self) -> None:
        with atomic_write(self.folder / "metrics.csv") as temporary, temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)

    def _tell(self, row: dict[str, Any], rate: float) -> None:
        if self.console is None:
            return
        batches, iterations = self.recipe.training.batches, self.recipe.training.iterations
        left = (iterations - row["step"]) * batches.size * batches.accumulate / max(rate, 1e-9) / 60
        text = f"step {row['step']:>6}/{iterations}  loss {float(row['loss']):.3f}  {rate:.0f} clips/s"
        text += f"  {left:.1f} min left"
        if row["val_map"]:
            text += f"  validation rank-1 {100 * float(row['val_rank1']):.1f}, mAP {100 * float(row['val_map']):.1f}"
        self.console.print(text, highlight=False)


def extractor_for(recipe: Recipe, network: Any, name: str) -> ClipExtractor:
    """Make the extractor that a recipe describes for a network."""
    return ClipExtractor(
        name=name,
        network=network,
        preprocessing=recipe.preprocessing,
        sampling=recipe.clips,
        layer=recipe.features.layer,
        relu=recipe.features.relu,
        stages=recipe.features.stages,
        mirror=recipe.features.mirror,
        pool=recipe.features.pool,
        normalise=recipe.features.normalise,
        batch=recipe.features.batch,
        precision=recipe.training.precision,
    )
