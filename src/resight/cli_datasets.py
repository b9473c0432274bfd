"""`resight datasets`: what Resight reads, and what is in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resight.terminal import Options, console, pairs

datasets_app = typer.Typer(help="Data sets that Resight reads.", no_args_is_help=True)


@datasets_app.command("list")
def datasets_list() -> None:
    """List the data sets by name."""
    from resight.datasets import DATASETS

    for name, reader in DATASETS.items():
        console().print(f"{name}: {reader.title}", highlight=False)
        for text in (reader.layout, reader.counts, reader.source):
            if text:
                console().print(f"    {text}", highlight=False)


@datasets_app.command("describe")
def datasets_describe(
    name: str, path: Annotated[Path | None, typer.Argument()] = None, options: Options = None
) -> None:
    """Count a data set's people, cameras, tracklets and frames."""
    from resight.datasets import describe

    console().print(describe(name, path, **pairs(options)), highlight=False, markup=False)


@datasets_app.command("check")
def datasets_check(
    name: str,
    path: Annotated[Path | None, typer.Argument()] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Look at the ends of the pictures, decode none.")] = False,
    options: Options = None,
) -> None:
    """Say what is missing, unreadable or out of order; exit code 0 when whole, 2 when damaged."""
    from resight.datasets import check
    from resight.progress import Progress

    with Progress(console(stderr=True), "pictures") as progress:
        found = check(name, path, quick, progress.tell, **pairs(options))
    console().print(str(found), highlight=False, markup=False)
    if not found.ok:
        raise typer.Exit(2)


@datasets_app.command("split")
def datasets_split(
    name: str,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to make, FILE.json.")],
    path: Annotated[Path | None, typer.Argument()] = None,
    seed: Annotated[int, typer.Option(help="Who trains, who asks, and with which tracklet, follows from it.")] = 0,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="KEY=VALUE, as open_fraction=0.2; may be repeated.")
    ] = None,
    options: Options = None,
) -> None:
    """Draw a split by rules of your own, for `--split FILE.json` of `evaluate`, `train` and `compare`."""
    from resight.datasets import open_dataset
    from resight.datasets.protocol import SplitRule, draw_to_file

    dataset = open_dataset(name, path, **pairs(options))
    split = draw_to_file(out, SplitRule.from_record({"protocol": dataset.protocol} | pairs(rule)), dataset, seed)
    console().print(f"{out}, drawn by seed {seed}\n{split.describe()}", highlight=False, markup=False)


@datasets_app.command("import")
def datasets_import(
    out: Annotated[Path, typer.Argument(help="Folder to make: person/camera/tracklet/*.png, and tracklets.csv.")],
    video: Annotated[list[Path], typer.Option("--video", help="One camera's video; repeat for each camera.")],
    tracks: Annotated[list[Path], typer.Option("--tracks", help="Its tracks as MOTChallenge text; in the same order.")],
    ids: Annotated[Path | None, typer.Option("--ids", help="A CSV camera,track,person that joins people.")] = None,
    min_frames: Annotated[int, typer.Option(help="Shorter tracks are left out.")] = 1,
    min_visibility: Annotated[float, typer.Option(help="Boxes seen less are left out, 0 to 1.")] = 0.0,
) -> None:
    """Make a data set of your own out of several cameras' videos and their tracks."""
    from resight.datasets.importing import import_tracks
    from resight.progress import Progress

    with Progress(console(stderr=True), "tracklets") as progress:
        found = import_tracks(
            video, tracks, out, ids, min_frames=min_frames, min_visibility=min_visibility, progress=progress.tell
        )
    console().print(f"{out}: {found}", highlight=False, markup=False)
