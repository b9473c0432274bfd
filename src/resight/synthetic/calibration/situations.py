"""What is measured in: a domain as it is, twins, and a domain with a knob turned, each with the cameras of a seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from resight.datasets.base import rank_across_cameras
from resight.synthetic.calibration.settings import SIZES, Settings
from resight.synthetic.domains import Domain, load_domain
from resight.synthetic.synthesis import synthesize
from resight.tracklets import TrackletSet

Group = Literal["domains", "twins", "nulls", "knobs"]
NULL = "null twins"
KNOBS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "light.drift 0": ({"light__drift": 0.0}, {}),
    "light.drift 1.6": ({"light__drift": 1.6}, {}),
    "outfits 0.2 a person": ({"outfits": 0.2}, {}),
    "outfits 50 a person": ({"outfits": 50.0}, {}),
    "five outfits for all": ({}, {"outfits": 5}),
    "response.contrast 1.5": ({"response__contrast": 1.5}, {}),
    "crowd.passers_by 1": ({"crowd__passers_by": 1.0}, {}),
    "boxes.jitter 0.015, wobble 0.036": ({"boxes__jitter": 0.015, "boxes__wobble": 0.036}, {}),
    "gait ×1.8": ({}, {"gait": 1.8}),
}
"""By name: keys of the domain, and options of `synthesize`."""


@dataclass(frozen=True)
class Situation:
    """People before the cameras of a seed.

    Attributes
    ----------
    group : str
        The table it belongs to.
    name : str
        What is special, in words; empty for a domain as it is.
    domain : Domain
    people : int
        Test people; as many others to train on, filmed alike.
    camera_seed : int
    twins, null_twins, gait, outfits
        As `synthesize` takes them.
    """

    group: Group
    name: str
    domain: Domain
    people: int
    camera_seed: int
    twins: bool = False
    null_twins: bool = False
    gait: float = 1.0
    outfits: int | None = None

    def record(self) -> dict[str, Any]:
        """Return all that the films depend on, as plain data."""
        plain = {key: value for key, value in asdict(self).items() if key not in ("group", "name", "domain")}
        return plain | {"domain": self.domain.model_dump(mode="json")}

    def film(self, settings: Settings) -> Filmed:
        """Film test people and training people; nothing is drawn before it is read."""
        low, high = self.domain.frames
        longest = high if settings.longest is None else min(high, settings.longest)

        def people(first: int) -> TrackletSet:
            return synthesize(
                self.domain,
                range(first, first + self.people),
                seed=settings.seed,
                frames=(min(low, longest), longest),
                twins=self.twins,
                null_twins=self.null_twins,
                gait=self.gait,
                outfits=self.outfits,
                camera_seed=self.camera_seed,
            )

        return Filmed(people(self.people + 1), *rank_across_cameras(people(1)))


@dataclass(frozen=True)
class Filmed:
    """A situation's tracklets: to train XQDA on, to ask with, to be found."""

    train: TrackletSet
    query: TrackletSet
    gallery: TrackletSet


def situations(settings: Settings, only: str | None = None) -> list[Situation]:
    """List all situations, in the order in which they are best measured.

    Parameters
    ----------
    settings : Settings
    only : str or None
        A domain to keep to; twins and knobs are left out unless it is theirs.
    """
    domains = {name: load_domain(name) for name in settings.people if only in (None, name)}
    found = [
        Situation("domains", "", domain, settings.people[name], seed)
        for name, domain in domains.items()
        for seed in settings.camera_seeds
    ]
    for name, domain in domains.items():
        if name != settings.variants:  # whose null twins stand beside its twins
            seed = settings.camera_seeds[0]
            found.append(Situation("nulls", NULL, domain, settings.people[name], seed, null_twins=True))
    if only not in (None, settings.variants):
        return found
    base, people = load_domain(settings.variants), settings.people.get(settings.variants, SIZES["prid"])
    for seed in settings.camera_seeds:
        for gait in settings.gaits:
            found.append(Situation("twins", f"gait ×{gait:g}", base, people, seed, twins=True, gait=gait))
        found.append(Situation("twins", NULL, base, people, seed, null_twins=True))
    for seed in settings.camera_seeds:
        for name, (keys, options) in KNOBS.items():
            found.append(Situation("knobs", name, base.variant(**keys), people, seed, **options))
    return found
