from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from resight.errors import DataError, RecipeError
from resight.synthetic import film as filming
from resight.synthetic import synthesis
from resight.synthetic.behind import standing_camera
from resight.synthetic.boxes import extents, steady_boxes
from resight.synthetic.cache import DRAWN, DrawnTracklets, cache_on_disk, load_frames, save_frames
from resight.synthetic.clutter import NEAREST
from resight.synthetic.domains import load_domain, shipped_domains
from resight.synthetic.mesh import pose
from resight.synthetic.scene import film_scene
from resight.synthetic.seeds import Cause
from resight.synthetic.sheet import contact_sheet
from resight.synthetic.silhouettes import silhouettes
from resight.synthetic.synthesis import WORLD_VERSION, SyntheticFrames, causes_table, source_from_record, synthesize
from resight.synthetic.walker import make_walker
from resight.tracklets import TrackletSet

SHORT = (3, 5)


def digest(tracklets: TrackletSet) -> dict[tuple[str, str], str]:
    return {(t.domain, t.key): hashlib.sha256(t.load().tobytes()).hexdigest() for t in tracklets}


def some() -> TrackletSet:
    prid = synthesize("prid", 1, seed=3, days=2, frames=SHORT)
    return prid + synthesize("aerial", 1, seed=3, frames=SHORT) + synthesize("ilids", 1, seed=3, frames=SHORT)


def causes(tracklets: TrackletSet) -> list[SyntheticFrames]:
    return [t.frames for t in tracklets if isinstance(t.frames, SyntheticFrames)]


def test_frames_are_rgb_bytes_of_the_domains_size() -> None:
    for tracklet in some()[::2]:
        frames = tracklet.load()
        assert frames.dtype == np.uint8 and frames.shape == (len(tracklet), 128, 64, 3)
        assert frames.std() > 5 and (frames[0] != frames[1]).any()
        assert_array_equal(tracklet.load([2, 0]), frames[[2, 0]])
    assert synthesize("mars", 1, frames=(1, 1), tracklets_per_camera=1)[0].load().shape == (1, 256, 128, 3)


def test_the_same_seed_gives_the_same_bytes_in_any_order_and_another_process() -> None:
    DRAWN.clear()
    first = digest(some())
    DRAWN.clear()
    make_walker.cache_clear()
    assert digest(TrackletSet(reversed(some()))) == first
    code = (
        "from tests.synthetic.test_synthesis import digest, some\n"
        "import sys; sys.stdout.write(repr(sorted(digest(some()[::4]).items())))"
    )
    root = Path(__file__).parents[2]
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True, timeout=300
    )
    assert told.stdout == repr(sorted((key, first[key]) for key in digest(some()[::4])))
    assert len(set(first.values())) == len(first)


def test_a_person_comes_out_alike_whatever_else_is_asked_for() -> None:
    alone = digest(synthesize("ilids", [2], seed=1, frames=SHORT))
    DRAWN.clear()
    among = digest(synthesize("ilids", 2, seed=1, days=2, tracklets_per_camera=2, distractors=1, frames=SHORT))
    assert len(alone) == 2 and alone.items() <= among.items()


def test_another_seed_is_another_world_and_a_camera_seed_other_cameras() -> None:
    base, other, cameras = (
        synthesize("prid", [1], frames=(4, 4), **options)  # type: ignore[arg-type]
        for options in ({}, {"seed": 1}, {"camera_seed": 1})
    )
    assert not set(digest(base).values()) & set(digest(other).values())
    assert not set(digest(base).values()) & set(digest(cameras).values())
    tables = [causes_table(tracklets) for tracklets in (base, cameras, other)]
    for name in ("height", "gait_cadence", "outfit"):
        assert tables[0][name] == tables[1][name]
    assert tables[0]["camera_height"] != tables[1]["camera_height"]
    assert tables[0]["gait_cadence"] != tables[2]["gait_cadence"]


def test_a_day_changes_clothes_only() -> None:
    sources = causes(synthesize("prid", [4], days=3, frames=SHORT))
    first, second = (make_walker(s.shot().causes) for s in (sources[0], sources[2]))
    assert first.gait == second.gait and first.height == second.height
    assert (first.atlas != second.atlas).any()
    outfits = [s.outfit for s in sources]
    assert len(set(outfits)) == 3 and outfits[::2] == outfits[1::2]
    table = causes_table(synthesize("prid", [4], days=2, frames=SHORT))
    for name in ("height", "camera_height", *(key for key in table if key.startswith("gait"))):
        assert table[name][:2] == table[name][2:]


def test_twins_share_all_but_gait_and_null_twins_share_that_too() -> None:
    def walkers(**options: bool) -> list[tuple[bytes, bytes]]:
        chosen = causes(synthesize("prid", 3, frames=SHORT, **options))[::2]  # type: ignore[arg-type]
        made = [make_walker(s.shot().causes) for s in chosen]
        return [(w.atlas.tobytes(), w.gait.vector().tobytes()) for w in made]

    plain, twins, null = walkers(), walkers(twins=True), walkers(null_twins=True)
    assert len({skin for skin, _ in plain}) == 3
    assert {skin for skin, _ in twins} == {plain[0][0]} and [gait for _, gait in twins] == [gait for _, gait in plain]
    assert set(null) == {plain[0]}


def test_the_wardrobe_is_bounded_and_same_clothes_are_five() -> None:
    outfits = [t.outfit for t in synthesize("prid", 300, frames=SHORT)[::2]]
    assert 90 < len(set(outfits)) <= 180
    assert {t.outfit for t in synthesize("prid", 100, same_clothes=True, frames=SHORT)} == set(range(5))
    assert len({t.outfit for t in synthesize("prid", 100, outfits=2, frames=SHORT)}) == 2


def test_distractors_and_junk_have_numbers_of_their_own() -> None:
    tracklets = synthesize("prid", 2, frames=SHORT, distractors=3, junk=2)
    assert tracklets.persons.tolist() == [1, 1, 2, 2, 0, 0, 0, -1, -1]
    assert len({t.key for t in tracklets}) == 9 and tracklets.describe().people == 2
    walkers = [s.person for s in causes(tracklets)]
    assert min(walkers[4:7]) >= 1_000_000_000 and walkers[7:] == [1, 2]
    with pytest.raises(RecipeError, match="nobody can ask for them"):
        synthesize("prid", [1_000_000_000])


@pytest.mark.parametrize("name", [name for name in shipped_domains() if load_domain(name).boxes.margin > 1])
def test_a_box_holds_the_body_where_detector_and_tracker_do_not_err(name: str) -> None:
    domain = load_domain(name)
    for source in causes(synthesize(domain, 3, frames=(20, 20), tracklets_per_camera=1))[:4]:
        shot = source.shot()
        walker = make_walker(shot.causes)
        made = filming.plan(domain, shot, walker)
        mesh = pose(walker, made.walk, made.eyes, made.light, domain.rate, shot.stream(domain, Cause.STRIDE))
        boxes = steady_boxes(extents(mesh.points), domain.boxes.margin)
        offset = np.abs(mesh.points[..., :2] - boxes[:, None, :2]) / boxes[:, None, 2:]
        inside = (offset[..., 0] <= 0.25) & (offset[..., 1] <= 0.5)
        assert inside.mean() > 0.97 and offset[..., 1].max() < 0.55


def test_frames_are_consecutive_and_feet_move_smoothly() -> None:
    domain = load_domain("prid")
    source = causes(synthesize(domain, [5], frames=(60, 60)))[1]
    shot = source.shot()
    walker = make_walker(shot.causes)
    made = filming.plan(domain, shot, walker)
    mesh = pose(walker, made.walk, made.eyes, made.light, domain.rate, shot.stream(domain, Cause.STRIDE))
    lowest = np.sort(np.argsort(mesh.points[0, :, 1])[-12:])
    steps = np.linalg.norm(np.diff(mesh.points[:, lowest, :2], axis=0), axis=2)
    tall = np.ptp(mesh.points[..., 1], axis=1).mean()
    assert steps.max() < 0.15 * tall  # a foot swings at most some 5 m/s
    shuffled = np.random.default_rng(0).permutation(60)
    jumps = np.linalg.norm(np.diff(mesh.points[shuffled][:, lowest, :2], axis=0), axis=2)
    assert jumps.mean() > 4 * steps.mean()
    frames = synthesize("prid", [5], frames=(24, 24))[1].load().astype(float)
    near = np.abs(frames[1:] - frames[:-1]).mean()
    assert near < np.abs(frames[12:] - frames[:-12]).mean()


def test_people_pass_so_many_cameras_each_their_own() -> None:
    domain = load_domain("mars").variant(name="campus", cameras=12, visits=4)
    filmed = synthesize(domain, 40, tracklets_per_camera=1)
    passed = {p: filmed.filter(lambda t, p=p: t.person == p).cameras.tolist() for p in range(1, 41)}
    assert all(cameras == sorted(set(cameras)) and len(cameras) == 4 for cameras in passed.values())
    assert len(set(map(tuple, passed.values()))) > 20 and set(filmed.cameras.tolist()) == set(range(1, 13))
    assert synthesize(domain, [7], tracklets_per_camera=1).cameras.tolist() == passed[7]  # whoever else is asked for
    assert set(synthesize(domain.variant(visits=None), [7]).cameras.tolist()) == set(range(1, 13))
    assert (
        "visits: 4" in domain.to_yaml() and "visits" not in load_domain("mars").to_yaml()
    )  # stored frames are known again


def test_clutter_stands_behind_whoever_walks_and_only_where_it_is_asked_for() -> None:
    bare = load_domain("prid").variant(name="yard", cameras=1, crowd__passers_by=0)
    full = bare.variant(backdrop__clutter=30)
    assert "clutter" not in bare.to_yaml() and "clutter: 30" in full.to_yaml()
    eyes, seen = standing_camera(bare, 1, 0)
    same, furnished = standing_camera(full, 1, 0)
    assert np.array_equal(eyes.positions, same.positions) and eyes.lens == same.lens
    changed = (seen != furnished).any(axis=2)
    assert 0.02 < changed.mean() < 0.9
    # things stand farther away than the walks go: below the nearest of their feet nothing is painted
    nearest = eyes.project(np.array([[[0, NEAREST, 0]]]))[0, 0, 1]
    assert not changed[int(nearest) + 2 :].any()
    one, other = (synthesize(d, [3], frames=(8, 8))[0].load() for d in (bare, full))
    body = silhouettes(synthesize(bare, [3], frames=(8, 8)))[0].load()[..., 0] == 255
    inside = np.array([cv2.erode(frame.astype(np.uint8), np.ones((9, 9))) for frame in body]).astype(bool)
    assert inside.sum() > 1000
    assert np.abs(one.astype(int) - other)[inside].mean() < 2 < np.abs(one.astype(int) - other)[~body].mean()


def test_the_causes_table_tells_what_was_filmed() -> None:
    tracklets = synthesize("ilids", 2, frames=SHORT, junk=1)
    table = causes_table(tracklets)
    assert {len(column) for column in table.values()} == {5}
    assert table["person"] == [1, 1, 2, 2, -1] and table["walker"] == [1, 1, 2, 2, 1]
    assert table["length"] == [len(t) for t in tracklets] and table["outfit"] == [t.outfit for t in tracklets]
    assert all(0.5 < speed < 2.2 for speed in table["speed"]) and all(1.3 < h < 2.2 for h in table["height"])
    assert table["gait_cadence"][0] == table["gait_cadence"][1] != table["gait_cadence"][2]


def test_the_start_phase_is_that_of_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    from resight.synthetic import walker as walking

    seen: list[float] = []
    made = walking.walking_angles

    def spy(gait: object, phase: np.ndarray, *rest: object) -> object:
        seen.append(float(phase[0]))
        return made(gait, phase, *rest)  # type: ignore[arg-type]

    tracklet = synthesize("prid", [3], frames=(6, 6))[:1]
    told = causes_table(tracklet)["start_phase"][0]
    monkeypatch.setattr(walking, "walking_angles", spy)
    DRAWN.clear()
    tracklet[0].load()
    assert min(abs(phase - told) for phase in seen) < 0.3


def test_nothing_is_drawn_before_frames_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("drawn")

    monkeypatch.setattr(filming, "film", never)
    tracklets = synthesize("prid", 2000)
    assert len(tracklets) == 4000 and tracklets.describe().shortest >= 27
    DRAWN.clear()
    with pytest.raises(AssertionError, match="drawn"):
        tracklets[0].load()


def test_lengths_fill_their_range() -> None:
    lengths = [len(t) for t in synthesize("prid", 80, frames=(4, 9))]
    assert set(lengths) == set(range(4, 10))
    assert {len(t) for t in synthesize("prid", 5, frames=(6, 6))} == {6}


def test_a_record_gives_the_same_frames_also_of_a_domain_of_ones_own() -> None:
    own = load_domain("prid").variant(name="own", light__drift=0.2)
    tracklets = synthesize("prid", 1, frames=SHORT)[:1] + synthesize(own, 1, frames=SHORT)[:1]
    rows = [source_from_record(json.loads(json.dumps(s.to_record()))) for s in causes(tracklets)]
    assert rows == causes(tracklets) and rows[-1].filmed_in() == own
    before = [s.read([0]) for s in causes(tracklets)]
    DRAWN.clear()
    for row, frame in zip(rows, before, strict=True):
        assert_array_equal(row.read([0]), frame)


def test_fingerprints_follow_causes_and_knobs() -> None:
    def prints(**options: object) -> set[str]:
        return {t.frames.fingerprint() for t in synthesize("prid", 3, frames=SHORT, **options)}  # type: ignore[arg-type]

    first = prints()
    assert len(first) == 6 and first == prints()
    assert not first & prints(seed=1) and not first & prints(gait=1.5) and not first & prints(twins=True)
    darker = synthesize(load_domain("prid").variant(light__drift=0.9), 3, frames=SHORT)
    assert not first & {t.frames.fingerprint() for t in darker}


def test_frames_of_another_version_of_the_world_are_refused() -> None:
    source = SyntheticFrames("prid", 1, 1, 1, 1, 4, 0)
    assert source.to_record()["world"] == WORLD_VERSION
    with pytest.raises(RecipeError, match="drawn-1"):
        source_from_record(source.to_record() | {"world": "drawn-1"})


def test_drawn_tracklets_are_kept_on_disk_where_a_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESIGHT_WORLD_CACHE", raising=False)
    cache_on_disk(tmp_path)
    try:
        DRAWN.clear()
        tracklet = synthesize("prid", [1], frames=(4, 4))[0]
        frames = tracklet.load()
        (stored,) = tmp_path.rglob("*.npz")
        assert stored.stem == tracklet.frames.fingerprint()
        DRAWN.clear()
        monkeypatch.setattr(filming, "film", None)
        assert_array_equal(tracklet.load(), frames)
        DRAWN.clear()
        stored.write_bytes(stored.read_bytes()[:40])
        with pytest.raises(DataError, match=stored.name):
            tracklet.load()
    finally:
        cache_on_disk(None)
        DRAWN.clear()


def test_memory_is_bounded_and_forgets_the_oldest(tmp_path: Path) -> None:
    kept, made = DrawnTracklets(limit=100), []

    def get(key: str) -> list[bytes]:
        return kept.get(key, lambda: made.append(key) or [key.encode() * 40])  # type: ignore[func-returns-value]

    for key in ("a", "b", "a", "c", "a", "b"):
        assert get(key) == [key.encode() * 40]
    assert made == ["a", "b", "c", "b"]
    save_frames(tmp_path / "x.npz", [b"one", b"", b"three"])
    assert load_frames(tmp_path / "x.npz") == [b"one", b"", b"three"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"people": 0}, "at least one person"),
        ({"people": []}, "at least one person"),
        ({"people": [0, 1]}, "numbered from 1 on, not 0"),
        ({"people": 1.5}, "people is a whole number, or a list of their numbers, not 1.5"),
        ({"days": 0}, "days is a whole number from 1 on, not 0"),
        ({"tracklets_per_camera": 0}, "tracklets_per_camera is a whole number from 1 on, not 0"),
        ({"frames": (0, 4)}, "frames is a whole number from 1 on, not 0"),
        ({"frames": (5, 4)}, "the first number, 5, must not exceed the second, 4"),
        ({"outfits": 0}, "outfits is a whole number from 1 on, not 0"),
        ({"gait": "x"}, "gait is a number from 0 on, not 'x'"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        synthesize("ilids", **({"people": 2} | options))  # type: ignore[arg-type]


def test_a_scene_shows_its_people_where_the_boxes_say() -> None:
    small = load_domain("prid").variant(sensor=[180, 144], views=[{"height": [4, 4.5], "distance": [10, 12],
        "body": [40, 44], "headings": [20, 200]}])  # fmt: skip
    frames, boxes = zip(*film_scene(small, 3, 1, 2.0, seed=1), strict=True)
    assert len(frames) == 50 and {f.shape for f in frames} == {(144, 180, 3)}
    assert {b.person for found in boxes for b in found} <= {1, 2, 3}
    seen = [b for found in boxes for b in found if b.visible > 0.9]
    assert len(seen) > 20 and all(25 < b.height < 75 and b.width > 4 for b in seen)
    first, second = (list(film_scene(small, [p], 1, 2.0, seed=1)) for p in (2, 3))
    alone = {t: b for t, (_, found) in enumerate(first) for b in found}
    among = {t: b for t, found in enumerate(boxes) for b in found if b.person == 2}
    assert {t: (b.left, b.top) for t, b in alone.items()} == {t: (b.left, b.top) for t, b in among.items()}
    t, box = next((t, b) for t, b in alone.items() if b.visible > 0.95)
    difference = np.abs(first[t][0].astype(float) - second[t][0]).mean(axis=2)
    y, x = int(box.top + box.height / 2), int(box.left + box.width / 2)
    assert difference[y - 4 : y + 5, x - 2 : x + 3].mean() > difference.mean()
    with pytest.raises(RecipeError, match="cameras 1 to 2, not 3"):
        next(film_scene("prid", 1, 3, 1.0))


def test_a_contact_sheet_has_one_row_a_tracklet() -> None:
    assert contact_sheet("prid", people=2, frames=3, step=2, days=2).shape == (8 * 128, 3 * 64, 3)


FROZEN = {
    "aerial": "7940a32b6dda690a",
    "ilids": "08a2c3a67c052e90",
    "mars": "83c3927b1f342ed7",
    "plaza": "56d26c15d53cd582",
    "prid": "f9ec888a0ddb68ab",
}
"""Of the domains' YAML files: figures of `world-1` compare with nothing else (`WORLD_VERSION`)."""


@pytest.mark.parametrize("domain", sorted(FROZEN))
def test_world_1_is_frozen(domain: str) -> None:
    import cv2

    assert sorted(shipped_domains()) == sorted([*FROZEN, "campus"])  # which is to train on, and free to change
    text = (files("resight") / "synthetic" / "domains" / f"{domain}.yaml").read_bytes()
    assert hashlib.sha256(text).hexdigest()[:16] == FROZEN[domain]
    frame = synthesize(domain, 1, frames=(3, 3), tracklets_per_camera=1)[0].load([1])[0]
    small = cv2.resize(frame, (4, 8), interpolation=cv2.INTER_AREA)
    with np.load(Path(__file__).parents[1] / "fixtures" / "world_1.npz") as drawn:
        # other versions of NumPy and OpenCV may move a pixel; what is drawn otherwise moves more
        assert np.abs(small.astype(int) - drawn[domain]).mean() < 0.5


def test_frames_of_another_drawing_are_not_taken_from_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    (tracklet,) = synthesize("prid", 1, frames=(3, 3))[:1]
    before = tracklet.frames.fingerprint()
    monkeypatch.setattr(synthesis, "DRAWING", synthesis.DRAWING + 1)
    synthesis._drawn_by.cache_clear()
    assert tracklet.frames.fingerprint() != before
    synthesis._drawn_by.cache_clear()


@pytest.mark.parametrize("wrong", [{"gait": float("nan")}, {"gait": float("inf")}, {"seed": -1}])
def test_numbers_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(RecipeError, match="number from 0 on, not"):
        synthesize("prid", 1, **wrong)  # type: ignore[arg-type]
