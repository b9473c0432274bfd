"""From frames to a network's input: size, crop, channel order and normalisation (METHODS §1.2)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict

from resight.frames import Frames, resize_frame

SPORTS1M_MEAN_BGR = (90.25, 97.66, 101.41)
"""Mean of Sports-1M's frames by channel, B, G, R, 0–255 (METHODS §1.2)."""


class Preprocessing(BaseModel):
    """What is done to frames before a network sees them; kept with the weights that were trained so.

    Attributes
    ----------
    size : (H, W)
        The network's input.
    resize : (H, W) or None
        Size before cropping to `size`; None resizes straight to `size` (``fit``).
    channels : {"bgr", "rgb"}
        Order of the input's channels.
    mean, std : three floats
        Subtracted and divided by, in the order of `channels`, on the 0–255 scale.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    size: tuple[int, int] = (112, 112)
    resize: tuple[int, int] | None = (128, 171)
    channels: Literal["bgr", "rgb"] = "bgr"
    mean: tuple[float, float, float] = SPORTS1M_MEAN_BGR
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def model_post_init(self, context: Any) -> None:
        """Refuse a crop larger than what it is cut from."""
        if min(*self.size, *self.std) <= 0 or self.canvas[0] < self.size[0] or self.canvas[1] < self.size[1]:
            raise ValueError(f"a {self.size} input cannot be cropped from frames resized to {self.canvas}")

    @property
    def canvas(self) -> tuple[int, int]:
        """Size ``(H, W)`` that frames are resized to, before the crop."""
        return self.resize or self.size

    @property
    def margins(self) -> tuple[int, int]:
        """Rows and columns by which the crop may move."""
        return self.canvas[0] - self.size[0], self.canvas[1] - self.size[1]

    def resize_frames(self, frames: Frames) -> Frames:
        """Resize uint8 ``(T, H, W, 3)`` to the canvas."""
        if frames.shape[1:3] == self.canvas:
            return frames
        return np.stack([resize_frame(frame, self.canvas) for frame in frames])

    def crop(self, frames: Frames, top: int, left: int) -> Frames:
        """Cut the input's size out of ``(…, H, W, 3)`` at one offset for all frames."""
        return frames[..., top : top + self.size[0], left : left + self.size[1], :]

    def centre(self, frames: Frames) -> Frames:
        """Resize ``(T, H, W, 3)`` and cut the centre, as in testing (offset 8, 29 for 112×112 of 128×171)."""
        top, left = (margin // 2 for margin in self.margins)
        return self.crop(self.resize_frames(frames), top, left)

    def normalise(self, clips: torch.Tensor) -> torch.Tensor:
        """Turn uint8 RGB ``(B, T, H, W, 3)`` into float32 ``(B, 3, T, H, W)``, channels last in memory."""
        values = clips.to(torch.float32)
        if self.channels == "bgr":
            values = values.flip(-1)
        mean = torch.tensor(self.mean, device=values.device)
        std = torch.tensor(self.std, device=values.device)
        return ((values - mean) / std).permute(0, 4, 1, 2, 3)
