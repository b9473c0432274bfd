"""Train a recipe in a run folder, from the start or from where it was stopped."""

from __future__ import annotations

import json
import platform
import subprocess
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import lightning as L
import torch
from lightning.pytorch.strategies import DDPStrategy
from rich.console import Console

from resight.datasets import hold_out
from resight.datasets.seen import Seen, population, seen_in
from resight.errors import RecipeError, ResightError
from resight.files import write_text
from resight.models import C3D, load_model
from resight.models.c3d import build_c3d
from resight.precision import resolve_precision
from resight.tracklets import TrackletSet
from resight.training.batches import Clips, ClipStream, refuse_uneven
from resight.training.callbacks import RunRecorder
from resight.training.interrupts import passing_interrupts
from resight.training.module import FineTuner
from resight.training.processes import OwnConsole, hush, in_one_sentence, refuse_devices
from resight.training.recipe import Recipe, load_recipe

LONGEST_WAIT = timedelta(days=1)
"""Of other devices while the first ranks the validation people."""
PACKAGES = ("resight", "torch", "lightning", "numpy", "scikit-learn", "opencv-python-headless")


def new_network(recipe: Recipe, num_classes: int) -> C3D:
    """Build the recipe's network, from its weights where it names some, else at random from its seed."""
    model = recipe.model
    torch.manual_seed(recipe.seed)
    if model.weights:
        network, size = load_model(model.weights).network, (recipe.clips.length, *recipe.preprocessing.size)
        if model.reinit_fc:
            network = _with_new_ends(network, size)
        elif network.input_size != size:
            raise RecipeError(
                f"{model.weights} takes clips of {network.input_size}, the recipe makes {size}; with model.reinit_fc "
                "its convolutions alone are kept, which take any size"
            )
        network.replace_classifier(num_classes)
        network.set_dropout(model.dropout)
        return network
    return C3D(
        num_classes,
        model.width,
        (recipe.clips.length, *recipe.preprocessing.size),
        model.pool5,
        model.norm,
        dropout=model.dropout,
        temporal_kernel=model.temporal_kernel,
        paired=model.paired,
    )


def untouched_network(recipe: Recipe, num_classes: int) -> tuple[C3D, str]:
    """Build the network that nothing of the recipe trains, and say what it is.

    Pre-trained weights are taken whole where they are for clips of the recipe's size, whatever `model.reinit_fc` says.
    """
    model, size = recipe.model, (recipe.clips.length, *recipe.preprocessing.size)
    if not model.weights:
        return new_network(recipe, num_classes), "random weights"
    name = model.weights.rpartition("/")[2]
    if model.reinit_fc and load_model(model.weights).network.input_size != size:
        return new_network(recipe, num_classes), f"the convolutions of {name} under random fully connected layers"
    whole = recipe.model_copy(update={"model": model.model_copy(update={"reinit_fc": False})})
    return new_network(whole, num_classes), f"{name}, whole and never fine-tuned"


def _with_new_ends(network: C3D, size: tuple[int, int, int]) -> C3D:
    """Return a network for clips of a size, with the convolutions of another and fresh fully connected layers."""
    fresh = build_c3d(network.config | {"input_size": size})
    kept = {k: v for k, v in network.state_dict().items() if k.startswith(("conv", "norm_conv"))}
    fresh.load_state_dict(fresh.state_dict() | kept)
    return fresh


def train(
    recipe: Recipe,
    tracklets: TrackletSet,
    folder: Path,
    leaks: tuple[str, ...] = (),
    console: Console | None = None,
    devices: int = 1,
    populations: Mapping[str, str] | None = None,
) -> Path:
    """Fine-tune on the people of `tracklets`, less those held out for validation.

    Parameters
    ----------
    recipe : Recipe
    tracklets : TrackletSet
        Training people of all domains together.
    folder : Path
        The run's folder; a run of the same recipe that was stopped there is taken up, a finished one is not repeated.
        Its `metrics` may have changed.
    leaks : tuple of str
        Official test sets whose people are among these (METHODS §3.8); recorded with the weights.
    console : Console or None
        For progress.
    devices : int
        GPUs, or processes where there is none. They share each batch of `training.batches.size` clips, so that
        iterations and clips are as many as on one device; normalisation and triplets then see a share alone, so the
        numbers are not those of one device. The first of them validates and writes.
    populations : mapping or None
        Whom the numbers of each domain's people stand for, as `resight.datasets.seen` names them; None takes what the
        recipe's `data` says.

    Returns
    -------
    Path
        ``best.safetensors``: the best on validation people, or the last where there are none.

    Raises
    ------
    RecipeError
        Where the folder holds a run of another recipe, of other people or on another number of devices, or one stopped
        under a version that trained other parameters; where there are not so many devices, or batches that they cannot
        share evenly.
    ResightError
        Where a step's loss is not finite or its features lie in one point, or a device's process was killed.
    KeyboardInterrupt
        On Ctrl-C; the next call goes on from the last checkpoint.
    """
    recipe = recipe.model_copy(
        update={
            "training": recipe.training.model_copy(update={"precision": resolve_precision(recipe.training.precision)})
        }
    )
    refuse_devices(devices)
    refuse_uneven(recipe.training, devices)
    knowledge = known_after(recipe, tracklets, leaks, populations)
    _refuse_another(folder, recipe, knowledge["seen"], devices)
    fit, validation = tracklets.filter(lambda t: t.person > 0), None
    if recipe.validation.people:
        fit, query, gallery = hold_out(tracklets, recipe.validation.people, recipe.seed)
        validation = (query, gallery)
    people = {
        domain: [p for d, p in fit.identities if d == domain] for domain in sorted({d for d, _ in fit.identities})
    }
    held = sorted(validation[1].identities) if validation else []
    info = {"recipe": recipe.name, "seed": recipe.seed, "people": people} | knowledge
    info["features"] = recipe.features.model_dump(mode="json")
    if (folder / "finished.json").is_file():
        write_text(folder / "recipe.yaml", recipe.to_yaml())
        return folder / "best.safetensors"
    network = new_network(recipe, len(fit.identities))
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    module = FineTuner(network, recipe.preprocessing, recipe.training, recipe.seed, recipe.model.freeze)
    if console is not None and devices > 1:
        console = OwnConsole()
    recorder = RunRecorder(folder, recipe, info, validation, console)
    checkpoint = folder / "last.ckpt"
    done = 0
    if checkpoint.is_file():
        done = _stopped_at(checkpoint, network)
    accumulate, iterations = recipe.training.batches.accumulate, recipe.training.iterations
    stream = ClipStream(
        fit,
        recipe.clips,
        recipe.preprocessing,
        recipe.augmentation,
        recipe.training.batches,
        recipe.seed,
        done * accumulate,
        iterations * accumulate,
    )
    write_text(folder / "recipe.yaml", recipe.to_yaml())
    record = _provenance(recipe) | {"devices": devices} | info | {"validation_people": held}
    write_text(folder / "run.json", json.dumps(record, indent=1))
    if done < iterations:
        with warnings.catch_warnings():
            hush()
            trainer = _trainer(recipe, recorder, devices)
            with passing_interrupts(trainer), in_one_sentence():
                clips = Clips(stream, console)
                trainer.fit(module, datamodule=clips, ckpt_path=checkpoint if done else None, weights_only=True)
        reached = trainer.global_step if devices == 1 else _stopped_at(checkpoint, network)
        if reached < iterations:
            raise ResightError(f"training stopped at step {reached}; run the same command to take it up")
    write_text(folder / "finished.json", json.dumps({"finished": _now(), "iterations": iterations}))
    return folder / "best.safetensors"


def _stopped_at(checkpoint: Path, network: C3D) -> int:
    """Return a checkpoint's step; refuse an optimiser's state of other parameters than those that are trained now."""
    saved = torch.load(checkpoint, weights_only=True, map_location="cpu", mmap=True)
    (optimiser,) = saved["optimizer_states"]
    before = sum(len(group["params"]) for group in optimiser["param_groups"])
    now = sum(p.requires_grad for p in network.parameters())
    if before != now:
        raise RecipeError(
            f"{checkpoint}: {before} parameters were trained when this run was stopped, now {now} are; it was begun "
            "with another version of Resight, so give another folder"
        )
    return int(saved["global_step"])


def _trainer(recipe: Recipe, recorder: RunRecorder, devices: int) -> L.Trainer:
    return L.Trainer(
        accelerator="auto",
        devices=devices,
        strategy="auto" if devices == 1 else DDPStrategy(start_method="spawn", timeout=LONGEST_WAIT),
        precision="bf16-mixed" if recipe.training.precision == "bf16" else "32-true",
        max_steps=recipe.training.iterations,
        accumulate_grad_batches=recipe.training.batches.accumulate,
        gradient_clip_val=recipe.training.optimiser.clip_gradient,
        callbacks=[recorder],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )


def known_after(
    recipe: Recipe, tracklets: TrackletSet, leaks: tuple[str, ...] = (), populations: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Say whom a network will know that a recipe trains on `tracklets`: `leaks` and `seen`, its start's among them."""
    start = load_model(recipe.model.weights).info if recipe.model.weights else {}
    if populations is None:
        populations = {source.name: population(source.dataset, source.options) for source in recipe.data}
    seen = seen_in(tracklets.filter(lambda t: t.person > 0), populations)
    return {"leaks": sorted({*leaks, *start.get("leaks", ())}), "seen": [*start.get("seen", ()), *seen]}


def _refuse_another(folder: Path, recipe: Recipe, seen: Seen, devices: int) -> None:
    """Refuse a folder of a run of another recipe (but for `metrics`, which no training reads), people or devices."""
    path, record = folder / "recipe.yaml", folder / "run.json"
    # keys that are newer than the run stand at their defaults
    if path.is_file() and load_recipe(path).model_copy(update={"metrics": recipe.metrics}) != recipe:
        raise RecipeError(f"{folder}: holds a run of another recipe; give another folder")
    before = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    if before.get("seen", seen) != seen:
        raise RecipeError(f"{folder}: holds a run on other people or other frames of them; give another folder")
    if before.get("devices", devices) != devices:
        raise RecipeError(f"{folder}: holds a run on {before['devices']} devices; give another folder, or as many")


def _provenance(recipe: Recipe) -> dict[str, Any]:
    return {
        "started": _now(),
        "precision": recipe.training.precision,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": versions(),
        "commit": commit(),
        "data": [source.model_dump(mode="json") for source in recipe.data],
    }


def versions() -> dict[str, str]:
    """Return the versions of the packages that results depend on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def commit() -> str:
    """Return the git commit of Resight's own checkout, or an empty text."""
    try:
        command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
