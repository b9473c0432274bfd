"""Networks on disk: safetensors with the constructor's arguments and the preprocessing in the header."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from resight.clips import Preprocessing, Sampling
from resight.errors import ResightError, WeightsError
from resight.files import atomic_write
from resight.models.c3d import C3D, build_c3d
from resight.models.packing import pack, unpack

FORMAT = "resight-1"


@dataclass
class LoadedModel:
    """A network with what it takes to use it.

    Attributes
    ----------
    name : str
        Shipped name or file.
    network : C3D
        In evaluation mode.
    preprocessing, sampling
        As it was trained.
    info : dict
        Anything else that stood in the file: layer, people seen, recipe.
    """

    name: str
    network: C3D
    preprocessing: Preprocessing
    sampling: Sampling
    info: dict[str, Any]


def save_model(
    network: C3D,
    path: str | Path,
    preprocessing: Preprocessing,
    sampling: Sampling,
    info: dict[str, Any] | None = None,
    packed: bool = False,
) -> None:
    """Write a network to a safetensors file, whole or not at all.

    Parameters
    ----------
    network, preprocessing, sampling, info
        As `LoadedModel` gives them back.
    packed : bool
        Whether weights are rounded to a byte each, a quarter of the size (`resight.models.packing`).

    Raises
    ------
    ResightError
        Where the file cannot be written, as on a full disk; an old file of that name is untouched.
    """
    header = {
        "format": FORMAT,
        "config": json.dumps(network.config),
        "preprocessing": preprocessing.model_dump_json(),
        "sampling": json.dumps(vars(sampling)),
        "info": json.dumps(info or {}),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    if packed:
        tensors = pack(tensors)
    with atomic_write(path) as temporary:
        save_file(tensors, temporary, header)


def shipped_models() -> list[str]:
    """Return the names of the networks that come with Resight."""
    folder = files("resight") / "models" / "shipped"
    return sorted(p.name.removesuffix(".safetensors") for p in folder.iterdir() if p.name.endswith(".safetensors"))


def card(name: str) -> str:
    """Return a shipped network's model card, Markdown: its data, recipe, figures and limits.

    Raises
    ------
    WeightsError
        Where no network of that name is shipped.
    """
    if name not in shipped_models():
        raise WeightsError(f"no model named {name!r} is shipped; there are {', '.join(shipped_models()) or 'none'}")
    return (files("resight") / "models" / "shipped" / f"{name}.md").read_text(encoding="utf-8")


def load_model(name: str | Path) -> LoadedModel:
    """Load a shipped network by name, or one that Resight wrote by its path.

    Raises
    ------
    WeightsError
        Where there is no such network, or the file is damaged or does not fit its own description.
    """
    path = Path(name)
    if path.suffix != ".safetensors":
        if str(name) not in shipped_models():
            known = ", ".join(shipped_models()) or "none"
            raise WeightsError(f"no model named {str(name)!r} (shipped: {known}); or give a .safetensors file")
        path = Path(str(files("resight") / "models" / "shipped" / f"{name}.safetensors"))
    if not path.is_file():
        raise WeightsError(f"{path}: no such weight file")
    try:
        with safe_open(path, "pt") as opened:
            header = opened.metadata() or {}
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: not a whole safetensors file ({error})") from error
    if header.get("format") != FORMAT:
        raise WeightsError(f"{path}: not written by Resight; use `resight weights convert` first")
    try:
        network = build_c3d(json.loads(header["config"]))
        preprocessing = Preprocessing.model_validate_json(header["preprocessing"])
        sampling = Sampling(**json.loads(header["sampling"]))
        info = json.loads(header["info"])
    except (KeyError, TypeError, ValueError, ResightError) as error:
        raise WeightsError(
            f"{path}: its header does not describe a network ({' '.join(str(error).split())})"
        ) from error
    load_tensors(network, unpack(tensors, str(path)), str(path))
    return LoadedModel(str(name), network.eval(), preprocessing, sampling, info)


def pack_model(source: str | Path, target: str | Path, classifier: bool = True) -> LoadedModel:
    """Write a network again with its weights rounded to a byte each, and return it as it is read back.

    Parameters
    ----------
    source : str or Path
        As `load_model` takes it.
    target : str or Path
        A ``.safetensors`` file; overwritten.
    classifier : bool
        Whether the last layer is kept; features do not need it, and it knows the training people.

    Raises
    ------
    WeightsError
        Where the source cannot be read, or the target has another suffix.
    """
    if Path(target).suffix != ".safetensors":
        raise WeightsError(f"{target}: Resight's networks lie in .safetensors files")
    model = load_model(source)
    info = dict(model.info)
    if not classifier:
        model.network.replace_classifier(1)
        info["classifier"] = "left out"
    save_model(model.network, target, model.preprocessing, model.sampling, info, packed=True)
    return load_model(target)


def is_own_file(path: Path) -> bool:
    """Tell whether a file is a safetensors file that Resight wrote."""
    try:
        with safe_open(path, "pt") as opened:
            return (opened.metadata() or {}).get("format") == FORMAT
    except (SafetensorError, OSError):
        return False


def check_tensors(network: torch.nn.Module, tensors: dict[str, torch.Tensor], origin: str) -> None:
    """Hold tensors against a network, each by name and shape.

    Raises
    ------
    WeightsError
        Naming the first tensor that is missing, left over, or of another shape; `origin` begins the sentence.
    """
    wanted = network.state_dict()
    for name, tensor in wanted.items():
        if name not in tensors:
            raise WeightsError(f"{origin}: {name} is missing")
        if tensors[name].shape != tensor.shape:
            found, expected = tuple(tensors[name].shape), tuple(tensor.shape)
            raise WeightsError(f"{origin}: {name} has shape {found}, the network needs {expected}")
    extra = sorted(set(tensors) - set(wanted))
    if extra:
        raise WeightsError(f"{origin}: {extra[0]} fits no layer of the network")


def load_tensors(network: torch.nn.Module, tensors: dict[str, torch.Tensor], origin: str) -> None:
    """Copy tensors into a network after `check_tensors`."""
    check_tensors(network, tensors, origin)
    network.load_state_dict({name: tensors[name].to(wanted.dtype) for name, wanted in network.state_dict().items()})
