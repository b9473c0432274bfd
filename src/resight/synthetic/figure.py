"""Draws a walking person: a jointed figure with clothes, seen from a given side."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.people import Body, Colour, Gait, Outfit

Point = NDArray[np.float64]
Canvas = NDArray[np.uint8]


@dataclass(frozen=True)
class Pose:
    """Angles from the vertical (radians, forward positive) at one moment; left limb first."""

    thigh: tuple[float, float]
    shank: tuple[float, float]
    upper_arm: tuple[float, float]
    forearm: tuple[float, float]
    lean: float
    rise: float


def pose_at(gait: Gait, phase: float) -> Pose:
    """Return the pose at a phase of the gait cycle (2π is two steps)."""
    thigh, shank, upper, fore = [], [], [], []
    for side in (0, 1):
        p = phase + np.pi * side
        scale = 1 + gait.asymmetry * (1 if side else -1)
        hip = gait.stride * scale * np.sin(p) + 0.05
        bend = gait.knee * (0.10 + 0.90 * max(0.0, np.cos(p - 0.35)) ** 2)
        arm = -gait.arm * np.sin(p + gait.lag) * scale
        thigh.append(hip)
        shank.append(hip - bend)
        upper.append(arm)
        fore.append(arm + gait.elbow + 0.25 * gait.arm * max(0.0, np.sin(-p)))
    return Pose(
        (thigh[0], thigh[1]),
        (shank[0], shank[1]),
        (upper[0], upper[1]),
        (fore[0], fore[1]),
        gait.lean,
        gait.bounce * np.cos(2 * phase),
    )


class Figure:
    """Draws one person into a canvas, in pixels.

    Parameters
    ----------
    body, outfit
        Of the person.
    heading : float
        Direction of walk as seen: 0 to the right, π/2 away from the camera, π to the left, -π/2 towards it.
    tilt : float
        How far the camera looks down (radians): 0 is from the side, more shortens the body.
    """

    def __init__(self, body: Body, outfit: Outfit, heading: float, tilt: float) -> None:
        self.body, self.outfit = body, outfit
        self.forward, self.across = float(np.cos(heading)), float(np.sin(heading))
        self.squash, self.depth = float(np.cos(tilt)), float(np.sin(tilt))
        self.back = self.across > 0.3

    def draw(self, canvas: Canvas, foot: Point, height: float, pose: Pose) -> None:
        """Paint the figure standing at `foot` ``(x, y)``, `height` pixels tall when seen from the side."""
        body, outfit = self.body, self.outfit
        limb = height * body.limb
        hip = foot + self._up(height * (body.leg + pose.rise))
        neck = hip + self._along(height * 0.33, pose.lean, up=True)
        order = (0, 1) if self.forward >= 0 else (1, 0)
        bottom_to = 0.55 if outfit.skirt else outfit.bottom_length
        far, near = order
        self._arm(canvas, neck, height, pose, far, limb)
        self._leg(canvas, hip, height, pose, far, limb, bottom_to)
        self._leg(canvas, hip, height, pose, near, limb, bottom_to)
        if outfit.skirt:
            self._skirt(canvas, hip, height)
        if outfit.bag == "backpack" and not self.back:
            self._backpack(canvas, neck, height)
        self._torso(canvas, hip, neck, height)
        if outfit.bag == "backpack" and self.back:
            self._backpack(canvas, neck, height)
        self._head(canvas, neck, height, pose.lean)
        self._arm(canvas, neck, height, pose, near, limb)
        if outfit.bag == "shoulder":
            self._line(canvas, neck + self._side(0.3 * height * body.shoulder), hip, 0.014 * height, outfit.bag_colour)
            self._blob(canvas, hip + self._up(0.02 * height), (0.05 * height, 0.045 * height), outfit.bag_colour)

    def _up(self, length: float) -> Point:
        return np.array([0.0, -length * self.squash])

    def _side(self, length: float) -> Point:
        """Across the body: seen in full from the front, hardly from the side."""
        return np.array([length * self.across, length * self.forward * (0.12 + 0.5 * self.depth)])

    def _along(self, length: float, angle: float, up: bool = False) -> Point:
        """A limb of a length at an angle in the walking plane, hanging down or standing up."""
        ahead, rise = np.sin(angle) * length, np.cos(angle) * length * (1 if up else -1)
        return np.array([ahead * self.forward, -rise * self.squash - ahead * self.across * self.depth * 0.5])

    def _leg(
        self, canvas: Canvas, hip: Point, height: float, pose: Pose, side: int, limb: float, length: float
    ) -> None:
        root = hip + self._side((0.5 - side) * height * self.body.hip)
        knee = root + self._along(height * self.body.leg * 0.5, pose.thigh[side])
        ankle = knee + self._along(height * self.body.leg * 0.46, pose.shank[side])
        colour, skin = self.outfit.bottom, self.body.skin
        shade = 0.86 if side else 1.0
        self._line(canvas, knee, ankle, 0.052 * limb, _dim(colour if length == 1 else skin, shade))
        if 0.5 < length < 1:
            self._line(canvas, knee, knee + (ankle - knee) * (length - 0.5) * 2, 0.058 * limb, _dim(colour, shade))
        self._line(canvas, root, knee, 0.078 * limb, _dim(colour, shade))
        toe = ankle + self._along(height * 0.085, pose.shank[side] + 1.35)
        self._line(canvas, ankle + self._up(-0.012 * height), toe, 0.038 * limb, self.outfit.shoes)

    def _arm(self, canvas: Canvas, neck: Point, height: float, pose: Pose, side: int, limb: float) -> None:
        root = neck + self._side((1 - 2 * side) * height * self.body.shoulder * 0.95) + self._up(-0.03 * height)
        elbow = root + self._along(0.17 * height, pose.upper_arm[side])
        hand = elbow + self._along(0.16 * height, pose.forearm[side])
        outfit = self.outfit
        sleeve = outfit.second if outfit.pattern == "two-tone" else outfit.top
        shade = 0.84 if side else 0.95
        self._line(canvas, elbow, hand, 0.036 * limb, _dim(self.body.skin if outfit.short_sleeves else sleeve, shade))
        self._line(canvas, root, elbow, 0.048 * limb, _dim(sleeve, shade))
        self._blob(canvas, hand, (0.018 * limb, 0.018 * limb), self.body.skin)
        if outfit.bag == "hand" and side == 0:
            self._blob(canvas, hand - self._up(0.05 * height), (0.045 * height, 0.05 * height), outfit.bag_colour)

    def _torso(self, canvas: Canvas, hip: Point, neck: Point, height: float) -> None:
        wide = height * (0.055 + abs(self.across) * (self.body.shoulder - 0.04)) * self.body.limb**0.5
        low = height * (0.052 + abs(self.across) * (self.body.hip - 0.045)) * self.body.limb**0.5
        x = np.array([1.0, 0.0])
        top, base = neck + self._up(-0.015 * height), hip + self._up(-0.04 * height)

        def across(at: float, left: float = -1.0, right: float = 1.0) -> tuple[Point, Point]:
            centre, half = top + (base - top) * at, wide + (low - wide) * at
            return centre + x * half * left, centre + x * half * right

        def band(start: float, stop: float, colour: Colour, left: float = -1.0, right: float = 1.0) -> None:
            a, b = across(start, left, right)
            c, d = across(stop, left, right)
            self._polygon(canvas, np.stack([a, b, d, c]), colour)

        outfit = self.outfit
        band(0.0, 1.0, outfit.top)
        if outfit.pattern == "stripes":
            for start in np.arange(0.08, 0.95, 0.18):
                band(start, start + 0.08, outfit.second)
        elif outfit.pattern == "hoop":
            band(0.35, 0.55, outfit.second)
        elif outfit.pattern == "two-tone":
            band(0.0, 0.38, outfit.second)
        elif outfit.pattern == "logo" and not self.back:
            band(0.22, 0.48, outfit.second, -0.45, 0.45)
        elif outfit.pattern == "open" and not self.back:
            band(0.0, 1.0, outfit.second, -0.3, 0.3)
        band(0.0, 1.0, _dim(outfit.top, 0.8), 0.72, 1.0)

    def _skirt(self, canvas: Canvas, hip: Point, height: float) -> None:
        x = np.array([1.0, 0.0])
        low = hip - self._up(0.27 * height)
        corners = [hip - x * 0.075 * height, hip + x * 0.075 * height, low + x * 0.11 * height, low - x * 0.11 * height]
        self._polygon(canvas, np.stack(corners), self.outfit.bottom)

    def _backpack(self, canvas: Canvas, neck: Point, height: float) -> None:
        behind = np.array([-0.075 * height * self.forward, 0.0])
        centre = neck + behind - self._up(0.13 * height)
        size = (height * (0.045 + 0.04 * abs(self.across)), 0.10 * height)
        self._blob(canvas, centre, size, self.outfit.bag_colour)

    def _head(self, canvas: Canvas, neck: Point, height: float, lean: float) -> None:
        size = self.body.head * height
        centre = neck + self._along(1.25 * size, lean, up=True)
        ahead = np.array([0.30 * size * self.forward, 0.0])
        self._line(canvas, neck, centre, 0.04 * height, self.body.skin)
        if self.body.long_hair:
            self._blob(canvas, centre - ahead - self._up(0.55 * size), (0.75 * size, 1.25 * size), self.body.hair)
        self._blob(canvas, centre, (0.72 * size, 0.95 * size), self.body.skin)
        covers = 0.95 if self.back else 0.62
        self._blob(canvas, centre - ahead + self._up(0.32 * size), (0.74 * size, covers * size), self.body.hair)

    def _line(self, canvas: Canvas, start: Point, stop: Point, thickness: float, colour: Colour) -> None:
        a, b = start.round().astype(int).tolist(), stop.round().astype(int).tolist()
        cv2.line(canvas, a, b, _paint(colour), max(1, round(thickness)), cv2.LINE_AA)

    def _polygon(self, canvas: Canvas, corners: Point, colour: Colour) -> None:
        cv2.fillConvexPoly(canvas, corners.round().astype(np.int32), _paint(colour), cv2.LINE_AA)

    def _blob(self, canvas: Canvas, centre: Point, radii: tuple[float, float], colour: Colour) -> None:
        x, y = centre.round().astype(int).tolist()
        size = (max(1, round(radii[0])), max(1, round(radii[1] * self.squash)))
        cv2.ellipse(canvas, (x, y), size, 0, 0, 360, _paint(colour), -1, cv2.LINE_AA)


def _paint(colour: Colour) -> tuple[int, int, int]:
    """Reflectance to canvas value; the camera's curve comes later."""
    red, green, blue = (round(255 * c) for c in colour)
    return red, green, blue


def _dim(colour: Colour, factor: float) -> Colour:
    red, green, blue = (c * factor for c in colour)
    return red, green, blue
