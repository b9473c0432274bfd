"""How a person walks: a cycle measured on a real person, and stable traits that make it one's own.

The base cycle is fitted by `tools/fit_gait.py` to motion capture (subject 02 of the CMU database, see NOTICE). The
traits' means and spreads are set by eye, as large as the differences between people look; they are no measurement.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.body import DATA
from resight.synthetic.skeleton import ANGLES, COLUMN

Floats = NDArray[np.float64]

ZERO = {"thigh": -4.5, "knee": -15.0, "foot": 18.0, "arm": 8.0}
"""Degrees to add to the measured angles: the markers' own zero is no straight leg, flat foot or hanging arm."""

TRAITS: dict[str, tuple[float, float, float, float]] = {
    "cadence": (1.85, 0.15, 1.4, 2.5),
    "stride": (0.95, 0.12, 0.55, 1.4),
    "thigh": (0.0, 2.5, -9.0, 9.0),
    "knee_swing": (0.95, 0.11, 0.55, 1.4),
    "knee_stance": (1.0, 3.0, -6.0, 14.0),
    "knee_yield": (0.0, 3.5, -12.0, 14.0),
    "foot": (0.85, 0.13, 0.4, 1.3),
    "toe_out": (8.0, 6.0, -12.0, 30.0),
    "leg_out": (0.5, 1.4, -3.0, 6.0),
    "arm_swing": (1.1, 0.45, 0.05, 2.6),
    "arm_uneven": (0.0, 0.22, -0.7, 0.7),
    "arm": (-1.0, 5.0, -18.0, 18.0),
    "arm_out": (7.0, 4.0, 1.0, 24.0),
    "elbow": (14.0, 11.0, 2.0, 70.0),
    "elbow_swing": (0.45, 0.25, 0.0, 1.3),
    "arm_lag": (0.0, 0.35, -1.2, 1.2),
    "lean": (3.0, 3.5, -9.0, 18.0),
    "trunk_yaw": (5.0, 3.0, -3.0, 15.0),
    "pelvis_yaw": (0.9, 0.35, 0.0, 2.2),
    "pelvis_list": (1.0, 0.4, 0.0, 2.4),
    "rock": (0.0, 1.8, -6.0, 6.0),
    "head": (2.0, 7.0, -20.0, 26.0),
    "head_side": (0.0, 2.0, -8.0, 8.0),
    "shoulder": (0.0, 4.0, -10.0, 12.0),
    "leg_uneven": (0.0, 0.05, -0.2, 0.2),
    "limp": (0.0, 3.5, -12.0, 12.0),
}
"""Mean, standard deviation, lowest and highest of each trait.

Cadence in steps a second; `stride`, `knee_swing`, `foot`, `arm_swing`, `elbow_swing`, `pelvis_yaw`, `pelvis_list`
multiply the measured cycle; `arm_uneven` and `leg_uneven` are shares by which left and right differ; `arm_lag` in
radians of the cycle; all others in degrees.
"""
OWN = {"thigh": 1.4, "knee": 2.2, "arm": 1.6, "foot": 2.0}
"""Standard deviation of a person's own first three harmonics, in degrees."""
OWN_HARMONICS = 3
STANCE_MIDDLE, STANCE_HALF, STANCE_RAMP = 2.0, 1.68, 0.5
"""When a foot carries, in radians of its own cycle: half of the weight at both ends, 27 % of the cycle either side."""


@dataclass(frozen=True)
class Gait:
    """The traits of one person, as `TRAITS` describes them; `own` in standard deviations."""

    cadence: float
    stride: float
    thigh: float
    knee_swing: float
    knee_stance: float
    knee_yield: float
    foot: float
    toe_out: float
    leg_out: float
    arm_swing: float
    arm_uneven: float
    arm: float
    arm_out: float
    elbow: float
    elbow_swing: float
    arm_lag: float
    lean: float
    trunk_yaw: float
    pelvis_yaw: float
    pelvis_list: float
    rock: float
    head: float
    head_side: float
    shoulder: float
    leg_uneven: float
    limp: float
    own: tuple[float, ...]

    def vector(self) -> Floats:
        """Return all that makes this gait, each number of mean 0 and spread 1 over the population, ``(K,)``."""
        values = asdict(self)
        traits = [(values[name] - mean) / sd for name, (mean, sd, _, _) in TRAITS.items()]
        return np.array([*traits, *self.own])


MEAN_GAIT = Gait(**{name: mean for name, (mean, *_) in TRAITS.items()}, own=(0.0,) * (2 * OWN_HARMONICS * len(OWN)))
"""The gait from which everybody deviates."""


def make_gait(rng: np.random.Generator, scale: float = 1.0) -> Gait:
    """Draw a gait; `scale` multiplies its deviation from `MEAN_GAIT`, within what a body can do."""
    traits = {
        name: float(np.clip(mean + scale * sd * rng.normal(), low, high))
        for name, (mean, sd, low, high) in TRAITS.items()
    }
    own = scale * rng.normal(0, 1, 2 * OWN_HARMONICS * len(OWN))
    return Gait(**traits, own=tuple(float(value) for value in own))


@lru_cache(maxsize=4)
def _cycle(name: str) -> dict[str, Floats]:
    """Read Fourier coefficients (radians): 1, cos, sin, cos 2, sin 2 …."""
    with np.load(DATA / "gait.npz") as stored:
        rows = {str(curve): row.astype(np.float64) for curve, row in zip(stored["curves"], stored[name], strict=True)}
    for curve, degrees in ZERO.items():
        rows[curve][0] += np.radians(degrees)
    return rows


def measured(name: str, curve: str, phase: Floats) -> Floats:
    """Return an angle of the measured cycle `name` ("walk" or "run") at phases of the left side, in radians."""
    return _series(_cycle(name)[curve], phase)


def _series(row: Floats, phase: Floats) -> Floats:
    total: Floats = np.full(phase.shape, row[0])
    for k in range(1, (len(row) + 1) // 2):
        total += row[2 * k - 1] * np.cos(k * phase) + row[2 * k] * np.sin(k * phase)
    return total


def _bump(phase: Floats, centre: float, width: float) -> Floats:
    """Return a smooth hill of height 1 once a cycle."""
    return np.asarray(np.exp((np.cos(phase - centre) - 1) / width**2))


def walking_angles(gait: Gait, phase: Floats, reach: Floats, swing: Floats, name: str = "walk") -> Floats:
    """Return the poses of a walk.

    Parameters
    ----------
    gait : Gait
        Whose.
    phase : float64 (T,)
        Radians; 0 where the left foot is farthest ahead, one cycle is two steps.
    reach : float64 (T,)
        Multiplies the swing of the legs: longer steps.
    swing : float64 (T,)
        Multiplies the swing of the arms.
    name : str
        The measured cycle: "walk" or "run".

    Returns
    -------
    float64 (T, len(ANGLES))
        Radians.
    """
    rows, degree = _cycle(name), np.pi / 180
    own = dict(zip(OWN, np.reshape(gait.own, (len(OWN), -1)), strict=True))
    angles = np.zeros((len(phase), len(ANGLES)))

    def put(column: str, values: Floats | float) -> None:
        angles[:, COLUMN[column]] = values

    def own_series(curve: str, at: Floats) -> Floats:
        size = OWN[curve] * degree / np.sqrt(OWN_HARMONICS)
        return np.asarray(_series(np.concatenate([[0.0], own[curve]]), at) * size)

    for side, sign, at in (("L", 1.0, phase), ("R", -1.0, phase + np.pi)):
        limp = max(0.0, sign * gait.limp) * degree
        size = gait.stride * reach * (1 + sign * gait.leg_uneven)
        hip = rows["thigh"][0] + size * (_series(rows["thigh"], at) - rows["thigh"][0])
        knee = _series(rows["knee"], at)
        bent = _bump(at, 4.6, 0.75)
        knee = knee * (1 + (gait.knee_swing * (0.4 + 0.6 * reach) - 1) * bent)
        yields = gait.knee_yield * degree * _bump(at, 0.9, 0.6)
        bend = gait.knee_stance * degree + yields + limp
        knee = knee + bend + own_series("knee", at) * (0.3 + 0.7 * bent)
        put(f"thigh.{side}", hip + gait.thigh * degree + own_series("thigh", at) + 0.5 * bend)
        put(f"knee.{side}", 0.04 * np.logaddexp(0.0, knee / 0.04))
        pitch = gait.foot * (0.3 + 0.7 * reach) * _series(rows["foot"], at)
        put(f"foot.{side}", pitch + own_series("foot", at) * (1 - _bump(at, 1.6, 0.9)))
        put(f"toe_out.{side}", gait.toe_out * degree)
        put(f"leg_out.{side}", _series(rows["leg_out"], at) + gait.leg_out * degree)
        put(f"shank_out.{side}", _series(rows["shank_out"], at) + gait.leg_out * degree)
        late = at - gait.arm_lag
        much = gait.arm_swing * swing * (1 + sign * gait.arm_uneven)
        arm = much * (_series(rows["arm"], late) - rows["arm"][0]) + own_series("arm", at) * min(1.0, gait.arm_swing)
        put(f"arm.{side}", rows["arm"][0] + gait.arm * degree + arm)
        elbow = rows["elbow"] * gait.elbow_swing * np.mean(much)
        elbow[0] = gait.elbow * degree + 0.3 * np.linalg.norm(elbow[1:3])
        put(f"elbow.{side}", np.maximum(_series(elbow, late), 0.02))
        put(f"arm_out.{side}", gait.arm_out * degree)
        put(f"forearm_out.{side}", 0.3 * gait.arm_out * degree)
        put(f"shoulder.{side}", gait.shoulder * degree)
    put("pelvis_yaw", gait.pelvis_yaw * reach * _series(rows["pelvis_yaw"], phase))
    put("pelvis_list", gait.pelvis_list * _series(rows["pelvis_list"], phase))
    put("trunk_yaw", gait.trunk_yaw * degree * swing * np.cos(phase + 0.15))
    put("trunk_side", _series(rows["trunk_side"], phase) + gait.rock * degree * np.sin(phase - 0.4))
    lean = _series(rows["trunk_lean"], phase) - rows["trunk_lean"][0]
    put("trunk_lean", gait.lean * degree + lean)
    put("pelvis_tilt", 0.4 * gait.lean * degree)
    put("head_side", gait.head_side * degree)
    put("head_lean", gait.head * degree + 0.5 * lean)
    return angles


def walking_stance(phase: Floats) -> Floats:
    """Return how much the left and the right foot carry over a walk's cycle, 0 to 1, ``(T, 2)``."""
    sides = []
    for at in (phase, phase + np.pi):
        middle = np.angle(np.exp(1j * (at - STANCE_MIDDLE)))
        ramp = np.clip((STANCE_HALF - np.abs(middle)) / STANCE_RAMP + 0.5, 0, 1)
        sides.append(ramp * ramp * (3 - 2 * ramp))
    return np.stack(sides, axis=1)
