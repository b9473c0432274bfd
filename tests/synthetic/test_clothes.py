from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from resight.synthetic.atlas import SIDE, layout, strip
from resight.synthetic.body import make_body
from resight.synthetic.clothes import cover, fit, hem_height, scalp, wear
from resight.synthetic.garments import pieces
from resight.synthetic.painting import paint
from resight.synthetic.walker import Causes, outfit_number
from resight.synthetic.wardrobe import OUTFITS_PER_BLOCK, Looks, Outfit, make_looks, make_outfit

OUTFITS = [make_outfit(np.random.default_rng([1, number])) for number in range(300)]
LOOKS = make_looks(np.random.default_rng(3), False)
PLAIN = replace(
    OUTFITS[0], top="tee", pattern="plain", sleeves=0.35, bottom="trousers", bottom_length=1.0, hat="none", bag="none",
    open_front=0.0, hem=0.0, boots=0.0, side_stripe=False, fade=0.0,
)  # fmt: skip


def _doll(outfit: Outfit, looks: Looks = LOOKS) -> np.ndarray:
    return paint(outfit, looks)[:, : 2 * SIDE][layout().used].astype(int)


def test_a_hundred_people_share_sixty_outfits() -> None:
    worn = Counter(outfit_number(Causes(0, "prid", person)) for person in range(1, 101))
    assert len(worn) <= OUTFITS_PER_BLOCK and len(worn) > 40
    later = {outfit_number(Causes(0, "prid", person)) for person in range(101, 201)}
    assert not later & set(worn)


def test_few_outfits_are_drawn_evenly_where_that_is_asked_for() -> None:
    worn = Counter(outfit_number(Causes(0, "prid", person, outfits=5)) for person in range(1, 301))
    assert set(worn) == set(range(5)) and min(worn.values()) > 30


def test_clothes_are_dark_above_all() -> None:
    tops = np.array([outfit.top_colour for outfit in OUTFITS])
    bottoms = np.array([outfit.bottom_colour for outfit in OUTFITS])
    dull = (tops.max(axis=1) - tops.min(axis=1) < 0.16) | (tops.mean(axis=1) < 0.25)
    assert 0.5 < dull.mean() < 0.85
    blue = (bottoms[:, 2] > bottoms[:, 0] + 0.04) | (bottoms.mean(axis=1) < 0.2)
    assert 0.45 < blue.mean() < 0.85


def test_wardrobes_hold_all_kinds() -> None:
    assert {outfit.top for outfit in OUTFITS} == {"tee", "shirt", "sweater", "hoodie", "jacket", "coat"}
    assert {outfit.bottom for outfit in OUTFITS} == {"trousers", "slim", "skirt"}
    assert {"none", "backpack", "shoulder", "hand"} <= {outfit.bag for outfit in OUTFITS}
    assert {"plain", "stripes", "checks", "logo", "blocks"} <= {outfit.pattern for outfit in OUTFITS}


def test_men_wear_trousers_where_the_outfit_has_a_skirt() -> None:
    skirt = next(outfit for outfit in OUTFITS if outfit.bottom == "skirt")
    assert wear(skirt, True) == skirt
    assert wear(skirt, False).bottom == "trousers"
    assert wear(skirt, False).bottom_colour == skirt.bottom_colour


@pytest.mark.parametrize(("sleeves", "covered"), [(0.35, False), (1.0, True)])
def test_sleeves_reach_as_far_as_they_are_long(sleeves: float, covered: bool) -> None:
    texel = layout().texel
    forearm = (texel["arm"] > 0.9) & (texel["arm_way"] > 0.6) & (texel["arm_way"] < 0.85)
    outfit = replace(PLAIN, sleeves=sleeves, top_colour=(0.1, 0.2, 0.8))
    mean = _doll(outfit)[forearm].mean(axis=0)
    target = np.array([0.1, 0.2, 0.8] if covered else LOOKS.skin) * 255
    assert np.abs(mean - target).max() < 18


@pytest.mark.parametrize("length", [0.34, 0.8, 1.0])
def test_trousers_reach_as_far_as_they_are_long(length: float) -> None:
    texel = layout().texel
    worn = cover(texel, replace(PLAIN, bottom_length=length))["bottom"]
    leg = texel["leg"] > 0.95
    assert worn[leg & (texel["leg_way"] < length - 0.05)].min() > 0.9
    if length < 1:
        assert worn[leg & (texel["leg_way"] > length + 0.05)].max() < 0.1


def test_patterns_stripe_the_top_and_nothing_else() -> None:
    black = replace(PLAIN, top_colour=(0.1, 0.1, 0.1), second=(0.9, 0.9, 0.9), scale=1.0)
    plain, striped = _doll(black), _doll(replace(black, pattern="stripes"))
    changed = np.abs(plain - striped).max(axis=1) > 60
    top = cover(layout().texel, black)["top"]
    assert 0.3 < changed[top > 0.5].mean() < 0.7
    assert not changed[top < 0.1].any()


def test_hair_covers_the_crown_and_no_face() -> None:
    vertex = layout().vertex
    covered = scalp(vertex, replace(LOOKS, hair_style="short"), PLAIN)
    head = vertex["head"] > 0.9
    crown = head & (vertex["z"] > vertex["z"].max() - 0.03)
    mouth = head & (vertex["back"] == 0) & (np.abs(vertex["x"]) < 0.03) & (vertex["z"] < vertex["z"].max() - 0.17)
    assert crown.any() and covered[crown].min() > 0.9
    assert mouth.any() and covered[mouth].max() < 0.1


def test_cloth_lies_outside_the_skin() -> None:
    body = make_body(np.random.default_rng(2))
    tight, loose = (fit(body, replace(PLAIN, top_ease=ease), LOOKS) for ease in (0.0, 0.03))
    chest = layout().vertex["torso"] * (layout().vertex["z"] > hem_height(PLAIN) + 0.05) > 0.9
    moved = np.linalg.norm(loose - tight, axis=1)
    assert 0.015 < np.median(moved[chest]) < 0.035
    assert moved[layout().vertex["head"] > 0.9].max() < 1e-9


def test_outfits_and_looks_of_all_kinds_paint_and_sew() -> None:
    for number, outfit in enumerate(OUTFITS[:60]):
        body = make_body(np.random.default_rng(number))
        looks = make_looks(np.random.default_rng(number), body.woman)
        worn = wear(outfit, body.woman)
        dressed = fit(body, worn, looks)
        assert np.isfinite(dressed).all()
        for piece in pieces(body, dressed, worn, looks):
            assert np.isfinite(piece.vertices).all() and np.abs(piece.vertices).max() < 2.5
            np.testing.assert_allclose(piece.weight.sum(axis=1), 1, atol=1e-9)
            corners = piece.vertices[piece.faces] - piece.vertices.mean(axis=0)
            assert np.einsum("fa,fa->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) > 0


def test_the_strip_shows_what_is_no_skin() -> None:
    picture = paint(replace(PLAIN, bag_colour=(0.9, 0.1, 0.1)), LOOKS)
    red, green, blue = picture[strip("bag")].reshape(-1, 3).mean(axis=0)
    assert red > 200 and green < 45 and blue < 45
