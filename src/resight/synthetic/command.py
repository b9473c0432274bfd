"""`resight synthesize`: people of the embedded world, written to disk in the layout of a real data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

from rich.console import Console

from resight.counting import counted
from resight.datasets.origin import alikeness
from resight.errors import RecipeError
from resight.progress import Progress
from resight.synthetic.domains import load_domain
from resight.synthetic.layouts import LAYOUTS, write_plan
from resight.synthetic.layouts.film import CODECS
from resight.synthetic.layouts.scene import Scene, write_scenes
from resight.synthetic.synthesis import WORLD_VERSION, synthesize
from resight.tracklets import TrackletSet

SCENE = "scene"
"""Name of the layout of whole scenes, which films views and not tracklets."""
SCENE_DOMAIN = "plaza"


@dataclass(frozen=True)
class Wanted:
    """Who is to be filmed, and how it is laid out.

    Attributes
    ----------
    layout : str
        One of `LAYOUTS`, or `SCENE`.
    people : int
        Seen by every camera; in a layout with two halves, so many to train on and as many to test.
    seed : int
    domain : str or None
        None takes the layout's own.
    days : int
        1, or 2: the upper half of the cameras films on another day, in other clothes.
    same_clothes : bool
        A few outfits for all.
    twins : bool
        All are alike but for their gait.
    null_twins : bool
        Their gait is alike too: nothing tells them apart.
    gait : float
        Scales how far each gait is from the mean one.
    frames : (low, high) or None
        Lengths of the tracklets; None takes the domain's own.
    distractors, junk : int or None
        Tracklets of nobody asked for, and of boxes that miss; None takes what the layout has for so many people.
    seconds : float
        Length of a scene.
    kind : str
        Kind of a scene's video, ``mp4`` or ``avi``.
    """

    layout: str
    people: int
    seed: int = 0
    domain: str | None = None
    days: int = 1
    same_clothes: bool = False
    twins: bool = False
    null_twins: bool = False
    gait: float = 1.0
    frames: tuple[int, int] | None = None
    distractors: int | None = None
    junk: int | None = None
    seconds: float = 60.0
    kind: str = "mp4"


def synthesize_job(wanted: Wanted, out: Path, workers: int = 1, console: Console | None = None) -> None:
    """Film people and write them to a folder; a run that was stopped is taken up.

    Parameters
    ----------
    wanted : Wanted
    out : Path
    workers : int
        Processes that draw.
    console : Console or None
        Where progress is shown.

    Raises
    ------
    RecipeError
        Where a name is unknown or a number makes no sense.
    ResightError
        Where the folder holds something else or cannot be written.
    """
    if workers < 1:
        raise RecipeError(f"at least one process must draw, not {workers}")
    if wanted.people < 1:
        raise RecipeError(f"at least one person must be filmed, not {wanted.people}")
    if wanted.days not in (1, 2):
        raise RecipeError(f"a data set is filmed on one day or two, not {wanted.days}")
    if wanted.seed < 0:
        raise RecipeError(f"a seed is a whole number from 0, not {wanted.seed}")
    out = out.expanduser().absolute()
    if not out.name:
        raise RecipeError(f"{out}: is no folder that can be made; give a new one in it")
    if wanted.layout not in (*LAYOUTS, SCENE):
        raise RecipeError(f"no layout named {wanted.layout!r}; there are {', '.join((*LAYOUTS, SCENE))}")
    settings = {"world": WORLD_VERSION, "wanted": asdict(wanted)}
    if wanted.layout == SCENE:
        scenes = scenes_of(wanted)
        frames = counted(sum(scene.frames for scene in scenes), "frame")
        text = f"{counted(len(scenes), 'camera')}, {frames}"
        with Progress(console, "frames") as progress:
            made = write_scenes(scenes, out, workers, progress.tell, settings)
    else:
        plan = LAYOUTS[wanted.layout].plan(film(wanted))
        text = f"{counted(len(plan.placed), 'tracklet')}, {counted(plan.frames, 'frame')}"
        with Progress(console, "frames") as progress:
            made = write_plan(plan, out, workers, progress.tell, settings)
    if console is not None:
        alike = alikeness(asdict(wanted))
        console.print(
            f"{out}: {text}{', ' if alike else ''}{alike}{'' if made else ' (there already)'}",
            highlight=False,
            markup=False,
        )


def film(wanted: Wanted) -> TrackletSet:
    """Film the people wanted: all tracklets of the layout, those of each camera on one day.

    Of two days, the lower half of the cameras keeps the first and the upper half the second. In a layout of two halves
    people 1 to N are to train on, N + 1 to 2 N to test; distractors and junk go with these.
    """
    layout = LAYOUTS[wanted.layout]
    knobs = load_domain(wanted.domain or layout.domain)
    count = wanted.people

    def people(first: int, distractors: int = 0, junk: int = 0) -> TrackletSet:
        return synthesize(
            knobs,
            range(first, first + count),
            seed=wanted.seed,
            days=wanted.days,
            tracklets_per_camera=layout.each,
            frames=wanted.frames,
            same_clothes=wanted.same_clothes,
            twins=wanted.twins,
            null_twins=wanted.null_twins,
            gait=wanted.gait,
            distractors=distractors,
            junk=junk,
        )

    distractors, junk = layout.others(count)
    distractors = distractors if wanted.distractors is None else wanted.distractors
    junk = junk if wanted.junk is None else wanted.junk
    filmed = people(1) + people(count + 1, distractors, junk) if layout.halves else people(1, distractors, junk)
    return filmed.filter(lambda t: t.person < 1 or t.day == day_of(t.camera, knobs.cameras, wanted.days))


def scenes_of(wanted: Wanted) -> list[Scene]:
    """Return the scene of each camera; raises `RecipeError` for what scenes cannot be."""
    alike = wanted.same_clothes or wanted.twins or wanted.null_twins or wanted.gait != 1
    if alike or wanted.frames or wanted.distractors or wanted.junk:
        raise RecipeError("scenes show people as they are: no same clothes, twins, gait, frames, distractors or junk")
    knobs = load_domain(wanted.domain or SCENE_DOMAIN)
    if any(side % 2 for side in knobs.sensor):
        width, height = knobs.sensor
        raise RecipeError(f"domain {knobs.name}: sensor is {width} by {height}, and a scene's sides must be even")
    if f".{wanted.kind}" not in CODECS:
        raise RecipeError(f"videos are written as {' or '.join(CODECS)}, not .{wanted.kind}")
    if not isfinite(wanted.seconds) or not 1 <= round(wanted.seconds * knobs.rate) <= 10_000_000:
        raise RecipeError(f"a scene of {wanted.seconds:g} seconds cannot be filmed")
    return [
        Scene(
            knobs,
            wanted.people,
            camera,
            day_of(camera, knobs.cameras, wanted.days),
            wanted.seed,
            wanted.seconds,
            f".{wanted.kind}",
        )
        for camera in range(1, knobs.cameras + 1)
    ]


def day_of(camera: int, cameras: int, days: int) -> int:
    """Return the day on which a camera films: of two days, the upper half of the cameras has the second."""
    return 2 if days == 2 and camera > cameras // 2 else 1
