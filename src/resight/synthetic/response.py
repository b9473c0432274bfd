"""What a camera makes of linear light: colour matrix, exposure, curve, blur, noise, JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.domains import Domain
from resight.synthetic.seeds import Cause, stream

Pixels = NDArray[np.float32]
LEVELS = 4096
GRAIN = 1 << 20
LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, eq=False)
class Imager:
    """A camera's response.

    Attributes
    ----------
    matrix : float32 ``(3, 3)``
        From linear RGB to the sensor's, white balance and saturation included.
    curve : float32 ``(4096,)``
        Display value, 0 to 255, of linear values from 0 to 1.
    blur : float
        Standard deviation, pixels.
    noise : float
        Standard deviation, grey levels.
    quality : int
        Of the JPEG.
    """

    matrix: Pixels
    curve: Pixels
    blur: float
    noise: float
    quality: int

    def take(self, linear: Pixels, gain: float, grain: Pixels, start: int) -> bytes:
        """Turn linear RGB ``(H, W, 3)``, 0 or more, into the JPEG that the camera delivers.

        Parameters
        ----------
        linear : float32
            Changed in place.
        gain : float
            Exposure of this frame.
        grain, start
            Noise of `make_grain` and where in it this frame's begins.
        """
        if self.blur > 0.2:
            reach = 2 * int(np.ceil(2 * self.blur)) + 1
            linear = np.asarray(cv2.GaussianBlur(linear, (reach, reach), self.blur), dtype=np.float32)
        picture = np.empty(linear.shape, np.uint8)
        develop(linear, self.matrix * np.float32(gain), self.curve, self.noise, grain, start, picture)
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
        return packed.tobytes()


@lru_cache(maxsize=256)
def make_imager(domain: Domain, camera: int, seed: int) -> Imager:
    """Draw the response of a camera, numbered from 1."""
    knobs = domain.response
    rng = stream(seed, domain.name, Cause.CAMERA, camera, 1)
    white = np.exp(rng.normal(0, knobs.white_balance * knobs.contrast, 3))
    gain = np.exp(rng.normal(0, knobs.gain * knobs.contrast))
    saturation = rng.uniform(*knobs.saturation)
    matrix = (saturation * np.eye(3) + (1 - saturation) * np.tile(LUMA, (3, 1))) * (white * gain)[:, None]
    gamma, strength, black = rng.uniform(*knobs.gamma), rng.uniform(*knobs.curve), rng.uniform(*knobs.black)
    level = np.linspace(0, 1, LEVELS) ** (1 / gamma)
    level += strength * (level * level * (3 - 2 * level) - level)
    return Imager(
        matrix=matrix.astype(np.float32),
        curve=(255 * (black + (1 - black) * level)).astype(np.float32),
        blur=float(rng.uniform(*knobs.blur)),
        noise=float(rng.uniform(*knobs.noise)),
        quality=round(float(rng.uniform(*knobs.jpeg))),
    )


@lru_cache(maxsize=4)
def make_grain(seed: int) -> Pixels:
    """Return standard normal noise ``(2**20,)`` from which frames take theirs at places of their own."""
    return stream(seed, "", Cause.NOISE).standard_normal(GRAIN, dtype=np.float32)


@numba.njit(cache=True, nogil=True)
def develop(
    linear: Pixels, matrix: Pixels, curve: Pixels, noise: float, grain: Pixels, start: int, picture: NDArray[np.uint8]
) -> None:
    """Write linear RGB ``(H, W, 3)`` into `picture` as uint8 BGR: matrix, clip, curve, noise; never NaN."""
    height, width, _ = linear.shape
    strength = np.float32(noise)
    room = grain.shape[0] - picture.size  # a whole view may need more noise than there is: then it begins anew
    place, end = np.uintp(start % (room if room > 0 else grain.shape[0])), np.uintp(grain.shape[0])
    # kept out of memory: the compiler cannot know that `picture` overlaps none of them
    rr, rg, rb = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    gr, gg, gb = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    br, bg, bb = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    for y in range(height):
        for x in range(width):
            r, g, b = linear[y, x, 0], linear[y, x, 1], linear[y, x, 2]
            picture[y, x, 2] = _shown(rr * r + rg * g + rb * b, curve, strength * grain[place])
            place = place + np.uintp(1) if place + np.uintp(1) < end else np.uintp(0)
            picture[y, x, 1] = _shown(gr * r + gg * g + gb * b, curve, strength * grain[place])
            place = place + np.uintp(1) if place + np.uintp(1) < end else np.uintp(0)
            picture[y, x, 0] = _shown(br * r + bg * g + bb * b, curve, strength * grain[place])
            place = place + np.uintp(1) if place + np.uintp(1) < end else np.uintp(0)


@numba.njit(cache=True, nogil=True)
def _shown(value: np.float32, curve: Pixels, noise: np.float32) -> np.uint8:
    """Return the grey level of a linear value with its noise."""
    if not value > np.float32(0):
        value = np.float32(0)
    value = min(value, np.float32(1))
    shown = curve[np.uintp(value * np.float32(curve.shape[0] - 1))] + noise + np.float32(0.5)
    return np.uint8(min(max(shown, np.float32(0)), np.float32(255)))
