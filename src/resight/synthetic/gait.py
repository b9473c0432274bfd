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
    "elbow_swing": (0.35, 0.22, 0.0, 1.2),
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
HARMONICS = 6
"""Of the measured cycles."""
DEGREE = np.pi / 180
STANCES = {"walk": (2.0, 1.68, 0.5), "run": (1.55, 1.2, 0.35)}
"""When a foot carries, in radians of its own cycle: the middle, from there to half of the load, length of a change."""


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
    return _waves(phase) @ _cycle(name)[curve]


def _waves(phase: Floats) -> Floats:
    """Return 1, cos, sin, cos 2, sin 2 … of phases, ``(T, 2 HARMONICS + 1)``."""
    waves = np.ones((len(phase), 2 * HARMONICS + 1))
    for k in range(1, HARMONICS + 1):
        waves[:, 2 * k - 1], waves[:, 2 * k] = np.cos(k * phase), np.sin(k * phase)
    return waves


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
    angles = np.zeros((len(phase), len(ANGLES)))
    for side, sign, at in (("L", 1.0, phase), ("R", -1.0, phase + np.pi)):
        _legs(angles, gait, at, reach, side, sign, name)
        _arms(angles, gait, at - gait.arm_lag, swing, side, sign, name)
    rows, waves = _cycle(name), _waves(phase)
    lean = waves[:, 1:] @ rows["trunk_lean"][1:]
    values: dict[str, Floats | float] = {
        "pelvis_yaw": gait.pelvis_yaw * reach * (waves @ rows["pelvis_yaw"]),
        "pelvis_list": gait.pelvis_list * (waves @ rows["pelvis_list"]),
        "pelvis_tilt": 0.4 * gait.lean * DEGREE,
        "trunk_yaw": gait.trunk_yaw * DEGREE * swing * np.cos(phase + 0.15),
        "trunk_side": waves @ rows["trunk_side"] + gait.rock * DEGREE * np.sin(phase - 0.4),
        "trunk_lean": gait.lean * DEGREE + lean,
        "head_side": gait.head_side * DEGREE,
        "head_lean": gait.head * DEGREE + 0.5 * lean,
    }
    for column, value in values.items():
        angles[:, COLUMN[column]] = value
    return angles


def _own(gait: Gait, curve: str, waves: Floats) -> Floats:
    """Return a person's own harmonics of an angle, radians."""
    start = 2 * OWN_HARMONICS * list(OWN).index(curve)
    row = np.array(gait.own[start : start + 2 * OWN_HARMONICS]) * OWN[curve] * DEGREE / np.sqrt(OWN_HARMONICS)
    return np.asarray(waves[:, 1 : 1 + len(row)] @ row)


def _legs(angles: Floats, gait: Gait, at: Floats, reach: Floats, side: str, sign: float, name: str) -> None:
    """Set one leg's angles, at phases of its own cycle."""
    rows, waves = _cycle(name), _waves(at)
    size = gait.stride * reach * (1 + sign * gait.leg_uneven)
    swings = _bump(at, 4.6, 0.75)
    bend = (gait.knee_stance + gait.knee_yield * _bump(at, 0.9, 0.6) + max(0.0, sign * gait.limp)) * DEGREE
    knee = (waves @ rows["knee"]) * (1 + (gait.knee_swing * (0.4 + 0.6 * reach) - 1) * swings)
    knee = knee + bend + _own(gait, "knee", waves) * (0.3 + 0.7 * swings)
    thigh = rows["thigh"][0] + size * (waves[:, 1:] @ rows["thigh"][1:])
    foot = gait.foot * (0.3 + 0.7 * reach) * (waves @ rows["foot"])
    values: dict[str, Floats | float] = {
        "thigh": thigh + gait.thigh * DEGREE + _own(gait, "thigh", waves) + 0.5 * bend,
        "knee": 0.04 * np.logaddexp(0.0, knee / 0.04),
        "foot": foot + _own(gait, "foot", waves) * (1 - _bump(at, 1.6, 0.9)),
        "toe_out": gait.toe_out * DEGREE,
        "leg_out": waves @ rows["leg_out"] + gait.leg_out * DEGREE,
        "shank_out": waves @ rows["shank_out"] + gait.leg_out * DEGREE,
    }
    for column, value in values.items():
        angles[:, COLUMN[f"{column}.{side}"]] = value


def _arms(angles: Floats, gait: Gait, at: Floats, swing: Floats, side: str, sign: float, name: str) -> None:
    """Set one arm's angles, at phases of its own cycle."""
    rows, waves = _cycle(name), _waves(at)
    much = gait.arm_swing * swing * (1 + sign * gait.arm_uneven)
    arm = much * (waves[:, 1:] @ rows["arm"][1:]) + min(1.0, gait.arm_swing) * _own(gait, "arm", waves)
    rest = gait.elbow * DEGREE
    if name == "run":
        rest += rows["elbow"][0] - TRAITS["elbow"][0] * DEGREE
    bends = waves[:, 1:] @ rows["elbow"][1:] + 0.3 * np.linalg.norm(rows["elbow"][1:3])
    values: dict[str, Floats | float] = {
        "arm": rows["arm"][0] + gait.arm * DEGREE + arm,
        "elbow": np.maximum(rest + gait.elbow_swing * much * bends, 0.02),
        "arm_out": gait.arm_out * DEGREE,
        "forearm_out": 0.3 * gait.arm_out * DEGREE,
        "shoulder": gait.shoulder * DEGREE,
    }
    for column, value in values.items():
        angles[:, COLUMN[f"{column}.{side}"]] = value


def walking_stance(phase: Floats, when: tuple[float, float, float] = STANCES["walk"]) -> Floats:
    """Return how much the left and the right foot carry over a cycle, 0 to 1, ``(T, 2)``."""
    middle, half, change = when
    sides = []
    for at in (phase, phase + np.pi):
        away = np.abs(np.angle(np.exp(1j * (at - middle))))
        ramp = np.clip((half - away) / change + 0.5, 0, 1)
        sides.append(ramp * ramp * (3 - 2 * ramp))
    return np.stack(sides, axis=1)


def standing_angles(gait: Gait) -> Floats:
    """Return the pose of a person of this gait who stands, ``(len(ANGLES),)``, radians."""
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    angles = walking_angles(gait, turn, np.zeros(16), np.zeros(16)).mean(axis=0)
    for side in ("L", "R"):
        for name, degrees in (("thigh", 1.0), ("knee", 3.0), ("foot", 0.0), ("shank_out", 1.5), ("leg_out", 1.5)):
            angles[COLUMN[f"{name}.{side}"]] = np.radians(degrees)
    return np.asarray(angles)
