"""Silhouettes of synthetic tracklets: a white body on black, and nothing else (the control of METHODS §18, claim 10).

What moves is the same walk in the same box; colour, light, background and whoever or whatever stands before the person
are gone. The outline is that of the dressed person: hair, skirts and bags are part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from resight.errors import RecipeError
from resight.frames import Frames
from resight.synthetic.cache import DRAWN
from resight.synthetic.synthesis import SyntheticFrames
from resight.tracklets import Tracklet, TrackletSet

VERSION = 1


@dataclass(frozen=True)
class SilhouetteFrames:
    """The silhouettes of a synthetic tracklet, drawn when they are read: uint8 RGB ``(T, H, W, 3)``.

    White is a pixel that the person covers whole, black one that it does not touch; grey lies between.

    Attributes
    ----------
    of : SyntheticFrames
        The tracklet.
    """

    of: SyntheticFrames

    def __len__(self) -> int:
        return len(self.of)

    def read(self, indices: Sequence[int]) -> Frames:
        """Draw the tracklet's silhouettes, unless they are kept, and return those at `indices`."""
        from resight.synthetic.film import decode

        pictures = DRAWN.get(self.fingerprint(), lambda: draw_silhouettes(self.of))
        return np.stack([decode(pictures[i], self.of.filmed_in().size) for i in indices])

    def fingerprint(self) -> str:
        """Hash the tracklet's own fingerprint and the version of this drawing."""
        return hashlib.sha256(f"silhouette {VERSION} of {self.of.fingerprint()}".encode()).hexdigest()

    def to_record(self) -> dict[str, Any]:
        """Return the tracklet's causes, and that its silhouettes are seen."""
        return self.of.to_record() | {"seen": "silhouette"}


def silhouettes(tracklets: Iterable[Tracklet]) -> TrackletSet:
    """Return synthetic tracklets as silhouettes.

    Raises
    ------
    RecipeError
        Where a tracklet is not synthetic: the outline of others is not known.
    """
    return TrackletSet(replace(t, frames=SilhouetteFrames(_filmed(t))) for t in tracklets)


def draw_silhouettes(source: SyntheticFrames) -> list[bytes]:
    """Draw a tracklet's person alone, as `resight.synthetic.film.film` places it: one grey PNG a frame.

    The size is the one at which the tracklet is recorded, so that somebody far away has the outline of few pixels.
    """
    from resight.synthetic.boxes import detect, extents
    from resight.synthetic.film import plan, sensor_height
    from resight.synthetic.mesh import Canvas, pose
    from resight.synthetic.seeds import Cause
    from resight.synthetic.walker import make_walker

    domain, shot = source.filmed_in(), source.shot()
    walker = make_walker(shot.causes)
    made = plan(domain, shot, walker)
    stride = shot.stream(domain, Cause.STRIDE)
    body = pose(walker, made.walk, made.eyes, made.light, domain.rate, stride, action=shot.action)
    body = replace(body, shadow=np.full_like(body.points, -1e6))
    boxes = detect(extents(body.points), domain.boxes, shot.stream(domain, Cause.BOX), shot.miss)
    height = sensor_height(domain.size[0], boxes)
    canvas = Canvas.of(height, height // 2)
    pictures = []
    for t, (x, y, tall) in enumerate(boxes.tolist()):
        canvas.clear()
        canvas.draw(body, t, (x - tall / 4, y - tall / 2), height / tall)
        covered = np.isfinite(canvas.depth).reshape(height, 2, height // 2, 2).mean((1, 3))
        pictures.append(cv2.imencode(".png", np.round(255 * covered).astype(np.uint8))[1].tobytes())
    return pictures


def _filmed(tracklet: Tracklet) -> SyntheticFrames:
    source = tracklet.frames
    if isinstance(source, SilhouetteFrames):
        return source.of
    if not isinstance(source, SyntheticFrames):
        raise RecipeError(f"tracklet {tracklet.key} of {tracklet.domain} is not synthetic: its silhouette is unknown")
    return source
