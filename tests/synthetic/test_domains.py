from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import RecipeError
from resight.synthetic.domains import load_domain, shipped_domains

OWN = """
name: mine
cameras: 1
views:
  - {height: [3, 4], distance: [8, 9], body: [90, 100], headings: [0]}
"""


def test_six_domains_ship_and_each_is_named_as_its_file() -> None:
    assert shipped_domains() == ["aerial", "campus", "ilids", "mars", "plaza", "prid"]
    for name in shipped_domains():
        domain = load_domain(name)
        assert domain.name == name and domain.description
        assert load_domain(domain) is domain and hash(domain) == hash(load_domain(name))


def test_the_shipped_domains_have_the_shape_of_the_sets_they_stand_for() -> None:
    sizes = {name: load_domain(name).size for name in shipped_domains()}
    assert sizes.pop("mars") == (256, 128) and set(sizes.values()) == {(128, 64)}
    assert {name: load_domain(name).cameras for name in ("prid", "ilids", "mars", "aerial")} == {
        "prid": 2,
        "ilids": 2,
        "mars": 6,
        "aerial": 2,
    }
    assert load_domain("mars").tracklets > 1 and load_domain("mars").boxes.slips > 0
    assert load_domain("aerial").view(1).height == (3.2, 35) and load_domain("aerial").view(1).redraw


def test_a_domain_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(OWN)
    domain = load_domain(path)
    assert domain.name == "mine" and domain.cameras == 1 and domain.view(1).distance == (8, 9)
    again = tmp_path / "again.yml"
    again.write_text(domain.to_yaml())
    assert load_domain(str(again)) == domain


def test_a_file_may_change_some_keys_of_a_shipped_domain(tmp_path: Path) -> None:
    path = tmp_path / "hard.yaml"
    path.write_text("like: prid\nname: hard\nlight: {drift: 2.5}\n")
    hard, prid = load_domain(path), load_domain("prid")
    assert hard.light.drift == 2.5 and hard.light.sun == prid.light.sun and hard.views == prid.views
    assert hard == prid.variant(name="hard", light__drift=2.5)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OWN + "colour: red\n", "colour: unknown key"),
        (OWN + "visits: 2\n", "visits, 2, must not exceed cameras, 1"),
        (OWN + "light: {drfit: 1}\n", "light.drfit: unknown key"),
        (OWN + "light: {drift: -1}\n", "light.drift: input should be greater than or equal to 0"),
        (OWN + "light: {sun: [0.7, 0.2]}\n", "light.sun: must be"),
        (OWN + "light: {drift: .nan}\n", "light.drift: input should be a finite number"),
        (OWN + "response: {gamma: [0.1, 9]}\n", "response: gamma lies between"),
        (OWN + "size: [128, 128]\n", "twice as high as wide"),
        (OWN + "frames: [9, 3]\n", "frames is"),
        (OWN.replace("distance: [8, 9], ", ""), "views.0: needs either distance or depression"),
        (OWN.replace("headings", "depression: [30, 40], headings"), "views.0: needs either distance or depression"),
        (OWN.replace("body: [90, 100], ", ""), "views.0: needs either body or lens"),
        (OWN.replace("name: mine", "name: My Own"), "name: must be small letters, digits, - and _"),
        (OWN.replace("name: mine", "name: ../x"), "name: must be small letters, digits, - and _"),
        ("name: mine\nviews: []\n", "views: needs one or more"),
        ("name: mine\n", "views: missing; give some, or take those of a shipped domain, as like: prid"),
        (OWN + "response: {noise: [0, 256]}\n", "response: noise lies between 0 and 255"),
        (OWN + "response: {blur: [0, 21]}\n", "response: blur lies between 0 and 20"),
        (OWN + "response: {saturation: [0, 5]}\n", "response: saturation lies between 0 and 4"),
        (OWN + "light: {elevation: [0, 0]}\n", "light: elevation lies between 1 and 90 degrees"),
        (OWN + "light: {elevation: [80, 91]}\n", "light: elevation lies between 1 and 90 degrees"),
        (OWN + "response: {noise: 5}\n", "response.noise: must be two numbers, [low, high]"),
        (OWN + "response: {noise: [1, 2, 3]}\n", "response.noise: must be two numbers, [low, high]"),
        (OWN + "response: {noise: [a, 2]}\n", "response.noise.0: must be a number"),
        (OWN + "tracklets: 1.5\n", "tracklets: must be a whole number"),
        (OWN + "light: 3\n", "light: must be a table of keys and values"),
        ("like: moon\n", "like: no synthetic domain named 'moon'"),
        ("- 1\n", "a domain is a table"),
        ("a: [", "not a YAML file"),
    ],
)
def test_what_is_wrong_is_named_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        load_domain(path)
    message = str(caught.value)
    assert sentence in message and "\n" not in message
    assert str(path) in message


def test_unknown_names_and_missing_files_are_told() -> None:
    with pytest.raises(RecipeError, match=r"moon.*aerial, campus, ilids, mars, plaza, prid, or give a \.yaml file"):
        load_domain("moon")
    with pytest.raises(RecipeError, match=r"gone\.yaml: no such domain file"):
        load_domain("gone.yaml")


@pytest.mark.parametrize("key", ["light__drfit", "lihgt__drift", "name__first"])
def test_a_variant_names_the_unknown_key(key: str) -> None:
    with pytest.raises(RecipeError, match=rf"domain prid: {key.replace('__', '.')}: unknown key"):
        load_domain("prid").variant(**{key: 1})
