"""`resight weights`: public weight files of C3D."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resight.terminal import console

weights_app = typer.Typer(help="Weight files of C3D, from any framework.", no_args_is_help=True)


@weights_app.command("inspect")
def weights_inspect(path: Path) -> None:
    """Say which format a weight file has and which tensors it holds."""
    from resight.models.weights import inspect

    console().print(str(inspect(path)), highlight=False, markup=False)


@weights_app.command("convert")
def weights_convert(
    source: Path,
    target: Path,
    sha256: Annotated[str | None, typer.Option(help="Digest that the file must have.")] = None,
    channel_order: Annotated[str | None, typer.Option(help="bgr or rgb.")] = None,
    fc6_order: Annotated[str | None, typer.Option(help="chw or hwc: order of fc6's inputs in Keras files.")] = None,
    pool5: Annotated[str | None, typer.Option(help="caffe or sym: the last pooling's window.")] = None,
    mean: Annotated[
        Path | None, typer.Option(help="A mean cube (.binaryproto, .npy); its channel means are taken.")
    ] = None,
) -> None:
    """Convert a C3D weight file to Resight's own form."""
    from resight.models.weights import convert

    options = {"channel_order": channel_order, "fc6_order": fc6_order, "pool5": pool5}
    found = convert(source, target, sha256=sha256, mean=mean, **options)
    console().print(str(found), highlight=False, markup=False)


@weights_app.command("pack")
def weights_pack(
    source: Annotated[str, typer.Argument(help="A shipped name, or a .safetensors file of Resight's.")],
    target: Path,
    classifier: Annotated[bool, typer.Option(help="Keep the last layer, which features do not need.")] = True,
) -> None:
    """Write a network at a byte a weight: a quarter of the size."""
    from resight.models.files import pack_model

    pack_model(source, target, classifier)
    console().print(f"{target}: {target.stat().st_size / 1e6:.2f} MB", highlight=False, markup=False)


@weights_app.command("list")
def weights_list() -> None:
    """List the public C3D weight files that Resight knows; it downloads none of them."""
    from resight.models.weights import KNOWN

    for known in KNOWN:
        console().print(str(known), highlight=False, markup=False)
