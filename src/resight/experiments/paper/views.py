"""How frames are seen in a trial: only the first of them, without motion or colour, with noise, or corrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resight import robustness
from resight.errors import RecipeError
from resight.robustness.changed import change_all
from resight.robustness.shortened import FirstFrames
from resight.synthetic.silhouettes import silhouettes
from resight.tracklets import TrackletSet

SILHOUETTES = "silhouettes"
"""Of the world's people alone: the same walk, white on black."""


@dataclass(frozen=True)
class View:
    """A way to see tracklets, by name.

    Attributes
    ----------
    name : str
        ``first``, ``noise``, ``silhouettes``, or a control or corruption of `resight.robustness`.
    level : float
        Frames that are left, variance of the noise, or severity; controls have none.
    seed : int
        Of what is drawn at random.
    query_only : bool
        Whether the gallery is seen as it is.
    """

    name: str
    level: float = 0
    seed: int = 0
    query_only: bool = False

    def record(self) -> list[Any]:
        """Return all that the frames depend on."""
        return [self.name, self.level, self.seed, self.query_only]

    def __str__(self) -> str:
        if self.name == "first":
            return f"first {self.level:g} frame{'s' if self.level > 1 else ''}"
        level = f" {self.level:g}" if self.level else ""
        return f"{self.name}{level}" + (f", seed {self.seed}" if self.seed else "")


def seen(tracklets: TrackletSet, view: View | None) -> TrackletSet:
    """Return tracklets as a view shows them.

    Raises
    ------
    RecipeError
        Where the view is unknown.
    """
    if view is None:
        return tracklets
    if view.name == "first":
        return change_all(tracklets, lambda t: FirstFrames(t.frames, int(view.level)))
    if view.name == "noise":
        return robustness.with_noise(tracklets, view.level, view.seed)
    if view.name in robustness.CONTROLS:
        return robustness.controlled(tracklets, view.name, view.seed)
    if view.name in robustness.CORRUPTIONS:
        return robustness.corrupted(tracklets, view.name, int(view.level), view.seed)
    if view.name == SILHOUETTES:
        return silhouettes(tracklets)
    raise RecipeError(f"unknown view {view.name!r}")
