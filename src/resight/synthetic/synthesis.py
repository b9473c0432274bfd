"""People, domains and days in, a `TrackletSet` out: every cause drawn from a seed of its own.

A person's body and gait, the outfit of a day, a camera and a tracklet each have their own random stream. So the same
person comes out alike whatever else is asked for, and a day changes nothing but the clothes.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from resight.errors import RecipeError
from resight.frames import Frames, FrameSource
from resight.synthetic.asked import people_of, refuse_low
from resight.synthetic.cache import DRAWN
from resight.synthetic.domains import Domain, load_domain, parse_domain, shipped_domains
from resight.synthetic.roles import DISTRACTOR, JUNK, NOBODYS, Role, dressed
from resight.synthetic.seeds import Cause, stream
from resight.tracklets import Tracklet, TrackletSet

if TYPE_CHECKING:
    from resight.synthetic.film import Shot

WORLD_VERSION = "world-1"
DRAWING = 1
"""One more with every change of the code that changes a pixel, so that no stored frame or feature of before is taken
for one of now."""
JUNK_NUMBERS = 1_000_000
"""Tracklets from this number on are junk's."""


@dataclass(frozen=True)
class SyntheticFrames:
    """Frames that are drawn when they are read: uint8 RGB ``(T, H, W, 3)``.

    Attributes
    ----------
    domain : str
        Name of the domain.
    person, camera, day, number, length, seed : int
        Who, where, when, which tracklet, how many frames, which world.
    outfits : int or None
        Outfits of the whole domain; None leaves that to the domain.
    body_of, gait_of, clothes_of : int or None
        Person whose body and hair, gait, clothes are taken (twins).
    gait : float
        Scales how far each gait is from the mean one.
    camera_seed : int or None
        Of the cameras, where it is not the world's.
    miss : bool
        Whether the detector is wrong (junk).
    knobs : str
        A domain that does not ship, as JSON; empty otherwise.
    action : str
        What is done, one of `resight.synthetic.motion.NAMES`.
    """

    domain: str
    person: int
    camera: int
    day: int
    number: int
    length: int
    seed: int
    outfits: int | None = None
    body_of: int | None = None
    gait_of: int | None = None
    clothes_of: int | None = None
    gait: float = 1.0
    camera_seed: int | None = None
    miss: bool = False
    knobs: str = ""
    action: str = "walk"

    def __len__(self) -> int:
        return self.length

    def read(self, indices: Sequence[int]) -> Frames:
        """Draw the tracklet, unless it is kept, and return the frames at `indices`."""
        from resight.synthetic.film import decode, film

        pictures = DRAWN.get(self.fingerprint(), lambda: film(self.filmed_in(), self.shot()))
        height, width = self.filmed_in().size
        return np.stack([decode(pictures[i], (height, width)) for i in indices])

    def fingerprint(self) -> str:
        """Hash the causes, the domain's knobs, the versions of world and drawing, and those of what it draws with."""
        record = json.dumps(self.to_record(), sort_keys=True) + self.filmed_in().model_dump_json() + _drawn_by()
        return hashlib.sha256(record.encode()).hexdigest()

    def to_record(self) -> dict[str, Any]:
        """Return the causes."""
        return {"kind": "synthetic", "world": WORLD_VERSION} | asdict(self)

    def filmed_in(self) -> Domain:
        """Return the domain."""
        return _domain(self.domain, self.knobs)

    @property
    def outfit(self) -> int:
        """Number of the outfit in the domain's wardrobe: equal numbers are equal clothes."""
        wearer = self.person if self.clothes_of is None else self.clothes_of
        return dressed(self.filmed_in(), wearer, self.day, self.seed, self.outfits)

    def shot(self) -> Shot:
        """Return what the filming needs to know."""
        from resight.synthetic.film import Shot
        from resight.synthetic.roles import walker_causes

        camera_seed = self.seed if self.camera_seed is None else self.camera_seed
        return Shot(
            walker_causes(self), self.day, self.camera, self.number, self.length, camera_seed, self.miss, self.action
        )


def source_from_record(record: dict[str, Any]) -> FrameSource:
    """Make the frames that a record describes; raises `RecipeError` where they are of another world's version."""
    causes = dict(record)
    causes.pop("kind")
    seen = causes.pop("seen", None)
    if causes.pop("world") != WORLD_VERSION:
        raise RecipeError(f"these synthetic tracklets are of world {record['world']!r}, this is {WORLD_VERSION!r}")
    source = SyntheticFrames(**causes)
    if seen is None:
        return source
    from resight.synthetic.silhouettes import SilhouetteFrames

    return SilhouetteFrames(source)


def synthesize(
    domain: str | Path | Domain,
    people: int | Sequence[int],
    *,
    seed: int = 0,
    days: int = 1,
    tracklets_per_camera: int | None = None,
    frames: tuple[int, int] | None = None,
    same_clothes: bool = False,
    outfits: int | None = None,
    twins: bool = False,
    null_twins: bool = False,
    gait: float = 1.0,
    camera_seed: int | None = None,
    distractors: int = 0,
    junk: int = 0,
) -> TrackletSet:
    """Film people with the cameras of a domain.

    Parameters
    ----------
    domain : str, Path or Domain
        A shipped domain's name, the path of a YAML file, or the domain itself.
    people : int or sequence of int
        How many (numbered from 1), or which.
    seed : int
        The world's seed: its people, clothes and cameras.
    days : int
        Each day is filmed anew, in other clothes.
    tracklets_per_camera : int or None
        Of each person on each day; None takes the domain's own.
    frames : (low, high) or None
        Range of the tracklets' lengths, inclusive; None takes the domain's own.
    same_clothes : bool
        Five outfits for all.
    outfits : int or None
        So many outfits for all; None takes the domain's own number for each person.
    twins : bool
        Everybody has the body, hair and clothes of person 1; only gaits differ.
    null_twins : bool
        Gaits are person 1's as well: nothing tells people apart.
    gait : float
        Scales how far each gait is from the mean one.
    camera_seed : int or None
        Films the same people with the cameras of another seed.
    distractors : int
        Tracklets of people who are nobody asked for (person 0), dealt to the cameras in turn.
    junk : int
        Tracklets of people asked for, with boxes that miss them (person -1), dealt to the cameras in turn.

    Returns
    -------
    TrackletSet
        Frames are drawn when read. Equal numbers in `outfit` are equal clothes.

    Raises
    ------
    RecipeError
        Where the domain is unknown or a number makes no sense.
    """
    knobs = load_domain(domain)
    numbers = people_of(people)
    repeats = knobs.tracklets if tracklets_per_camera is None else tracklets_per_camera
    low, high = knobs.frames if frames is None else frames
    refuse_low(1, days=days, tracklets_per_camera=repeats, frames=low, outfits=1 if outfits is None else outfits)
    refuse_low(0, seed=seed, distractors=distractors, junk=junk)
    if low > high:
        raise RecipeError(f"frames: the first number, {low}, must not exceed the second, {high}")
    if not isinstance(gait, Real) or not 0 <= gait < math.inf:
        raise RecipeError(f"gait is a number from 0 on, not {gait!r}")
    alike = 1 if twins or null_twins else None
    basis = SyntheticFrames(
        domain=knobs.name,
        person=1,
        camera=1,
        day=1,
        number=1,
        length=1,
        seed=seed,
        outfits=5 if same_clothes and outfits is None else outfits,
        body_of=alike,
        clothes_of=alike,
        gait_of=1 if null_twins else None,
        gait=float(gait),
        camera_seed=camera_seed,
        knobs="" if _ships(knobs) else knobs.model_dump_json(),
    )
    lengths = (int(low), int(high))
    tracklets = [
        _tracklet(replace(basis, person=int(person), day=day, camera=camera, number=number), "person", lengths)
        for person in numbers
        for day in range(1, days + 1)
        for camera in _passed(knobs, int(person), seed)
        for number in range(1, repeats + 1)
    ]
    tracklets.extend(_extras(basis, list(numbers), knobs.cameras, distractors, junk, lengths))
    return TrackletSet(tracklets)


def causes_table(tracklets: Iterable[Tracklet]) -> dict[str, list[Any]]:
    """Return every cause of synthetic tracklets as columns, one row a tracklet.

    Beside the causes that are numbers of streams these are: heading (degrees, 0 to the right, 90 away from the camera),
    speed (metres a second), the body's height (metres), the camera's height and distance (metres), the light's strength
    and the sun's share of it, and the gait's parameters, each standardised over the population.

    Raises
    ------
    RecipeError
        Where a tracklet is not synthetic.
    """
    from resight.synthetic.film import explain

    rows = []
    for tracklet in tracklets:
        source = tracklet.frames
        if not isinstance(source, SyntheticFrames):
            raise RecipeError(f"tracklet {tracklet.key} of {tracklet.domain} is not synthetic: its causes are unknown")
        named = {k: v for k, v in asdict(source).items() if k not in ("knobs", "person")}
        first = {"key": tracklet.key, "person": tracklet.person, "walker": source.person, "outfit": source.outfit}
        rows.append(first | named | explain(source.filmed_in(), source.shot()))
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def _tracklet(source: SyntheticFrames, role: Role, lengths: tuple[int, int]) -> Tracklet:
    """Draw a tracklet's length, even in its logarithm, and name it."""
    rng = stream(source.seed, source.domain, Cause.LENGTH, source.person, source.day, source.camera, source.number)
    low, high = lengths
    length = min(high, int(low * ((high + 1) / low) ** rng.random()))
    source = replace(source, length=length)
    if role == "person":
        person, key = source.person, f"{source.person:04d}D{source.day}C{source.camera}T{source.number}"
    elif role == "distractor":
        person, key = DISTRACTOR, f"distractor{source.person - NOBODYS + 1:05d}C{source.camera}"
    else:
        person, key = JUNK, f"junk{source.person:04d}C{source.camera}T{source.number}"
    name = f"synthetic-{source.domain}"
    return Tracklet(person, source.camera, name, key, source, day=source.day, outfit=source.outfit, source="synthetic")


def _passed(domain: Domain, person: int, seed: int) -> list[int]:
    """Return the cameras that a person passes, in their order."""
    everywhere = range(1, domain.cameras + 1)
    if domain.visits is None:
        return list(everywhere)
    return sorted(stream(seed, domain.name, Cause.VISITS, person).permutation(everywhere)[: domain.visits].tolist())


def _extras(
    basis: SyntheticFrames, people: list[int], cameras: int, distractors: int, junk: int, lengths: tuple[int, int]
) -> Iterator[Tracklet]:
    """Yield distractors and junk."""
    for i in range(distractors):
        plain = replace(basis, person=NOBODYS + i, camera=i % cameras + 1)
        yield _tracklet(plain, "distractor", lengths)
    for i in range(junk):
        number = JUNK_NUMBERS + i
        missed = replace(basis, person=int(people[i % len(people)]), camera=i % cameras + 1, number=number, miss=True)
        yield _tracklet(missed, "junk", lengths)


@lru_cache(maxsize=1)
def _drawn_by() -> str:
    import cv2

    return f"{DRAWING} numpy {np.__version__} cv2 {cv2.__version__}"


@lru_cache(maxsize=64)
def _domain(name: str, knobs: str) -> Domain:
    return parse_domain(json.loads(knobs), name) if knobs else load_domain(name)


def _ships(domain: Domain) -> bool:
    return domain.name in shipped_domains() and load_domain(domain.name) == domain
