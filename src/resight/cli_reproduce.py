"""`resight reproduce`: the paper's tables, figures and claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from resight.terminal import console, pairs


def reproduce(
    names: Annotated[
        list[str],
        typer.Argument(help="figure1 … figure5, table1 … table3, pretraining, cost, temporal, ablations, or all."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for cells, pages and claims.")] = Path(
        "reproduction"
    ),
    data: Annotated[
        list[str] | None, typer.Option("--data", help="Folder that holds the real sets, or NAME=PATH; may be repeated.")
    ] = None,
    options: Annotated[
        list[str] | None, typer.Option("--option", help="SET.KEY=VALUE of a real set's reader, SET prid, ilids, …")
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="On the embedded world instead.")] = False,
    aerial: Annotated[str | None, typer.Option(help="Data set that stands for the unreleased aerial one.")] = None,
    further: Annotated[
        str | None, typer.Option(help="One more data set to train on and test, NAME or TITLE=NAME.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few people, short trainings.")] = False,
    seeds: Annotated[int | None, typer.Option(help="Splits and seeds of every experiment.")] = None,
    methods: Annotated[str | None, typer.Option(help="Compared methods: all, or names with commas.")] = None,
    recipe: Annotated[str | None, typer.Option(help="Another recipe, by name or file.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="KEY=VALUE of the recipe; second.KEY of model 2, short.KEY of short trainings, METHOD.KEY of methods.",
        ),
    ] = None,
    devices: Annotated[int, typer.Option(help="GPUs, or processes without one, that share each training batch.")] = 1,
    jobs: Annotated[int, typer.Option(help="Processes that measure side by side, as on a GPU.")] = 1,
    work: Annotated[Path | None, typer.Option(help="Folder for weights and features; OUT/work where none.")] = None,
    clip: Annotated[Path | None, typer.Option(help="A video of yours for figure 3.")] = None,
    boxes: Annotated[Path | None, typer.Option(help="Its tracks, MOTChallenge text.")] = None,
    beside: Annotated[
        list[Path] | None, typer.Option(help="Another reproduction's OUT: its verdicts stand beside these.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is there, what is missing, how long.")] = False,
    draw: Annotated[bool, typer.Option("--draw", help="Measure nothing; draw the pages of what is done.")] = False,
) -> None:
    """Do the paper's experiments; what is done stays done, and a stopped run is taken up."""
    from resight.allocator import tune_allocator

    tune_allocator()
    from resight.experiments.paper import run
    from resight.experiments.paper.check import check as look
    from resight.experiments.paper.lab import open_lab

    lab = open_lab(
        out,
        data=data or [],
        options=pairs(options),
        synthetic=synthetic,
        aerial=aerial,
        further=further,
        quick=quick,
        seeds=seeds,
        methods=methods,
        recipe=recipe,
        changes=pairs(changes),
        devices=devices,
        jobs=jobs,
        work=work,
        clip=clip,
        boxes=boxes,
        beside=beside or [],
        console=console(),
    )
    if check:
        for line in look(lab, names):
            console().print(line, highlight=False, markup=False)
        return
    command = " ".join(["resight", *sys.argv[1:]])
    for page in run.draw_all(lab, names, out, command) if draw else run.reproduce(lab, names, out, command):
        console().print(f"page: {page}", highlight=False, markup=False)
