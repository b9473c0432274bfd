"""A person of the world, ready to be filmed: body, looks, a day's clothes and gait, each from its own random stream."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resight.synthetic.atlas import layout
from resight.synthetic.body import Body, make_body, template
from resight.synthetic.clothes import fit, wear
from resight.synthetic.gait import STANCES, Gait, make_gait, standing_angles, walking_angles, walking_stance
from resight.synthetic.garments import Piece, pieces
from resight.synthetic.ground import Soles
from resight.synthetic.motion import GOING, Going, Motion, act, check, going
from resight.synthetic.painting import paint
from resight.synthetic.skeleton import Skin, bones, pose_skin, turn
from resight.synthetic.wardrobe import OUTFITS_PER_BLOCK, PEOPLE_PER_BLOCK, Looks, Outfit, make_looks, make_outfit

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]

BODY, GAIT, CHOICE, OUTFIT, LOOKS = 101, 102, 103, 104, 105
"""Numbers of the random streams."""
MEAN_HEIGHT = 1.70
SLOW = 0.25
"""Below this share of the own speed, a walk passes into standing."""


@dataclass(frozen=True)
class Causes:
    """Who is filmed: all that makes the person.

    `body_of` takes body, skin and hair of another person, `clothes_of` the clothes, `gait_of` the gait; `gait_scale`
    multiplies the gait's deviation from the mean; `outfits` draws from that many outfits instead of the domain's
    wardrobe.
    """

    seed: int
    domain: str
    person: int
    day: int = 1
    gait_scale: float = 1.0
    body_of: int | None = None
    clothes_of: int | None = None
    gait_of: int | None = None
    outfits: int | None = None

    def stream(self, cause: int, *numbers: int) -> np.random.Generator:
        """Return the random numbers of one cause."""
        return np.random.default_rng([self.seed, *self.domain.encode(), cause, *numbers])


def outfit_number(causes: Causes) -> int:
    """Return which outfit of the domain is worn: the same number is the same clothes."""
    person = causes.person if causes.clothes_of is None else causes.clothes_of
    rng = causes.stream(CHOICE, person, causes.day)
    if causes.outfits is not None:
        return int(rng.integers(causes.outfits))
    return (person - 1) // PEOPLE_PER_BLOCK * OUTFITS_PER_BLOCK + int(rng.integers(OUTFITS_PER_BLOCK))


class Walker:
    """One person on one day.

    Parameters
    ----------
    body, looks, outfit, gait
        What makes the person.
    """

    def __init__(self, body: Body, looks: Looks, outfit: Outfit, gait: Gait) -> None:
        self.body, self.looks, self.gait = body, looks, gait
        self.outfit = wear(outfit, body.woman)
        dressed = fit(body, self.outfit, looks)
        self.skin, self.uv = _sew(dressed, pieces(body, dressed, self.outfit, looks))
        self.faces = self.skin.faces
        self.atlas = paint(self.outfit, looks)
        self._heads = np.concatenate([body.joints, body.knuckles])
        self._soles = Soles(dressed, self._heads)
        self._measured: dict[Going, tuple[Floats, Floats]] = {}

    @property
    def height(self) -> float:
        """Return the stature without shoes, in metres."""
        return self.body.height

    @property
    def cadence(self) -> float:
        """Return the mean steps a second: long legs are slower pendulums."""
        return float(self.gait.cadence * np.sqrt(MEAN_HEIGHT / self.height))

    def _reaches(self, way: Going) -> tuple[Floats, Floats]:
        """Return metres of one cycle for several reaches, measured at the feet."""
        if way not in self._measured:
            reaches = np.array([0.3, 0.7, 1.0, 1.25, 1.5])
            phase = np.tile(np.linspace(0, 2 * np.pi, 25), len(reaches))
            angles = walking_angles(way.gait, phase, np.repeat(reaches, 25), np.ones(len(phase)), way.cycle)
            way.adapt(angles)
            turns, places = bones(self.body, angles)
            stance = walking_stance(phase, STANCES[way.cycle])
            self._soles.settle(turns, places, stance, phase / (np.pi * way.cadence))
            steps = np.append(-self._soles.travel(turns, places, stance)[:, 1], 0).reshape(len(reaches), 25)[:, :-1]
            down = stance.max(axis=1).reshape(len(reaches), 25)[:, :-1] > 0.5
            cycles = 24 * (steps * down).sum(axis=1) / down.sum(axis=1)
            self._measured[way] = reaches, np.maximum.accumulate(np.maximum(cycles, 1e-3 * reaches))
        return self._measured[way]

    def speed_of(self, action: str) -> float:
        """Return the metres a second of an action at its mean cadence; 0 on the spot."""
        check(action)
        if action not in GOING:
            return 0.0
        way = going(action, self.gait, self.cadence)
        return float(np.interp(1.0, *self._reaches(way))) * way.cadence / 2

    @property
    def speed(self) -> float:
        """Return the metres a second of this gait at its mean cadence."""
        return self.speed_of("walk")

    def pose(
        self,
        times: Floats,
        positions: Floats,
        headings: Floats,
        rng: np.random.Generator,
        action: str = "walk",
    ) -> tuple[Floats32, Floats32]:
        """Move along a path.

        Parameters
        ----------
        times : float64 (T,)
            Seconds, rising.
        positions : float64 (T, 2)
            Where on the ground, metres.
        headings : float64 (T,)
            Direction of the walk, radians from the x axis.
        rng : numpy.random.Generator
            Of the tracklet: start of the cycle, and how this walk differs from the person's other ones.
        action : str
            What is done, one of `motion.NAMES`; who walks backward faces away from `headings`.

        Returns
        -------
        vertices, normals : float32 (T, V, 3)
            Metres in the world, z up, the lowest point of the shoes on the ground. The standing foot stays where it
            is; so the pelvis keeps to `positions` only to within some centimetres.
        """
        times, headings = np.asarray(times, float), np.asarray(headings, float)
        positions = np.asarray(positions, float)
        check(action)
        goes = action in GOING
        done = self._go(action, times, positions, rng) if goes else act(action, self.gait, self.cadence, times, rng)
        turns, places = bones(self.body, done.angles)
        facing = turn(2, headings + done.yaw + np.pi / 2)
        turns = facing[:, None] @ turns
        places = (facing[:, None] @ places[..., None])[..., 0]
        self._soles.settle(turns, places, done.stance, times)
        root = np.zeros((len(times), 2))
        root[1:] = np.cumsum(self._soles.travel(turns, places, done.stance), axis=0)
        away = root - positions
        places[..., :2] += (root - (_slow(away, times) if goes else away.mean(axis=0)))[:, None]
        self._soles.lock(turns, places, done.stance)
        return pose_skin(self.skin, self._heads, turns, places)

    def _go(self, action: str, times: Floats, positions: Floats, rng: np.random.Generator) -> Motion:
        """Go at the path's speed: faster is both longer and quicker steps."""
        way = going(action, self.gait, self.cadence)
        start, quick, swing = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.028), np.exp(rng.normal(0, 0.06))
        steps = rng.normal(0, 1, (2, int(np.ceil(4.0 * (times[-1] - times[0]))) + 6))
        own = self.speed_of(action)
        speed = np.array([own])
        if len(times) > 1:
            path = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(positions, axis=0), axis=1))])
            speed = _slow(np.gradient(path, times), times, 0.25)
        ratio = np.clip(speed / own, 0.0, 2.2)
        cadence = way.cadence * np.exp(quick) * np.sqrt(ratio)
        metres, reaches = self._reaches(way)[::-1]
        reach = np.interp(2 * speed / np.maximum(cadence, 1e-6), [0.0, *metres], [0.0, *reaches])
        gone = np.concatenate([[0.0], np.cumsum(np.pi * (cadence[1:] + cadence[:-1]) / 2 * np.diff(times))])
        noise = np.array([np.interp(gone / np.pi, np.arange(steps.shape[1]), row) for row in steps])
        phase = start + (-1 if way.backward else 1) * (gone + 0.05 * noise[0])
        swing = swing * (1 + 0.06 * noise[1]) * np.sqrt(ratio)
        angles = walking_angles(way.gait, phase, reach * (1 + 0.02 * noise[1]), swing, way.cycle)
        way.adapt(angles)
        yaw = np.full(len(times), np.pi if way.backward else 0.0)
        still = np.clip(1 - ratio / SLOW, 0, 1)[:, None]
        angles += still * (standing_angles(way.gait) - angles)
        return Motion(angles, np.maximum(still, walking_stance(phase, STANCES[way.cycle])), yaw)


def _slow(values: Floats, times: Floats, width: float = 1.5) -> Floats:
    """Return the running mean of values over a Gaussian window of `width` seconds."""
    weights = np.exp(-0.5 * ((times[:, None] - times[None]) / width) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights @ values)


def _sew(dressed: Floats, pieces: list[Piece]) -> tuple[Skin, Floats32]:
    """Join the dressed body, cut as the atlas needs it, and its pieces: the mesh and its texture coordinates."""
    shared, drawn = template(), layout()
    start = len(drawn.source) + np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    starts = start[:-1].tolist()
    skin = Skin(
        np.concatenate([dressed[drawn.source], *(piece.vertices for piece in pieces)]).astype(np.float32),
        np.concatenate([shared.bone_of[drawn.source], *(piece.bone_of for piece in pieces)]).astype(np.int32),
        np.concatenate([shared.weight[drawn.source], *(piece.weight for piece in pieces)]).astype(np.float32),
        np.concatenate([drawn.faces, *(p.faces + at for p, at in zip(pieces, starts, strict=True))]).astype(np.int32),
        np.concatenate([drawn.twin, np.arange(len(drawn.source), start[-1])]).astype(np.int32),
    )
    return skin, np.concatenate([drawn.uv, *(piece.uv for piece in pieces)])


@lru_cache(maxsize=256)
def make_walker(causes: Causes) -> Walker:
    """Make the person that the causes describe; the last 256 are kept."""
    owner = causes.person if causes.body_of is None else causes.body_of
    body = make_body(causes.stream(BODY, owner))
    looks = make_looks(causes.stream(LOOKS, owner), body.woman)
    outfit = make_outfit(causes.stream(OUTFIT, outfit_number(causes)))
    gait = make_gait(
        causes.stream(GAIT, causes.person if causes.gait_of is None else causes.gait_of), causes.gait_scale
    )
    return Walker(body, looks, outfit, gait)
