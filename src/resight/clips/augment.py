"""Random changes of a training clip, the same for all its frames, so that motion stays as it was."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from resight.clips.preprocessing import Preprocessing
from resight.frames import Frames


class Augmentation(BaseModel):
    """What may happen to a training clip. The paper's: a random crop and a mirror image half of the time.

    Attributes
    ----------
    crop : bool
        Crop at a random place (one a clip) rather than at the centre.
    mirror : float
        Probability of the mirror image.
    brightness, contrast, colour : float
        Half-width of the uniform range of a factor about 1: on all values, about the clip's mean, and on each channel.
    erasing : float
        Probability that a random box (2–30 % of the area, the same in all frames) is filled with noise.
    resample : float
        Probability that the clip's frames are drawn anew from among themselves, with replacement and in order: some
        stand twice, others are left out. For sparse tracklets alone, whose frames are no motion to begin with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    crop: bool = True
    mirror: float = Field(0.5, ge=0, le=1)
    brightness: float = Field(0.0, ge=0, lt=1)
    contrast: float = Field(0.0, ge=0, lt=1)
    colour: float = Field(0.0, ge=0, lt=1)
    erasing: float = Field(0.0, ge=0, le=1)
    resample: float = Field(0.0, ge=0, le=1)

    def __call__(self, frames: Frames, preprocessing: Preprocessing, rng: np.random.Generator) -> Frames:
        """Change a clip.

        Parameters
        ----------
        frames : uint8 ``(T, H, W, 3)``
            At the canvas size of `preprocessing`.
        preprocessing : Preprocessing
            Gives the crop's size.
        rng : numpy.random.Generator
            Same state, same result.

        Returns
        -------
        uint8 ``(T, h, w, 3)``
            At the input's size.
        """
        if self.resample and rng.random() < self.resample:
            frames = frames[np.sort(rng.integers(len(frames), size=len(frames)))]
        rows, columns = preprocessing.margins
        if self.crop:
            top, left = int(rng.integers(rows + 1)), int(rng.integers(columns + 1))
        else:
            top, left = rows // 2, columns // 2
        clip = preprocessing.crop(frames, top, left)
        if rng.random() < self.mirror:
            clip = clip[:, :, ::-1]
        clip = self._recolour(clip, rng)
        if rng.random() < self.erasing:
            clip = erase(clip, rng)
        return np.ascontiguousarray(clip)

    def _recolour(self, clip: Frames, rng: np.random.Generator) -> Frames:
        if not (self.brightness or self.contrast or self.colour):
            return clip
        gain = 1 + self.brightness * rng.uniform(-1, 1) + self.colour * rng.uniform(-1, 1, 3)
        contrast = 1 + self.contrast * rng.uniform(-1, 1)
        centre = float(clip[:, ::4, ::4].mean()) * (1 - contrast)
        levels = np.arange(256)[:, None] * (gain * contrast) + centre
        table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
        return np.stack([table[:, c][clip[..., c]] for c in range(3)], axis=-1)


def erase(clip: Frames, rng: np.random.Generator) -> Frames:
    """Fill one random box of ``(T, H, W, 3)`` with noise, alike in all frames (random erasing, Zhong et al. 2020)."""
    height, width = clip.shape[1:3]
    area = height * width * rng.uniform(0.02, 0.3)
    aspect = np.exp(rng.uniform(np.log(0.3), np.log(3.3)))
    h = min(height, max(1, round(float(np.sqrt(area * aspect)))))
    w = min(width, max(1, round(float(np.sqrt(area / aspect)))))
    top, left = int(rng.integers(height - h + 1)), int(rng.integers(width - w + 1))
    erased = clip.copy()
    erased[:, top : top + h, left : left + w] = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
    return erased
