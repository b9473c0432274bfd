"""Feet on the ground: the pelvis follows the standing foot, and legs bend or stretch until the soles just touch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.body import template
from resight.synthetic.skeleton import Skin, align, pose_skin

Floats = NDArray[np.float64]

SOFT_CONTACT = 0.006
"""Height, metres, over which a point of a sole shares in the standing."""
CLEARANCE = 0.012
"""Height, metres, that a swinging foot keeps."""
TOUCH = 3.0
"""A foot touches the ground fully once it carries a third of its share."""
AIR = 0.02
"""Less than this share on both feet is flight."""
GRAVITY = 9.81
"""Metres a second squared."""
SIDES = ("L", "R")


class Soles:
    """The undersides of a body's feet, in its shoes.

    Parameters
    ----------
    vertices : float64 (V, 3)
        Of the dressed body at rest.
    heads : float64 (J, 3)
        Its bone heads.
    """

    def __init__(self, vertices: Floats, heads: Floats) -> None:
        shared = template()
        self.heads = heads
        kept: list[int] = []
        counts = []
        for side in SIDES:
            own = [shared.bone(f"foot.{side}"), shared.bone(f"toe.{side}")]
            foot = np.flatnonzero((np.isin(shared.bone_of, own) * shared.weight).sum(axis=1) > 0.6)
            foot = foot[vertices[foot, 2] < vertices[foot, 2].min() + 0.03]
            kept += foot.tolist()
            counts.append(len(foot))
        self._left = counts[0]
        self._skin = Skin(
            vertices[kept].astype(np.float32),
            np.ascontiguousarray(shared.bone_of[kept], np.int32),
            np.ascontiguousarray(shared.weight[kept], np.float32),
            np.zeros((0, 3), np.int32),
            np.arange(len(kept), dtype=np.int32),
        )

    def points(self, turns: Floats, places: Floats) -> tuple[Floats, Floats]:
        """Return the points of the left sole and of the right one, ``(T, S, 3)`` each."""
        points = pose_skin(self._skin, self.heads, turns, places)[0].astype(np.float64)
        return points[:, : self._left], points[:, self._left :]

    def heights(self, turns: Floats, places: Floats) -> Floats:
        """Return the height of each foot's lowest point, ``(T, 2)``."""
        return np.stack([foot[..., 2].min(axis=1) for foot in self.points(turns, places)], axis=1)

    def travel(self, turns: Floats, places: Floats, stance: Floats) -> Floats:
        """Return the way from frame to frame that keeps what stands in place.

        Parameters
        ----------
        turns, places
            Bones, as `skeleton.bones` gives them.
        stance : float64 (T, 2)
            How much the left and the right foot carry, 0 to 1.

        Returns
        -------
        float64 (T - 1, 2)
            Metres along x and y.
        """
        carry = stance[1:] * stance[:-1] + 1e-9
        carry = carry / carry.sum(axis=1, keepdims=True)
        return np.asarray(-(carry[..., None] * self.slides(turns, places)).sum(axis=1))

    def slides(self, turns: Floats, places: Floats) -> Floats:
        """Return how far each foot's lowest points move along the ground from frame to frame, ``(T - 1, 2, 2)``."""
        feet = []
        for foot in self.points(turns, places):
            low = np.exp(-(foot[..., 2] - foot[..., 2].min(axis=1, keepdims=True)) / SOFT_CONTACT)
            both = np.sqrt(low[1:] * low[:-1])
            both /= both.sum(axis=1, keepdims=True)
            feet.append((both[..., None] * np.diff(foot[..., :2], axis=0)).sum(axis=1))
        return np.stack(feet, axis=1)

    def lock(self, turns: Floats, places: Floats, stance: Floats) -> None:
        """Hold the feet that touch the ground where they came down, in place.

        The pelvis can follow one foot only; while both are down the other leg gives way by its hip and knee.

        Parameters
        ----------
        turns, places, stance
            As in `travel`, the pelvis on its way.
        """
        slides, touch = self.slides(turns, places), np.minimum(1, TOUCH * stance)
        for number, side in enumerate(SIDES):
            held, shift = np.zeros(2), np.zeros((len(turns), 3))
            for t in range(1, len(turns)):
                down = touch[t, number] > 0 and touch[t - 1, number] > 0
                held = held + slides[t - 1, number] if down else np.zeros(2)
                shift[t, :2] = -held * touch[t, number]
            bend_leg(turns, places, side, shift)
        self._touch_down(turns, places, stance)

    def settle(self, turns: Floats, places: Floats, stance: Floats, times: Floats) -> None:
        """Put the feet that carry on the ground and keep the others off it, in place.

        The pelvis takes the height of what carries; then each leg reaches the ground by its own hip and knee.

        Parameters
        ----------
        turns, places, stance
            As in `travel`; z = 0 is the ground.
        times : float64 (T,)
            Seconds; they say how high a flight leads.
        """
        heights = self.heights(turns, places)
        root = self._level(heights, stance, times)
        places[..., 2] += root[:, None]
        heights += root[:, None]
        lift = 0.01 * np.logaddexp(0, (CLEARANCE - heights) / 0.01)
        touch = np.minimum(1, TOUCH * stance)
        lift = touch * -heights + (1 - touch) * lift
        for number, side in enumerate(SIDES):
            bend_leg(turns, places, side, lift[:, number, None] * np.array([0.0, 0.0, 1.0]))
        self._touch_down(turns, places, stance)

    @staticmethod
    def _level(heights: Floats, stance: Floats, times: Floats) -> Floats:
        """Return the height of the pelvis over what carries; in the air, an arc from one support to the next."""
        down = stance.max(axis=1) > AIR
        if not down.any():
            return np.asarray(-heights.min(axis=1))
        carry = stance[down] / stance[down].sum(axis=1, keepdims=True)
        root = np.interp(times, times[down], -(carry * heights[down]).sum(axis=1))
        for t in np.flatnonzero(~down):
            before, after = times[:t][down[:t]], times[t:][down[t:]]
            if len(before) and len(after):
                root[t] += 0.5 * GRAVITY * (times[t] - before[-1]) * (after[0] - times[t])
        return np.asarray(root)

    def _touch_down(self, turns: Floats, places: Floats, stance: Floats) -> None:
        """Shift the whole body until its lowest point is on the ground, or in the air not below it, in place."""
        rest = self.heights(turns, places).min(axis=1)
        rest = np.where(stance.max(axis=1) > AIR, rest, np.minimum(rest, 0))
        places[..., 2] -= rest[:, None]


def bend_leg(turns: Floats, places: Floats, side: str, shift: Floats) -> None:
    """Move an ankle by `shift` metres ``(T, 3)``, the hip kept: thigh and shank turn, the foot does not; in place."""
    bone = template().bone
    thigh, shank, foot, toe = (bone(f"{name}.{side}") for name in ("thigh", "shank", "foot", "toe"))
    upper = places[:, shank] - places[:, thigh]
    lower = places[:, foot] - places[:, shank]
    long, short = np.linalg.norm(upper[0]), np.linalg.norm(lower[0])
    target = upper + lower + shift
    reach = np.linalg.norm(target, axis=1)
    inside = np.clip(reach, abs(long - short) + 1e-3, 0.9995 * (long + short))
    axis = target / reach[:, None]
    target = axis * inside[:, None]
    forward = np.cross(turns[:, thigh, :, 0], axis)
    forward *= -np.sign((forward * turns[:, thigh, :, 1]).sum(axis=1, keepdims=True))
    side_way = upper - (upper * axis).sum(axis=1, keepdims=True) * axis + 0.02 * forward
    side_way /= np.linalg.norm(side_way, axis=1, keepdims=True)
    share = np.clip((long**2 + inside**2 - short**2) / (2 * long * inside), -1, 1)
    knee = long * (share[:, None] * axis + np.sqrt(1 - share**2)[:, None] * side_way)
    toes = places[:, toe] - places[:, foot]
    turns[:, thigh] = align(upper / long, knee / long) @ turns[:, thigh]
    turns[:, shank] = align(lower / short, (target - knee) / short) @ turns[:, shank]
    places[:, shank] = places[:, thigh] + knee
    places[:, foot] = places[:, thigh] + target
    places[:, toe] = places[:, foot] + toes
