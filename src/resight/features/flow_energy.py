"""The flow energy profile of a walk: how fast the legs move, and so where each step begins (METHODS §10.1-3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from resight.errors import InputError
from resight.frames import Frames, resize_frame

Floats = NDArray[np.float64]

SIZE = (128, 64)
STEPS = (1.5, 3.0)
"""Steps a second, from the slowest to the quickest."""
ENDS = 5
"""Frames at both ends that are not trusted."""
OUTLIER, SPREAD = 3.0, 19
"""An energy of so many medians is an outlier, and so are the frames in a window of so many around it."""
GRID = 1024
"""Points of the spectrum: a run of 40 frames alone would tell frequencies by 0.6 Hz."""


@dataclass(frozen=True)
class FlowProfile:
    """Motion of the lower half of the body, frame by frame.

    Attributes
    ----------
    energy : float64 ``(T,)``
        Sum of the squared horizontal flow, pixels² a frame².
    motion : float64 ``(T,)``
        Mean horizontal flow, pixels a frame; its sign is that of the walking direction, or its opposite throughout.
    """

    energy: Floats
    motion: Floats


@dataclass(frozen=True)
class Rhythm:
    """The wave of the steps in an energy profile: it swings around a mean as ``cos(2π·frequency·t + phase)``.

    Attributes
    ----------
    frequency : float
        Steps a frame.
    phase : float
        Radians at frame 0.
    first, last : int
        Frames between which it was found, both counted in.
    """

    frequency: float
    phase: float
    first: int
    last: int

    def extrema(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the frames of least and of most energy, rising, and which of them are the most."""
        turn = 2 * np.pi * self.frequency
        begin, end = (turn * frame + self.phase for frame in (self.first, self.last))
        halves = np.arange(int(np.ceil(begin / np.pi)), int(np.floor(end / np.pi)) + 1)
        return np.rint((np.pi * halves - self.phase) / turn).astype(np.int64), halves % 2 == 0


@dataclass(frozen=True)
class Fragment:
    """One step, from a minimum of the energy over a maximum to the next minimum.

    Attributes
    ----------
    start, middle, end : int
        Frames of the minimum, the maximum and the next minimum.
    direction : int
        Which way the walk goes: 1, -1, or 0 where nothing moves sideways.
    whole : bool
        Whether it is a whole tracklet in which no step was found.
    """

    start: int
    middle: int
    end: int
    direction: int
    whole: bool = False


def flow_profile(frames: Frames) -> FlowProfile:
    """Measure the motion of the legs by dense optical flow (Farnebäck 2003) between frames that follow each other.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
        Resized to 128×64 (H×W); the lower half counts. The first frame has the flow of the second.
    """
    import cv2

    half = SIZE[0] // 2
    greys = [cv2.cvtColor(resize_frame(frame, SIZE)[half:], cv2.COLOR_RGB2GRAY) for frame in frames]
    energy, motion = np.zeros(len(greys)), np.zeros(len(greys))
    for t in range(1, len(greys)):
        flow = cv2.calcOpticalFlowFarneback(greys[t - 1], greys[t], None, 0.5, 3, 11, 3, 5, 1.1, 0)  # type: ignore
        across = np.asarray(flow[..., 0], dtype=np.float64)
        energy[t], motion[t] = float((across**2).sum()), float(across.mean())
    if len(greys) > 1:
        energy[0], motion[0] = energy[1], motion[1]
    return FlowProfile(energy, motion)


def smooth(energy: Floats) -> Floats:
    """Smooth by a Gaussian window of 5 frames (σ 1), forwards and backwards, so that nothing is shifted."""
    from scipy.ndimage import convolve1d

    window = np.exp(-0.5 * np.arange(-2, 3) ** 2)
    window /= window.sum()
    return np.asarray(convolve1d(convolve1d(energy, window, mode="nearest"), window, mode="nearest"))


def find_rhythm(energy: Floats, rate: float) -> Rhythm | None:
    """Find the steps in an energy profile.

    Parameters
    ----------
    energy : float64 ``(T,)``
    rate : float
        Frames a second.

    Returns
    -------
    Rhythm or None
        None where the longest run of trusted frames is shorter than the slowest step, or still.

    Raises
    ------
    InputError
        Where the rate cannot show the quickest step.
    """
    if not rate > 2 * STEPS[1]:
        raise InputError(f"steps cannot be found at {rate:g} frames a second; more than {2 * STEPS[1]:g} are needed")
    smoothed = smooth(np.asarray(energy, dtype=np.float64))
    first, last = _trusted(smoothed)
    if last + 1 - first < rate / STEPS[0]:
        return None
    run = smoothed[first : last + 1] - smoothed[first : last + 1].mean()
    spectrum = np.fft.rfft(run, max(GRID, len(run)))
    steps = np.fft.rfftfreq(max(GRID, len(run)))
    possible = np.flatnonzero((steps * rate >= STEPS[0]) & (steps * rate <= STEPS[1]))
    best = possible[np.argmax(np.abs(spectrum[possible]))]
    if not np.abs(spectrum[best]) > 0:
        return None
    phase = float(np.angle(spectrum[best]) - 2 * np.pi * steps[best] * first)
    return Rhythm(float(steps[best]), phase, first, last)


def find_fragments(profile: FlowProfile, rate: float) -> list[Fragment]:
    """Cut a tracklet into steps; one in which no whole step is found is a fragment itself.

    Parameters
    ----------
    profile : FlowProfile
    rate : float
        Frames a second.
    """
    rhythm = find_rhythm(profile.energy, rate)
    found: list[Fragment] = []
    if rhythm is not None:
        frames, highest = rhythm.extrema()
        for i in range(len(frames) - 2):
            if not highest[i]:
                start, middle, end = (int(frame) for frame in frames[i : i + 3])
                found.append(Fragment(start, middle, end, _direction(profile.motion[start : end + 1])))
    last = len(profile.energy) - 1
    return found or [Fragment(0, last // 2, last, _direction(profile.motion), whole=True)]


def _direction(motion: Floats) -> int:
    return int(np.sign(motion.mean()))


def _trusted(energy: Floats) -> tuple[int, int]:
    """Return first and last frame of the longest run without outliers and ends; the last before the first if none."""
    outliers = energy > OUTLIER * np.median(energy)
    trusted = ~maximum_filter1d(outliers, SPREAD, mode="constant")
    trusted[:ENDS] = trusted[max(0, len(trusted) - ENDS) :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], trusted, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if len(starts) == 0:
        return 0, -1
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest]) - 1
