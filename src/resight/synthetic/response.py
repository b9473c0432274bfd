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
        cv2.cvtColor(picture, cv2.COLOR_RGB2BGR, dst=picture)
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


@numba.njit(cache=True, nogil=True, error_model="numpy")
def develop(
    linear: Pixels, matrix: Pixels, curve: Pixels, noise: float, grain: Pixels, start: int, picture: NDArray[np.uint8]
) -> None:
    """Write linear RGB ``(H, W, 3)`` into `picture` as uint8: matrix, clip, curve, noise; never NaN.

    Row by row in three passes, of which the processor takes the first and the last several pixels at a time.
    """
    height, width, _ = linear.shape
    across = 3 * width
    strength = np.float32(noise)
    room = grain.shape[0] - picture.size  # a whole view may need more noise than there is: then it begins anew
    place = start % (room if room > 0 else grain.shape[0])
    rr, rg, rb = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    gr, gg, gb = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    br, bg, bb = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    steps, half, most = np.float32(curve.shape[0] - 1), np.float32(0.5), np.float32(255)
    levels, shown = np.empty(across, np.uint16), np.empty(across, np.float32)
    for y in range(height):
        row, out = linear[y].reshape(-1), picture[y].reshape(-1)
        for x in range(width):
            r, g, b = row[3 * x], row[3 * x + 1], row[3 * x + 2]
            levels[3 * x] = np.int32(_clip(rr * r + rg * g + rb * b) * steps)
            levels[3 * x + 1] = np.int32(_clip(gr * r + gg * g + gb * b) * steps)
            levels[3 * x + 2] = np.int32(_clip(br * r + bg * g + bb * b) * steps)
        for i in range(across):
            shown[i] = curve[levels[i]]
        own = grain[place : place + across]
        if place + across > grain.shape[0]:
            own = grain[(place + np.arange(across)) % grain.shape[0]]
        place = (place + across) % grain.shape[0]
        for i in range(across):
            value = shown[i] + strength * own[i] + half
            value = value if value > 0 else np.float32(0)
            out[i] = np.int32(value if value < most else most)


@numba.njit(cache=True, nogil=True)
def _clip(value: np.float32) -> np.float32:
    """Return a value from 0 to 1; 0 for NaN."""
    value = value if value > 0 else np.float32(0)
    return value if value < 1 else np.float32(1)
