from __future__ import annotations

import numpy as np

from resight.synthetic.atlas import layout, vertex_normals
from resight.synthetic.body import body_from, make_body, template


def _people(count: int) -> list:
    return [make_body(np.random.default_rng([4, person])) for person in range(count)]


def test_heights_are_those_of_adults() -> None:
    people = _people(400)
    heights = np.array([person.height for person in people])
    women = np.array([person.woman for person in people])
    assert 1.66 < heights.mean() < 1.75
    assert 0.09 < heights.std() < 0.13
    assert heights.min() > 1.35 and heights.max() < 2.15
    assert 0.06 < heights[~women].mean() - heights[women].mean() < 0.16
    assert 0.4 < women.mean() < 0.6


def test_bodies_stand_on_the_ground_the_right_way_out_and_the_right_way_up() -> None:
    shared = template()
    for person in _people(20):
        corners = person.vertices[shared.faces]
        volume = np.einsum("fa,fa->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
        assert 0.035 < volume < 0.18
        assert person.vertices[:, 2].min() == 0
        assert person.joints[shared.bone("head"), 2] > person.joints[shared.bone("thigh.L"), 2] > 0.5
        assert person.joints[shared.bone("thigh.L"), 0] > 0 > person.joints[shared.bone("thigh.R"), 0]
        assert person.joints[shared.bone("toe.L"), 1] < person.joints[shared.bone("foot.L"), 1]


def test_people_differ_from_each_other() -> None:
    people = _people(30)
    shapes = np.stack([person.vertices / person.height for person in people])
    apart = np.linalg.norm(shapes[:, None] - shapes[None], axis=3).mean(axis=2)
    assert apart[~np.eye(30, dtype=bool)].min() > 0.002


def test_every_vertex_hangs_on_bones_and_every_bone_on_the_pelvis() -> None:
    shared = template()
    np.testing.assert_allclose(shared.weight.sum(axis=1), 1, atol=1e-12)
    assert shared.bone_of.max() < len(shared.bones) == len(shared.parents)
    for number, parent in enumerate(shared.parents):
        assert parent < number and (parent >= 0 or number == 0)


def test_the_mean_body_is_the_layouts_and_its_normals_point_out() -> None:
    body = body_from(np.zeros(template().components.shape[0]), False)
    np.testing.assert_array_equal(body.vertices, layout().body.vertices)
    normals = vertex_normals(body.vertices)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-9)
    chest = np.argmin(np.linalg.norm(body.vertices - [0, -0.2, 1.25], axis=1))
    assert normals[chest, 1] < -0.5
