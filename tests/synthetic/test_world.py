from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from resight.datasets import open_dataset
from resight.errors import DataError, RecipeError
from resight.synthetic import DOMAINS, SyntheticFrames, source_from_record, synthesize, world
from resight.synthetic.world import outfit_of, person_traits
from resight.tracklets import TrackletSet

SHORT = (3, 5)


def digest(tracklets: TrackletSet) -> dict[tuple[str, str], str]:
    return {(t.domain, t.key): hashlib.sha256(t.load().tobytes()).hexdigest() for t in tracklets}


def forget() -> None:
    """Empty every cache of the world, so that the next frame is drawn anew."""
    for cached in (world._draw, world.person_traits, world.outfit_of, world.make_camera):
        cached.cache_clear()


def everything() -> TrackletSet:
    return TrackletSet(t for domain in sorted(DOMAINS) for t in synthesize(domain, 2, seed=3, days=2, frames=SHORT))


def test_frames_are_rgb_bytes_of_one_size() -> None:
    for tracklet in everything()[::5]:
        frames = tracklet.load()
        assert frames.dtype == np.uint8 and frames.shape == (len(tracklet), 128, 64, 3)
        assert SHORT[0] <= len(tracklet) <= SHORT[1]
        assert frames.std() > 5
        assert (frames[0] != frames[1]).any()
        assert_array_equal(tracklet.load([2, 0]), frames[[2, 0]])


def test_the_same_seed_gives_the_same_bytes_in_any_order_and_another_process() -> None:
    forget()
    first = digest(everything())
    forget()
    assert digest(TrackletSet(reversed(everything()))) == first
    code = (
        "from tests.synthetic.test_world import digest, everything\n"
        "import sys; sys.stdout.write(repr(sorted(digest(everything()[::3]).items())))"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout == repr(sorted((key, first[key]) for key in digest(everything()[::3])))
    assert len(set(first.values())) == len(first)


def test_another_seed_is_another_world() -> None:
    one, two = (digest(synthesize("street", 2, seed=seed, frames=SHORT)) for seed in (0, 1))
    assert one.keys() == two.keys() and not set(one.values()) & set(two.values())
    assert person_traits("street", 1, 0) != person_traits("street", 1, 1)
    assert outfit_of("street", 1, 1, 0) != outfit_of("street", 1, 1, 1)


def test_a_person_comes_out_alike_whatever_else_is_asked_for() -> None:
    alone = digest(synthesize("hall", [7], seed=1, frames=SHORT))
    forget()
    among = digest(synthesize("hall", 9, seed=1, days=2, tracklets_per_camera=2, frames=SHORT))
    assert len(alone) == 2 and alone.items() <= among.items()


def test_traits_do_not_depend_on_what_was_drawn_before() -> None:
    forget()
    backwards = [(person_traits("roof", p, 0), outfit_of("roof", p, 1, 0)) for p in range(9, 0, -1)]
    forget()
    forwards = [(person_traits("roof", p, 0), outfit_of("roof", p, 1, 0)) for p in range(1, 10)]
    assert backwards[::-1] == forwards
    assert len({repr(traits) for traits, _ in forwards}) == 9


def test_a_day_changes_the_outfit_and_nothing_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    outfits = {repr(outfit_of("street", 4, day, 0)) for day in range(1, 6)}
    assert len(outfits) == 5
    drawn = []

    class Spy(world.Figure):
        def __init__(self, body: object, outfit: object, heading: float, tilt: float) -> None:
            drawn.append((body, outfit))
            super().__init__(body, outfit, heading, tilt)  # type: ignore[arg-type]

    monkeypatch.setattr(world, "Figure", Spy)
    gaits = []
    posed = world.pose_at
    monkeypatch.setattr(world, "pose_at", lambda gait, phase: (gaits.append(gait), posed(gait, phase))[1])
    forget()
    tracklets = synthesize("street", [4], seed=0, days=2, frames=SHORT)
    assert [t.outfit for t in tracklets] == [t.day for t in tracklets] == [1, 1, 2, 2]
    for tracklet in tracklets:
        tracklet.load()
    bodies, worn = zip(*drawn, strict=True)
    assert len(drawn) == 4 and len(set(bodies)) == 1 and len(set(gaits)) == 1
    assert worn[0] == worn[1] != worn[2] == worn[3]


def test_domains_share_no_person_and_no_camera() -> None:
    for trait in (0, 1):  # body, gait
        people = {person_traits(domain, p, 0)[trait] for domain in DOMAINS for p in range(1, 30)}
        assert len(people) == 29 * len(DOMAINS)
    cameras = {world.make_camera(domain, c, 0).background.tobytes() for domain in DOMAINS for c in (1, 2)}
    assert len(cameras) == 2 * len(DOMAINS)
    together = TrackletSet(t for domain in DOMAINS for t in synthesize(domain, 3, frames=SHORT))
    assert len(together.identities) == 3 * len(DOMAINS)
    assert {t.domain for t in together} == {f"synthetic-{domain}" for domain in DOMAINS}


def test_nothing_is_drawn_before_frames_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def never(*_: object) -> None:
        raise AssertionError("drawn")

    monkeypatch.setattr(world, "_draw", never)
    tracklets = synthesize("roof", 2000, tracklets_per_camera=2)
    assert len(tracklets) == 8000 and tracklets.describe().frames == sum(len(t) for t in tracklets)
    tracklets[:20].to_parquet(tmp_path / "people.parquet")
    assert open_dataset("synthetic", domain="roof", people=50).split("1").n_people == 25
    with pytest.raises(AssertionError, match="drawn"):
        tracklets[0].load()


def test_counts_lengths_and_names() -> None:
    tracklets = synthesize("hall", [3, 8], days=2, tracklets_per_camera=3, frames=(4, 9))
    assert len(tracklets) == 2 * 2 * 2 * 3
    assert set(tracklets.persons.tolist()) == {3, 8} and set(tracklets.cameras.tolist()) == {1, 2}
    assert len({t.key for t in tracklets}) == len(tracklets)
    lengths = {len(t) for t in synthesize("hall", 60, frames=(4, 9))}
    assert lengths == set(range(4, 10))
    assert {len(t) for t in synthesize("hall", 5, frames=(6, 6))} == {6}


def test_a_stored_set_gives_the_same_frames(tmp_path: Path) -> None:
    tracklets = everything()
    tracklets.to_parquet(tmp_path / "people.parquet")
    again = TrackletSet.from_parquet(tmp_path / "people.parquet")
    assert again.table() == tracklets.table()
    forget()
    assert digest(again[:4]) == digest(tracklets[:4])
    assert [t.frames for t in again] == [t.frames for t in tracklets]


def test_fingerprints_follow_the_causes() -> None:
    first = synthesize("hall", 3, days=2, frames=SHORT)
    prints = [t.frames.fingerprint() for t in first]
    assert len(set(prints)) == len(prints)
    assert prints == [t.frames.fingerprint() for t in synthesize("hall", 3, days=2, frames=SHORT)]
    other = synthesize("hall", 3, days=2, frames=SHORT, seed=1)
    assert not set(prints) & {t.frames.fingerprint() for t in other}


def test_frames_of_another_version_of_the_world_are_refused() -> None:
    source = SyntheticFrames("hall", 1, 1, 1, 1, 4, 0)
    assert source_from_record(source.to_record()) == source
    with pytest.raises(RecipeError, match="drawn-0"):
        source_from_record(source.to_record() | {"world": "drawn-0"})


@pytest.mark.parametrize(
    "options",
    [
        {"people": 0},
        {"people": []},
        {"people": [0, 1]},
        {"days": 0},
        {"tracklets_per_camera": 0},
        {"frames": (0, 4)},
        {"frames": (5, 4)},
    ],
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(RecipeError, match="people from 1 on"):
        synthesize("hall", **({"people": 2} | options))  # type: ignore[arg-type]


def test_an_unknown_domain_names_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"moon.*street, hall, roof"):
        synthesize("moon", 2)


def test_indices_outside_are_refused() -> None:
    with pytest.raises(DataError):
        synthesize("hall", 1, frames=(4, 4))[0].load([4])
