"""What lies behind people in each frame: cut from a standing camera's picture, or the ground seen anew."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.backdrop import Picture, ground_texels, make_ground, see
from resight.synthetic.camera import Eyes, place_camera
from resight.synthetic.clutter import furnish
from resight.synthetic.domains import Domain
from resight.synthetic.seeds import Cause, stream


@lru_cache(maxsize=64)
def standing_camera(domain: Domain, camera: int, seed: int) -> tuple[Eyes, Picture]:
    """Return a camera that stays, and what it sees without people."""
    eyes = place_camera(domain, camera, seed)
    picture = see(eyes, make_ground(domain, camera, seed), domain, camera, seed)
    if domain.backdrop.clutter:
        picture = furnish(picture, eyes, stream(seed, domain.name, Cause.CLUTTER, camera), domain.backdrop.clutter)
    return eyes, picture


class Behind:
    """The backdrop of the frames of one tracklet or scene.

    Parameters
    ----------
    domain, camera, seed
        Decide the ground, and what a standing camera sees.
    eyes : Eyes
        The camera's places; where they change, or the camera takes new ones for each tracklet, the ground rolls by.
    shift : ``(2,)``
        Metres by which the ground lies elsewhere under a flying camera.
    """

    def __init__(self, domain: Domain, camera: int, seed: int, eyes: Eyes, shift: NDArray[np.float64]) -> None:
        self.eyes = eyes
        self.rolls = domain.view(camera).redraw or len(eyes.positions) > 1
        if self.rolls:
            self.picture = make_ground(domain, camera, seed)
            self.texels = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]]) @ ground_texels()
        else:
            self.picture = standing_camera(domain, camera, seed)[1]

    def cut(self, t: int, corner: tuple[float, float], scale: float, width: int, height: int) -> Picture:
        """Return frame `t` from a corner on the sensor on, `scale` times as large, uint8 ``(height, width, 3)``."""
        x, y = corner
        half = 0.5 * scale - 0.5
        crop = np.array([[scale, 0, half - scale * x], [0, scale, half - scale * y], [0, 0, 1]])
        if self.rolls:
            way = crop @ self.eyes.ground(t) @ self.texels
            found = cv2.warpPerspective(
                self.picture, way, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
            )
        else:
            found = cv2.warpAffine(
                self.picture, crop[:2], (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
            )
        return np.asarray(found, dtype=np.uint8)
