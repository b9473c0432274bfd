"""Methods by name: what `--method` and recipes may say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import torch
from torch import nn

from resight.clips import Preprocessing, Sampling
from resight.errors import RecipeError, WeightsError
from resight.features.clips import ClipExtractor
from resight.features.colour import ColourExtractor
from resight.features.extract import Extractor
from resight.features.frames import OnnxExtractor
from resight.features.lomo import LomoExtractor
from resight.methods.base import RECORD, read_record
from resight.methods.registry import METHODS as TRAINABLE
from resight.methods.registry import open_trainable
from resight.models import load_model

BASELINE = "c3d-baseline"
UNTRAINED = {
    "c3d-baseline": "C3D as it was pre-trained, untouched: c3d-small-actions",
    "colour": "HSV histograms of six body strips: the floor (METHODS §3.7)",
    "lomo": "local maximal occurrence of colours and textures, the largest over frames (METHODS §2)",
    "onnx:FILE": "a frame network, the mean over frames; FILE.yaml beside it tells channels, scale, mean and std",
    "package.module:Class": "your own torch.nn.Module: float clips (B, 3, T, H, W) in, features (B, D) out",
}
"""What each form of a method's name means, where it learns nothing here."""


def open_method(spec: str) -> Extractor:
    """Make the extractor of a method's name.

    Parameters
    ----------
    spec : str
        ``c3d-baseline``, ``colour``, ``lomo``, ``onnx:FILE`` or ``package.module:Class``; a module may lie in the
        working folder.

    Raises
    ------
    RecipeError
        Where the name is unknown.
    WeightsError
        Where the file or class cannot be used.
    """
    if spec == "colour":
        return ColourExtractor()
    if spec == "lomo":
        return LomoExtractor()
    if spec == "onnx:":
        raise RecipeError("onnx: needs a file, as onnx:FILE")
    if spec.startswith("onnx:"):
        return OnnxExtractor(Path(spec.removeprefix("onnx:")).expanduser())
    if ":" in spec:
        return _own_network(spec)
    if spec == BASELINE:
        return open_model("c3d-small-actions", "C3D untouched")
    if spec in TRAINABLE:
        raise RecipeError(f"{spec} learns: `resight train --method {spec}` trains it, and --run takes the folder")
    raise RecipeError(f"no method named {spec!r}; there are {', '.join([*UNTRAINED, *TRAINABLE])}")


def open_model(name: str | Path, title: str | None = None) -> ClipExtractor:
    """Make the extractor of a shipped network or a weight file, as it was trained to be used."""
    model = load_model(name)
    features = model.info.get("features", {})
    return ClipExtractor(
        name=title or f"C3D {model.info.get('recipe', Path(name).stem)}",
        network=model.network,
        preprocessing=model.preprocessing,
        sampling=model.sampling,
        layer=features.get("layer", "fc7"),
        relu=features.get("relu", True),
        stages=tuple(features.get("stages", ())),
        mirror=features.get("mirror", False),
        pool=features.get("pool", "mean"),
        normalise=features.get("normalise", True),
        info=model.info,
    )


def choose_method(run: Path | None, model: str | None, method: str | None) -> Extractor:
    """Make the extractor that exactly one of a run's folder, a model and a method's name asks for."""
    if sum(choice is not None for choice in (run, model, method)) != 1:
        raise RecipeError("give exactly one of --run, --model and --method")
    if run is not None and (run / RECORD).is_file():
        return load_trained(run)
    if run is not None:
        weights = weights_of(run)
        if weights is None:
            raise WeightsError(f"{run}: no trained network")
        return open_model(weights, "C3D fine-tuned")
    if model is not None:
        return open_model(model)
    assert method is not None
    return open_method(method)


def load_trained(folder: Path) -> Extractor:
    """Load a method that was trained in a folder, with the settings that stand there.

    Raises
    ------
    WeightsError
        Where its training was not finished.
    """
    record = read_record(folder)
    return open_trainable(record["method"], **record["settings"]).load(folder)


def weights_of(run: Path) -> Path | None:
    """Find a run's weights: in its folder, or in that of its only seed; None where there are none.

    Raises
    ------
    WeightsError
        Where several seeds have some.
    """
    own = run / "best.safetensors"
    found = [own] if own.is_file() else sorted(run.glob("*/best.safetensors"))
    if len(found) > 1:
        raise WeightsError(f"{run}: several trained networks: name one seed's folder")
    return found[0] if found else None


def _own_network(spec: str) -> ClipExtractor:
    """Make the user's class, without arguments; it may have an `input_size`, a `preprocessing` and a `sampling`."""
    module_name, _, class_name = spec.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        network = getattr(importlib.import_module(module_name), class_name)()
    except Exception as error:  # the user's code may raise anything
        raise WeightsError(f"{spec}: cannot be made ({error})") from error
    if not isinstance(network, nn.Module):
        raise WeightsError(f"{spec}: not a torch.nn.Module")
    length, height, width = getattr(network, "input_size", (16, 112, 112))
    try:
        with torch.inference_mode():
            network.eval()(torch.zeros(1, 3, length, height, width))
    except Exception as error:
        raise WeightsError(f"{spec}: fails on clips (1, 3, {length}, {height}, {width}): {error}") from error
    plain = Preprocessing() if (height, width) == (112, 112) else Preprocessing(size=(height, width), resize=None)
    return ClipExtractor(
        name=class_name,
        network=network,
        preprocessing=getattr(network, "preprocessing", plain),
        sampling=getattr(network, "sampling", Sampling(length=length)),
        layer=None,
    )
