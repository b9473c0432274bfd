"""`resight synthesize`: people of the embedded world, written to disk in the layout of a real data set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from resight.errors import RecipeError
from resight.synthetic.layouts import LAYOUTS, Layout, write_plan
from resight.synthetic.progress import Progress
from resight.synthetic.world import WORLD_VERSION, synthesize
from resight.tracklets import TrackletSet


@dataclass(frozen=True)
class Wanted:
    """Who is to be filmed, and how it is laid out.

    Attributes
    ----------
    layout : str
        One of `LAYOUTS`.
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
    gait : float
        Scales how far each gait is from the mean one.
    frames : (low, high) or None
        Lengths of the tracklets; None takes the domain's own.
    """

    layout: str
    people: int
    seed: int = 0
    domain: str | None = None
    days: int = 1
    same_clothes: bool = False
    twins: bool = False
    gait: float = 1.0
    frames: tuple[int, int] | None = None


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
    plan = layout_of(wanted).plan(film(wanted))
    settings = {"world": WORLD_VERSION, "wanted": asdict(wanted)}
    with Progress(console, "frames") as progress:
        made = write_plan(plan, out, workers, progress.tell, settings)
    if console is not None:
        text = f"{len(plan.placed):,} tracklets, {plan.frames:,} frames"
        console.print(f"{out}: {text}{'' if made else ' (there already)'}", highlight=False, markup=False)


def layout_of(wanted: Wanted) -> Layout:
    """Return the layout wanted; raises `RecipeError` where there is none of that name."""
    if wanted.layout not in LAYOUTS:
        raise RecipeError(f"no layout named {wanted.layout!r}; there are {', '.join(LAYOUTS)}")
    return LAYOUTS[wanted.layout]


def film(wanted: Wanted) -> TrackletSet:
    """Film the people wanted: one tracklet set for the whole layout.

    Of two days, the lower half of the cameras keeps the first and the upper half the second.
    """
    if wanted.people < 1 or wanted.days not in (1, 2):
        raise RecipeError("a data set needs at least one person, and one day or two")
    layout = layout_of(wanted)
    if wanted.same_clothes or wanted.twins or wanted.gait != 1:
        raise RecipeError("this world knows neither the same clothes nor twins nor other gaits")
    people = wanted.people * (2 if layout.halves else 1)
    frames = wanted.frames or (24, 48)
    filmed = synthesize(wanted.domain or layout.domain, people, seed=wanted.seed, days=wanted.days, frames=frames)
    cameras = max(filmed.cameras.tolist())
    return filmed.filter(lambda t: wanted.days == 1 or t.day == (1 if t.camera <= cameras // 2 else 2))
