"""`resight synthesize`: the embedded world, on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from resight.errors import RecipeError
from resight.terminal import console

SCENE = ("seconds", "video")
"""What --layout scene alone takes."""
CALIBRATION = ("model", "people_scale", "quick")
"""What --calibrate alone takes."""
SHIPPED = "c3d-small-synthetic"
"""What --calibrate measures as the C3D where none is given."""
EVERYWHERE = ("out", "seed", "domain", "workers", "calibrate")


def synthesize(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="Folder to make; its causes go to OUT.causes.parquet beside it.")],
    layout: Annotated[str | None, typer.Option(help="prid2011, ilids-vid, mars, folder or scene.")] = None,
    people: Annotated[int, typer.Option(help="Seen by every camera; MARS: so many to train on and to test.")] = 100,
    seed: Annotated[int, typer.Option(help="The world's seed.")] = 0,
    domain: Annotated[str | None, typer.Option(help="What is filmed; the layout has its own.")] = None,
    days: Annotated[int, typer.Option(help="2: the upper half of the cameras films on another day.")] = 1,
    same_clothes: Annotated[bool, typer.Option("--same-clothes", help="A few outfits for all.")] = False,
    twins: Annotated[bool, typer.Option("--twins", help="All alike but for their gait.")] = False,
    null_twins: Annotated[bool, typer.Option("--null-twins", help="All alike, their gait too.")] = False,
    gait: Annotated[float, typer.Option(help="How far each gait is from the mean one, 1 as it is.")] = 1.0,
    frames: Annotated[tuple[int, int] | None, typer.Option(help="Shortest and longest tracklet.")] = None,
    distractors: Annotated[int | None, typer.Option(help="Tracklets of people nobody asks for.")] = None,
    junk: Annotated[int | None, typer.Option(help="Tracklets of boxes that miss their people.")] = None,
    seconds: Annotated[float, typer.Option(help="Length of a scene.")] = 60.0,
    video: Annotated[str, typer.Option(help="Kind of a scene's video, mp4 or avi.")] = "mp4",
    workers: Annotated[int | None, typer.Option(help="Processes that draw; one a core.")] = None,
    calibrate: Annotated[bool, typer.Option("--calibrate", help="Measure how hard the world is instead.")] = False,
    model: Annotated[str, typer.Option(help="--calibrate: a shipped C3D or a weight file, measured too.")] = SHIPPED,
    people_scale: Annotated[float, typer.Option(help="--calibrate: share of each domain's people.")] = 1.0,
    quick: Annotated[bool, typer.Option("--quick", help="--calibrate: a few minutes, to see that it works.")] = False,
) -> None:
    """Write people of the embedded world in a real data set's layout, or --calibrate; a stopped run is taken up."""
    import os

    from resight.synthetic.command import Wanted, synthesize_job

    if seed < 0:
        raise RecipeError(f"a seed is a whole number from 0, not {seed}")
    _refuse_idle(context, layout, calibrate)
    if calibrate:
        from resight.allocator import tune_allocator

        tune_allocator()
        from resight.synthetic.calibration.command import calibrate_job

        page = calibrate_job(out.expanduser(), seed, people_scale, quick, Path(model), domain, workers or 1, console())
        console().print(f"calibration: {page}", highlight=False)
        return
    if layout is None:
        raise RecipeError("give a --layout to write people in, or --calibrate")

    alike = (same_clothes, twins, null_twins, gait)
    wanted = Wanted(layout, people, seed, domain, days, *alike, frames, distractors, junk, seconds, video)
    synthesize_job(wanted, out, (os.cpu_count() or 1) if workers is None else workers, console())


def _refuse_idle(context: typer.Context, layout: str | None, calibrate: bool) -> None:
    """Raise `RecipeError` for an option that was given and would do nothing."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in EVERYWHERE:
            continue
        option = f"--{name.replace('_', '-')}"
        if calibrate and name not in CALIBRATION:
            raise RecipeError(f"--calibrate takes no {option}")
        if not calibrate and name in CALIBRATION:
            raise RecipeError(f"{option} is for --calibrate")
        if not calibrate and name in SCENE and layout not in (None, "scene"):
            raise RecipeError(f"{option} is for --layout scene")
