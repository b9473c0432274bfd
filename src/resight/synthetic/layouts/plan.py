"""A plan of a data set on disk: which file every frame goes to, and the small files beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from resight.errors import RecipeError
from resight.tracklets import Tracklet, TrackletSet


@dataclass(frozen=True, eq=False)
class Placed:
    """A tracklet and where it goes.

    Attributes
    ----------
    tracklet : Tracklet
    files : tuple of str
        One file a frame, relative to the data set's folder, with ``/`` between; its suffix says how it is encoded.
    """

    tracklet: Tracklet
    files: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a data set's folder will hold.

    Attributes
    ----------
    layout : str
        Name of the layout.
    placed : tuple of Placed
    extras : mapping of str to bytes
        Other files by their relative path: tables and lists.
    """

    layout: str
    placed: tuple[Placed, ...]
    extras: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Number of all frames."""
        return sum(len(p.files) for p in self.placed)

    def fingerprint(self) -> str:
        """Hash the causes of all frames and their places: two plans of one fingerprint give the same bytes."""
        places = [[p.tracklet.frames.fingerprint(), *p.files[:1], len(p.files)] for p in self.placed]
        extras = {name: hashlib.sha256(data).hexdigest() for name, data in self.extras.items()}
        return hashlib.sha256(json.dumps([self.layout, places, extras], sort_keys=True).encode()).hexdigest()


def numbered(tracklet: Tracklet, pattern: str, first: int = 1) -> Placed:
    """Place a tracklet's frames by a pattern with one field for the frame's number, as ``a/b/{:04d}.png``."""
    return Placed(tracklet, tuple(pattern.format(n) for n in range(first, first + len(tracklet))))


def one_each(tracklets: TrackletSet, layout: str, most: int) -> None:
    """Hold a set against a layout of two cameras with one tracklet of each person in each.

    Raises
    ------
    RecipeError
        Where there are other cameras, a second tracklet, or a person beyond the highest number there is room for.
    """
    cameras = sorted(set(tracklets.cameras.tolist()))
    if cameras != [1, 2]:
        raise RecipeError(f"the layout {layout} is one of two cameras, 1 and 2, and there are {cameras}")
    seen = set()
    for t in tracklets:
        if t.person > most:
            raise RecipeError(f"the layout {layout} has room for people up to {most}, and there is person {t.person}")
        if t.person > 0 and (t.person, t.camera) in seen:
            raise RecipeError(
                f"the layout {layout} holds one tracklet of a person in a camera, and person {t.person} has more"
            )
        seen.add((t.person, t.camera))
