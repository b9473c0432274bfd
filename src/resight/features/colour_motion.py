"""The input of the recurrent Siamese networks: colour (YUV) and motion (flow) of each frame, five channels at 64×48."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rich.console import Console

from resight.features.flow import Flow, dense_flow, encode_flow
from resight.frames import Frames, resize_frame
from resight.progress import Progress
from resight.tracklets import Tracklet, TrackletSet

Channels = NDArray[np.float16]
"""``(T, 5, 64, 48)``: Y, U, V, flow to the right, flow down; each channel of each frame normalised."""
SIZE = (64, 48)
CHANNELS = 5


class ColourMotion(BaseModel):
    """How a tracklet's frames become channels (McLaughlin et al., CVPR 2016; METHODS §5).

    Attributes
    ----------
    quirk : bool
        Divide a channel by the root of its deviation, as the authors' code does, rather than by the deviation.
    encoded : bool
        Round the flow to whole pixels in eight bits before it is resized, as theirs was stored.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quirk: bool = False
    encoded: bool = False

    def read(self, tracklet: Tracklet, first: int, last: int) -> Channels:
        """Make the channels of frames `first` to `last` - 1, the same whatever part is asked for.

        Flow is computed at the frames' own size, between neighbours in the tracklet.

        Returns
        -------
        float16 ``(last - first, 5, 64, 48)``
        """
        before = max(0, first - 1)
        frames = tracklet.load(range(before, max(last, min(2, len(tracklet)))))
        skip = first - before
        return self.channels(frames, dense_flow(frames))[skip : skip + last - first]

    def channels(self, frames: Frames, flow: Flow) -> Channels:
        """Make channels of uint8 RGB frames ``(T, H, W, 3)`` and their flow ``(T, H, W, 2)``."""
        import cv2

        height, width = SIZE
        motion = encode_flow(flow).astype(np.float32) if self.encoded else flow
        shrinks = height < frames.shape[1] and width < frames.shape[2]
        resampling = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        stacked = np.empty((len(frames), CHANNELS, height, width), np.float32)
        for i, frame in enumerate(frames):
            small = resize_frame(frame, SIZE).astype(np.float32) / 255
            stacked[i, :3] = cv2.cvtColor(small, cv2.COLOR_RGB2YUV).transpose(2, 0, 1)
            stacked[i, 3:] = cv2.resize(motion[i], (width, height), interpolation=resampling).transpose(2, 0, 1)
        return self.normalise(stacked).astype(np.float16)

    def normalise(self, channels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take from each channel of each frame its mean and divide by its deviation; a flat channel becomes 0."""
        centred = channels - channels.mean((2, 3), keepdims=True)
        deviation = channels.std((2, 3), keepdims=True)
        normalised: NDArray[np.float32] = centred / ((np.sqrt(deviation) if self.quirk else deviation) + 1e-8)
        return normalised


class ChannelCache:
    """The channels of training tracklets, kept in memory where all fit, else made when they are asked for.

    Parameters
    ----------
    tracklets : TrackletSet
    maker : ColourMotion
    limit_gb : float
        Memory for it, GiB.
    """

    def __init__(self, tracklets: TrackletSet, maker: ColourMotion, limit_gb: float) -> None:
        self.tracklets, self.maker = tracklets, maker
        self._kept: dict[int, Channels] = {}
        a_frame = CHANNELS * SIZE[0] * SIZE[1] * 2
        self.fits = sum(len(t) for t in tracklets) * a_frame <= limit_gb * 2**30

    def fill(self, console: Console | None = None) -> None:
        """Make every tracklet's channels now, if all fit; two threads share the work."""
        if not self.fits:
            return
        with ThreadPoolExecutor(2) as pool, Progress(console, "tracklets read") as progress:
            for index, channels in enumerate(pool.map(lambda t: self.maker.read(t, 0, len(t)), self.tracklets)):
                self._kept[index] = channels
                progress.tell(index + 1, len(self.tracklets))

    def read(self, index: int, start: int, length: int) -> Channels:
        """Return `length` frames of a tracklet from `start`; a shorter tracklet is repeated from its beginning."""
        frames = len(self.tracklets[index])
        last = min(start + length, frames)
        kept = self._kept.get(index)
        part = self.maker.read(self.tracklets[index], start, last) if kept is None else kept[start:last]
        return part if len(part) == length else part[np.arange(length) % len(part)]
