"""Public weights of C3D: found out by content, checked tensor by tensor, converted to Resight's own form.

``inspect`` says what a file is, ``load`` makes a network of it, ``convert`` writes that network beside its
preprocessing; ``KNOWN`` lists the published files. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, cast, get_args

from resight.clips import Preprocessing, Sampling
from resight.errors import RecipeError, WeightsError
from resight.models.c3d import parameter_count
from resight.models.files import LoadedModel, is_own_file, load_model, save_model
from resight.models.weights.detect import detect, read_source
from resight.models.weights.fit import fit
from resight.models.weights.info import WeightsInfo
from resight.models.weights.known import KNOWN, KnownFile, known_file, verify
from resight.models.weights.mean import centre_crop, channel_means, read_mean
from resight.models.weights.source import Channels, Fc6Order, Pool5, Source


def inspect(path: str | Path) -> WeightsInfo:
    """Say what a weight file or mean cube is and whether it fits C3D; a network that does not is described as well.

    Raises
    ------
    WeightsError
        Where the file is missing, damaged or of no known format.
    """
    path = Path(path)
    kind, digest = detect(path), _digest(path)
    if kind in ("npy", "binaryproto"):
        cube = read_mean(path)
        blue, green, red = channel_means(cube)
        means = f"means B {blue:.2f}, G {green:.2f}, R {red:.2f}"
        return WeightsInfo(path, f"mean cube, .{kind}", digest, {"mean": cube.shape}, notes=(means,))
    if kind == "safetensors" and is_own_file(path):
        model = load_model(path)
        shapes = {name: tuple(tensor.shape) for name, tensor in model.network.state_dict().items()}
        return _describe(path, "Resight's own", digest, shapes, model, ())
    source = read_source(path, kind)
    known = known_file(path)
    notes = (*source.notes, *([f"licence: {known.licence}"] if known else []))
    try:
        verify(path, digest, None)
        model = _assemble(path, source, digest)
    except WeightsError as error:
        return WeightsInfo(path, source.format, digest, source.shapes, notes=notes, misfit=str(error))
    return _describe(path, source.format, digest, source.shapes, model, notes)


def load(
    path: str | Path,
    *,
    sha256: str | None = None,
    channel_order: str | None = None,
    fc6_order: str | None = None,
    pool5: str | None = None,
    mean: str | Path | None = None,
) -> LoadedModel:
    """Make a network of a public weight file.

    Parameters
    ----------
    path : str or Path
        Caffe (C3D-v1.0, BVLC), Keras (TensorFlow, Theano), or PyTorch (DavideA, jfzhang95, mmaction2).
    sha256 : str or None
        Digest that the file must have.
    channel_order : {"bgr", "rgb"} or None
        Order of the input's channels, where the file's maker took another than METHODS §1.5 says.
    fc6_order : {"chw", "hwc"} or None
        For Keras files: the order of fc6's inputs.
    pool5 : {"caffe", "sym"} or None
        The pooling window, where it is another than METHODS §1.1 rules for the format.
    mean : str, Path or None
        A mean cube; its channel means take the place of the format's.

    Returns
    -------
    LoadedModel
        In evaluation mode, with its preprocessing; without classifier where the file has none.

    Raises
    ------
    WeightsError
        Where the file is damaged, has another digest, or does not fit C3D: the sentence names the tensor.
    RecipeError
        Where an option is unknown or not for this format.
    """
    path = Path(path)
    for name, value, known in (
        ("channel_order", channel_order, Channels),
        ("fc6_order", fc6_order, Fc6Order),
        ("pool5", pool5, Pool5),
    ):
        if value is not None and value not in get_args(known):
            raise RecipeError(f"{name} is one of {', '.join(get_args(known))}, not {value!r}")
    kind, digest = detect(path), _digest(path)
    verify(path, digest, sha256)
    if kind == "safetensors" and is_own_file(path):
        if (channel_order, fc6_order, pool5, mean) != (None, None, None, None):
            raise RecipeError(f"{path}: Resight's own files say how they are fed; leave the options out")
        return load_model(path)
    source = read_source(path, kind, cast("Fc6Order | None", fc6_order))
    return _assemble(path, source, digest, channel_order, pool5, mean)


def convert(
    source: str | Path,
    target: str | Path,
    *,
    sha256: str | None = None,
    channel_order: str | None = None,
    fc6_order: str | None = None,
    pool5: str | None = None,
    mean: str | Path | None = None,
) -> WeightsInfo:
    """Write a public weight file anew in Resight's own form (safetensors), whole or not at all; options as in `load`.

    Returns
    -------
    WeightsInfo
        Of the file written.

    Raises
    ------
    RecipeError
        Where `target` does not end in ``.safetensors`` or `source` is in Resight's form already, or as in `load`.
    WeightsError
        As in `load`.
    """
    source, target = Path(source), Path(target)
    if target.suffix != ".safetensors":
        raise RecipeError(f"{target}: converted weights are named NAME.safetensors")
    if source.is_file() and is_own_file(source):
        raise RecipeError(f"{source}: already in Resight's own form")
    model = load(source, sha256=sha256, channel_order=channel_order, fc6_order=fc6_order, pool5=pool5, mean=mean)
    save_model(model.network, target, model.preprocessing, model.sampling, model.info)
    return inspect(target)


def _assemble(
    path: Path,
    source: Source,
    digest: str,
    channel_order: str | None = None,
    pool5: str | None = None,
    mean: str | Path | None = None,
) -> LoadedModel:
    """Build network, preprocessing and provenance."""
    network = fit(source.tensors, cast("Pool5", pool5 or source.pool5), str(path))
    channels = cast("Channels", channel_order or source.channels)
    means = source.mean if mean is None else channel_means(read_mean(mean))
    if channels != ("bgr" if mean is not None else source.channels):
        means = (means[2], means[1], means[0])
    known = known_file(path)
    origin: dict[str, Any] = {"file": path.name, "sha256": digest, "format": source.format, "notes": list(source.notes)}
    if known:
        origin |= {"project": known.project, "licence": known.licence}
    return LoadedModel(
        name=path.stem,
        network=network,
        preprocessing=Preprocessing(channels=channels, mean=means),
        sampling=Sampling(length=network.input_size[0]),
        info={"weights": origin},
    )


def _describe(
    path: Path, form: str, digest: str, shapes: dict[str, tuple[int, ...]], model: LoadedModel, notes: tuple[str, ...]
) -> WeightsInfo:
    config = model.network.config
    if not config["num_classes"]:
        notes = (*notes, "no classifier (fc8) in the file: features only, until it is fine-tuned")
    return WeightsInfo(
        path,
        form,
        digest,
        shapes,
        width=float(config["width"]),
        num_classes=int(config["num_classes"]),
        parameters=parameter_count(model.network),
        pool5=config["pool5"],
        channels=model.preprocessing.channels,
        mean=model.preprocessing.mean,
        notes=notes,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


__all__ = [
    "KNOWN",
    "KnownFile",
    "WeightsInfo",
    "centre_crop",
    "channel_means",
    "convert",
    "inspect",
    "load",
    "read_mean",
]
