"""Other things that people do than walk: ways of going, and actions on the spot, on the same bones.

Several come in pairs that only the order of time tells apart (`PAIRS`): the frames of the one, read backwards, are the
other's. The poses are set by hand, in degrees, as deviations from the way the person stands; running is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resight.errors import RecipeError
from resight.synthetic.gait import STANCES, TRAITS, Gait, standing_angles, walking_angles, walking_stance
from resight.synthetic.skeleton import COLUMN

Floats = NDArray[np.float64]
Key = dict[str, float]

BEND: Key = {"trunk_lean": 40, "pelvis_tilt": 22, "thigh": 48, "knee": 58, "arm": 35, "elbow": 12, "head_lean": 18}
SEAT: Key = {"trunk_lean": 4, "thigh": 84, "knee": 86, "pelvis_tilt": -6, "arm": 22, "elbow": 52, "forearm_out": -8}
REACH: Key = {
    "trunk_lean": 80,
    "pelvis_tilt": 48,
    "thigh": 70,
    "knee": 96,
    "arm.R": 14,
    "arm.L": -4,
    "elbow": 6,
    "head_lean": 52,
}
HELD: Key = {"arm.R": 12, "elbow.R": 78, "forearm_out.R": -14}
SQUAT: Key = {"trunk_lean": 34, "thigh": 96, "knee": 126, "pelvis_tilt": 18, "arm": 48, "elbow": 40}
DIP: Key = {"trunk_lean": 32, "thigh": 50, "knee": 82, "pelvis_tilt": 15, "arm": -38, "elbow": 10}
FLY: Key = {"trunk_lean": -4, "thigh": 6, "knee": 10, "foot": -30, "arm": 120, "elbow": 22}
LAND: Key = {"trunk_lean": 20, "thigh": 36, "knee": 56, "arm": 30, "elbow": 25}
EAR: Key = {"arm.R": 28, "arm_out.R": 16, "elbow.R": 132, "forearm_out.R": -16, "head_side": -6, "head_lean": 6}
CLAP_OPEN: Key = {"arm": 38, "elbow": 58, "forearm_out": 26, "arm_out": 12}
CLAP_SHUT: Key = {"arm": 38, "elbow": 58, "forearm_out": -30, "arm_out": 4}
WAVE_IN: Key = {"arm_out.R": 62, "arm.R": 20, "elbow.R": 155, "forearm_out.R": -22, "trunk_side": 3}
WAVE_OUT: Key = {"arm_out.R": 62, "arm.R": 20, "elbow.R": 155, "forearm_out.R": 34, "trunk_side": 3}
DRAWN: Key = {"thigh.R": -24, "knee.R": 42, "foot.R": -20, "arm.L": 22, "arm.R": -20, "trunk_lean": 3}
KICKED: Key = {"thigh.R": 56, "knee.R": 12, "foot.R": -8, "arm.L": -26, "arm.R": 26, "trunk_lean": -10}

ACTIONS: dict[str, tuple[tuple[float, Key], ...]] = {
    "sit_down": ((0, {}), (0.15, {}), (0.55, BEND), (0.85, SEAT), (1, SEAT)),
    "pick_up": ((0, {}), (0.1, {}), (0.42, REACH), (0.55, REACH), (0.9, HELD), (1, HELD)),
    "crouch": ((0, {}), (0.15, {}), (0.8, SQUAT), (1, SQUAT)),
    "jump": ((0, {}), (0.1, {}), (0.36, DIP), (0.50, FLY), (0.64, FLY), (0.76, LAND), (0.95, {}), (1, {})),
    "phone": ((0, {}), (0.08, {}), (0.4, EAR), (1, EAR)),
    "kick": ((0, {}), (0.12, {}), (0.42, DRAWN), (0.62, KICKED), (0.9, {}), (1, {})),
}
"""Poses over the share of the time, from the way the person stands; all are done once."""
REPEATED: dict[str, tuple[Key, Key, float]] = {
    "wave": (WAVE_IN, WAVE_OUT, 1.8),
    "clap": (CLAP_OPEN, CLAP_SHUT, 2.2),
}
"""Two poses and how often a second they follow each other."""
REVERSED = {"stand_up": "sit_down", "put_down": "pick_up", "rise": "crouch", "hang_up": "phone"}
TURNS = {"turn_left": 1.0, "turn_right": -1.0}
GOING = ("walk", "walk_backward", "run", "limp", "carry", "climb")
"""Ways of going; all others stay on the spot."""
PAIRS = (
    ("walk", "walk_backward"),
    ("turn_left", "turn_right"),
    *((forward, backward) for backward, forward in REVERSED.items()),
)
"""Told apart by the order of the frames alone."""
NAMES = (*GOING, *TURNS, *ACTIONS, *REVERSED, *REPEATED)
"""All that a walker can do."""
FLIGHT = (0.50, 0.66)
"""The share of a jump's time in the air."""
RUN_CADENCE = 1.45
"""Steps a second of a run to those of a walk."""


@dataclass(frozen=True)
class Motion:
    """Poses `angles` ``(T, K)``, what the feet carry `stance` ``(T, 2)``, and own turning `yaw` ``(T,)``, radians."""

    angles: Floats
    stance: Floats
    yaw: Floats


@dataclass(frozen=True)
class Going:
    """A way of going: the gait, its measured cycle, cadence in steps a second, and which way the body faces."""

    gait: Gait
    cycle: str
    cadence: float
    backward: bool
    adapt: Callable[[Floats], None]


def going(action: str, gait: Gait, cadence: float) -> Going:
    """Return how a person of this gait, at this cadence of walking, goes.

    Raises
    ------
    RecipeError
        Where there is no such action.
    """
    check(action)
    way = Going(gait, "walk", cadence, False, _nothing)
    if action == "walk_backward":
        return replace(way, backward=True, cadence=0.9 * cadence, gait=replace(gait, stride=0.75 * gait.stride))
    if action == "run":
        return replace(way, cycle="run", cadence=RUN_CADENCE * cadence)
    if action == "limp":
        side = 1.0 if gait.limp >= 0 else -1.0
        low, high = TRAITS["limp"][2:]
        hurt = replace(
            gait,
            limp=float(np.clip(gait.limp + 16 * side, 2 * low, 2 * high)),
            leg_uneven=-0.22 * side,
            rock=gait.rock + 5 * side,
            stride=0.85 * gait.stride,
        )
        return replace(way, gait=hurt, cadence=0.85 * cadence)
    if action == "carry":
        return replace(way, adapt=_carry, cadence=0.95 * cadence)
    if action == "climb":
        return replace(way, adapt=_climb, cadence=0.75 * cadence)
    return way


def check(action: str) -> None:
    """Raise `RecipeError` where nobody can do that."""
    if action not in NAMES:
        raise RecipeError(f"no action named {action!r}; there are {', '.join(NAMES)}")


def _nothing(angles: Floats) -> None:
    """Change nothing."""


def _carry(angles: Floats) -> None:
    """Hold a box before the belly."""
    for side in ("L", "R"):
        angles[:, COLUMN[f"arm.{side}"]] = 0.12 + 0.1 * angles[:, COLUMN[f"arm.{side}"]]
        angles[:, COLUMN[f"elbow.{side}"]] = 1.30
        angles[:, COLUMN[f"forearm_out.{side}"]] = -0.12
    angles[:, COLUMN["trunk_lean"]] -= 0.08
    angles[:, COLUMN["trunk_yaw"]] *= 0.3


def _climb(angles: Floats) -> None:
    """Step high, as on stairs."""
    for side in ("L", "R"):
        thigh, knee = COLUMN[f"thigh.{side}"], COLUMN[f"knee.{side}"]
        up = np.clip((angles[:, knee] - 0.25) / 0.6, 0, 1)
        angles[:, thigh] += 1.0 * up
        angles[:, knee] += 0.65 * up
        angles[:, COLUMN[f"foot.{side}"]] *= 0.5
    angles[:, COLUMN["trunk_lean"]] += 0.16


def _pose(key: Key, base: Floats, size: float) -> Floats:
    """Return a pose, degrees away from the base; a limb's angle without a side holds for both."""
    angles = base.copy()
    for name, degrees in key.items():
        names = (name,) if name in COLUMN else (f"{name}.L", f"{name}.R")
        for one in names:
            angles[COLUMN[one]] += np.radians(size * degrees)
    return angles


def _blend(shares: Floats, at: Floats, poses: Floats) -> Floats:
    """Return poses between key poses, at rest in every one of them."""
    number = np.clip(np.searchsorted(at, shares, side="right") - 1, 0, len(at) - 2)
    way = np.clip((shares - at[number]) / (at[number + 1] - at[number]), 0, 1)
    way = (way * way * (3 - 2 * way))[:, None]
    return np.asarray((1 - way) * poses[number] + way * poses[number + 1])


def act(action: str, gait: Gait, cadence: float, times: Floats, rng: np.random.Generator) -> Motion:
    """Return an action on the spot.

    Parameters
    ----------
    action : str
        One of `NAMES`, but none of `GOING`.
    gait : Gait
        How the person stands.
    cadence : float
        Steps a second of the person's walk: quick walkers do the rest quickly as well.
    times : float64 (T,)
        Seconds; what is done once takes the whole time.
    rng : numpy.random.Generator
        How this time differs from others: its size, and where in time it lies.

    Raises
    ------
    RecipeError
        Where there is no such action.
    """
    check(action)
    size, early, late, start = 1 + rng.normal(0, 0.05), *rng.uniform(0, 0.05, 2), rng.uniform(0, 1)
    seconds = times - times[0]
    shares = seconds / max(seconds[-1], 1e-9)
    shares = np.clip((shares - early) / (1 - early - late), 0, 1)
    base = standing_angles(gait)
    both, still = np.ones((len(times), 2)), np.zeros(len(times))
    if action in TURNS:
        return _turning(TURNS[action], gait, cadence, seconds, shares, start)
    if action in REPEATED:
        one, other, rate = REPEATED[action]
        way = 0.5 - 0.5 * np.cos(2 * np.pi * (rate * cadence / TRAITS["cadence"][0] * seconds + start))
        poses = np.stack([_pose(one, base, size), _pose(other, base, size)])
        return Motion((1 - way)[:, None] * poses[0] + way[:, None] * poses[1], both, still)
    name = REVERSED.get(action, action)
    shares = 1 - shares if action in REVERSED else shares
    keys = ACTIONS[name]
    angles = _blend(shares, np.array([at for at, _ in keys]), np.stack([_pose(key, base, size) for _, key in keys]))
    if name == "jump":
        both[(shares > FLIGHT[0]) & (shares < FLIGHT[1])] = 0
    if name == "kick":
        both[:, 1] = np.clip(1 - 12 * (shares - 0.12), 0, 1) + np.clip(12 * (shares - 0.82), 0, 1)
    return Motion(angles, both, still)


def _turning(sign: float, gait: Gait, cadence: float, seconds: Floats, shares: Floats, start: float) -> Motion:
    """Turn about by small steps on the spot."""
    way = shares * shares * (3 - 2 * shares)
    phase = 2 * np.pi * start + np.pi * cadence * seconds
    count = len(seconds)
    stepping = np.clip(4 * np.minimum(shares, 1 - shares), 0, 1)
    walked = walking_angles(gait, phase, np.full(count, 0.15), np.full(count, 0.3))
    angles = standing_angles(gait) + stepping[:, None] * (walked - standing_angles(gait))
    yaw = sign * np.radians(150) * (way - 0.5)
    angles[:, COLUMN["head_yaw"]] += sign * 0.35 * np.sin(np.pi * way)
    angles[:, COLUMN["trunk_yaw"]] += sign * 0.12 * np.sin(np.pi * way)
    stance = 1 - stepping[:, None] * (1 - walking_stance(phase, STANCES["walk"]))
    return Motion(angles, stance, yaw)
