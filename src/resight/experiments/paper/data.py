"""The paper's four sets, and one more of the user's: real ones where they lie, else domains of the synthetic world."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from resight.datasets import DATASETS, Split, open_dataset
from resight.datasets.saved import tracklets_record
from resight.errors import DataError, RecipeError
from resight.experiments.paper.settings import Settings
from resight.experiments.paper.world import VARIANTS, WorldSplits
from resight.synthetic.domains import load_domain
from resight.synthetic.synthesis import WORLD_VERSION
from resight.tracklets import Tracklet, TrackletSet

NAMES = ("prid", "ilids", "aerial", "mars")
FURTHER = "further"
"""A set that the paper has not, trained on and tested with its own."""
TRAINED_ON = ("prid", "ilids", "aerial", FURTHER)
"""The sets of the first model (METHODS §1.4), and the further one."""
REAL = {"prid": "prid2011", "ilids": "ilids-vid", "mars": "mars"}
TITLES = {"prid": "PRID-2011", "ilids": "iLIDS-VID", "aerial": "Aerial", "mars": "MARS"}


@dataclass(frozen=True, eq=False)
class Domain:
    """One set, or a variant of it.

    Attributes
    ----------
    name : str
        ``prid``, or ``mars/multiple`` for a variant.
    title : str
        For tables.
    record : dict
        What a result on it depends on beside the split's own tracklets; no path.
    make_split : callable
        Gives the split of a number.
    synthetic : bool
    leaks, tests : str
        Of the data set, see `resight.datasets.Dataset`.
    """

    name: str
    title: str
    record: dict[str, Any]
    make_split: Callable[[int], Split] = field(repr=False)
    synthetic: bool = False
    leaks: str = ""
    tests: str = ""


@dataclass(frozen=True, eq=False)
class PaperData:
    """The sets that are here, and why others are not.

    Attributes
    ----------
    opener : callable
        Opens a set or a variant by name; raises `DataError` where it cannot.
    missing : dict
        Name of a set to the reason.
    unusable : set of str
        Those among them that lie here and cannot be opened or split; known once they were asked for.
    """

    opener: Callable[[str], Domain]
    missing: dict[str, str]
    unusable: set[str] = field(default_factory=set)
    _opened: dict[str, Domain] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        base = name.partition("/")[0]
        if base not in self.missing and base not in self._opened:
            try:
                if not (domain := self[base]).synthetic:
                    domain.make_split(0)
            except DataError as error:
                self.missing[base] = str(error)
                self.unusable.add(base)
        return base not in self.missing

    def require(self, names: Sequence[str]) -> None:
        """Raise `DataError` where one of some sets lies here and cannot be used: none is left out unasked."""
        for name in names:
            if name not in self and name in self.unusable:
                raise DataError(f"{name} cannot be used ({self.missing[name]}); what does not need it can be done")

    def __getitem__(self, name: str) -> Domain:
        if name.partition("/")[0] in self.missing:
            raise DataError(f"{name}: {self.missing[name.partition('/')[0]]}")
        if name not in self._opened:
            self._opened[name] = self.opener(name)
        return self._opened[name]

    def here(self, names: Sequence[str] = (*NAMES, FURTHER)) -> tuple[str, ...]:
        """Return those of some sets that are here, in order."""
        return tuple(name for name in names if name in self)

    def has_variant(self, name: str) -> bool:
        """Whether a variant as ``aerial/twins`` can be made of what is here."""
        return name in self and (self[name.partition("/")[0]].synthetic or name == "mars/multiple")


def synthetic_data(settings: Settings) -> PaperData:
    """Open the synthetic stand-ins of all four sets."""
    splits = WorldSplits(settings.world)

    def open_one(name: str) -> Domain:
        base, _, variant = name.partition("/")
        if base not in NAMES or variant not in VARIANTS.get(base, ("",)):
            raise RecipeError(f"the paper has no set {name!r}")
        size = getattr(settings.world, base).model_dump(mode="json")
        knobs = load_domain(base).model_dump(mode="json", exclude={"description"})
        record = {"set": "synthetic", "world": WORLD_VERSION, "seed": settings.world.seed, "size": size}
        record |= {"domain": digest(knobs), "variant": variant}
        return Domain(name, f"{TITLES[base]}-like (synthetic)", record, lambda n: splits.split(name, n), True)

    return PaperData(open_one, {FURTHER: "the embedded world has the paper's four"})


def real_data(
    folders: Sequence[str],
    aerial: str | None = None,
    options: Mapping[str, Any] = MappingProxyType({}),
    further: str | None = None,
) -> PaperData:
    """Find the real sets.

    Parameters
    ----------
    folders : sequence of str
        A folder with ``prid2011``, ``ilids-vid``, ``mars`` and ``aerial`` (or the aerial set's name) below it, or
        ``NAME=PATH`` for one set, NAME one of prid, ilids, aerial, mars, further.
    aerial : str or None
        Name of the data set that stands for the paper's aerial one, which was never released.
    options : mapping
        Options of the readers, as ``{"prid.variant": "single_shot"}``.
    further : str or None
        Name of one more data set, trained on and tested with the paper's, as ``TITLE=NAME`` where tables are to call it
        otherwise.

    Raises
    ------
    RecipeError
        Where a name is unknown, or a set that is not here is given options.
    DataError
        Where a folder is not there.
    """
    called, _, reader = (further or "").rpartition("=")
    names = (*NAMES, FURTHER) if further else NAMES
    given: dict[str, dict[str, Any]] = {name: {} for name in names}
    for key, value in options.items():
        name, _, option = key.partition(".")
        if name not in names or not option:
            raise RecipeError(f"{key}: an option reads SET.OPTION, SET one of {', '.join(names)}")
        given[name][option] = value
    for asked in (aerial, reader if further else None):
        if asked is not None and asked not in DATASETS:
            raise RecipeError(f"no data set named {asked!r}; there are {', '.join(sorted(DATASETS))}")
    readers = REAL | ({"aerial": aerial} if aerial else {}) | ({FURTHER: reader} if further else {})
    titles = TITLES | {"aerial": f"{TITLES['aerial']} ({aerial})", FURTHER: called or reader}
    paths: dict[str, Path] = {}
    searched: list[str] = []
    for item in folders:
        name, sign, path = item.partition("=")
        if sign and name not in names:
            raise RecipeError(f"{item}: the sets are {', '.join(names)}")
        place = Path(path if sign else item).expanduser()
        if not (place.exists() if sign else place.is_dir()):
            raise DataError(f"--data {item}: there is no such folder")
        if sign:
            paths[name] = place
            continue
        searched.append(item)
        for known, reader in readers.items():
            for folder in (reader, known):
                if known not in paths and (place / folder).is_dir():
                    paths[known] = place / folder

    def why(name: str) -> str:
        if not searched or name not in readers:
            return "not given by --data"
        return f"no {' or '.join(dict.fromkeys((readers[name], name)))} below {' or '.join(searched)}"

    missing = {name: why(name) for name in (*NAMES, FURTHER) if name not in paths}
    if further and FURTHER in missing:
        raise RecipeError(f"{further} is to be trained on too: give its path by --data {FURTHER}=PATH")
    if aerial is None:
        missing["aerial"] = "the paper's aerial set was never released; name another by --aerial"
    for name in names:
        if given[name] and name in missing:
            raise RecipeError(f"options of {name} are given, and that set is not here ({missing[name]})")

    def open_one(name: str) -> Domain:
        base, _, variant = name.partition("/")
        options = given[base] | ({"multiple_query": True} if variant == "multiple" else {})
        if variant not in ("", "multiple"):
            raise DataError(f"{name}: the real set has no such variant")
        dataset = open_dataset(readers[base], paths[base], **options)

        def split(number: int) -> Split:
            return named(dataset.split(str(number) if dataset.seeded else None), base)

        record = {"set": readers[base], "options": options}
        chosen = "; ".join(f"{key} {value}" for key, value in given[base].items())
        title = f"{titles[base]} ({chosen})" if chosen else titles[base]
        return Domain(name, title, record, split, False, dataset.leaks, dataset.tests)

    return PaperData(open_one, missing)


def user_clip(video: Path | None, boxes: Path | None) -> tuple[Tracklet, Tracklet]:
    """Return a person of a video of the user's: the first half of the track, and the second.

    Raises
    ------
    RecipeError
        Where the video or its tracks are not named.
    DataError
        Where one of them is missing or damaged, or no track is long enough.
    """
    if video is None or boxes is None:
        raise RecipeError("a clip of yours takes both --clip VIDEO and --boxes TRACKS (MOTChallenge text)")
    found = open_dataset("video", video, boxes=str(boxes)).split()
    first, second = found.query[0], found.gallery[0]
    second.load([0])  # so that tracks of another video are found now
    return first, second


def named(split: Split, domain: str) -> Split:
    """Return a split whose tracklets bear a domain's name."""
    train, query, gallery = (part.with_domain(domain) for part in (split.train, split.query, split.gallery))
    return replace(split, train=train, query=query, gallery=gallery)


def digest(content: Any) -> str:
    """Hash plain data."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]


def side_digest(tracklets: TrackletSet) -> str:
    """Hash which tracklets these are: key, person, camera, length; in order."""
    return digest(tracklets_record(tracklets))
