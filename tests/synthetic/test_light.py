from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from resight.synthetic.backdrop import DECODE, encode, make_ground
from resight.synthetic.compose import cast, resolve
from resight.synthetic.crowd import block
from resight.synthetic.domains import load_domain, shipped_domains
from resight.synthetic.light import make_light
from resight.synthetic.mesh import Canvas, stand
from resight.synthetic.response import develop, make_grain, make_imager
from tests.synthetic.test_camera import straight

GREY = np.full((24, 16, 3), 0.2, np.float32)


def opened(jpeg: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1]


@pytest.mark.parametrize("name", shipped_domains())
def test_every_camera_answers_any_light_with_a_picture(name: str) -> None:
    domain = load_domain(name).variant(response__contrast=4.0, response__noise=[0, 60])
    extremes = np.array([0, -1, -1e9, 1e9, np.inf, -np.inf, np.nan, 1e-30], np.float32)
    linear = np.resize(extremes, (8, 8, 3)).copy()
    for seed in range(36):
        imager = make_imager(domain, seed % domain.cameras + 1, seed)
        assert np.isfinite(imager.curve).all() and (np.diff(imager.curve) >= 0).all()
        picture = np.empty(linear.shape, np.uint8)
        develop(linear, imager.matrix, imager.curve, imager.noise, make_grain(0), seed, picture)
        assert opened(imager.take(GREY.copy(), 1.0, make_grain(0), seed)).shape == GREY.shape


def test_the_curve_is_that_of_the_slow_form() -> None:
    imager = make_imager(load_domain("prid"), 1, 0)
    rng = np.random.default_rng(0)
    linear = rng.uniform(-0.1, 1.2, (16, 16, 3)).astype(np.float32)
    picture = np.empty(linear.shape, np.uint8)
    develop(linear, imager.matrix, imager.curve, 0.0, make_grain(0), 0, picture)
    sensed = np.clip(linear.astype(float) @ imager.matrix.astype(float).T, 0, 1)
    expected = imager.curve[(sensed * 4095).astype(int)]
    assert np.abs(picture - expected).max() <= 1.5


def test_cameras_differ_in_colour_and_contrast_0_makes_them_alike() -> None:
    domain = load_domain("prid")
    one, two = (make_imager(domain, camera, 0).matrix for camera in (1, 2))
    assert np.abs(one - two).max() > 0.02
    flat = domain.variant(response__contrast=0.0, response__saturation=[1, 1])
    for camera in (1, 2):
        assert_allclose(make_imager(flat, camera, 0).matrix, np.eye(3), atol=1e-6)


def test_light_changes_within_a_camera_as_far_as_its_drift() -> None:
    def spread(drift: float) -> float:
        domain = load_domain("prid").variant(light__drift=drift, light__shade=0.0)
        lights = [make_light(domain, 1, 1, 0, np.random.default_rng(i)).on_ground.mean() for i in range(60)]
        return float(np.std(np.log(lights)))

    assert spread(0.0) < 1e-9 < spread(0.5) < spread(2.0)


def test_a_day_changes_the_light_only_where_the_domain_says_so() -> None:
    prid = load_domain("prid")
    same = [make_light(prid, 1, day, 0, None).on_ground for day in (1, 2)]
    assert_array_equal(*same)
    days = prid.variant(light__days=1.0)
    assert (make_light(days, 1, 1, 0, None).on_ground != make_light(days, 1, 2, 0, None).on_ground).any()


def test_surfaces_are_brightest_towards_the_sun() -> None:
    light = make_light(load_domain("plaza"), 1, 1, 0, None)
    normals = np.array([light.direction, -light.direction, [0, 0, 1], [0, 0, -1]], np.float32)
    to_sun, away, up, down = light.shade(normals).mean(axis=1)
    assert to_sun > up > away and up > down > 0
    assert (light.held_back > 0).all() and (light.held_back < 1).all()
    assert abs(float(np.linalg.norm(light.direction)) - 1) < 1e-12


def test_a_shadow_covers_what_opencv_covers() -> None:
    corners = np.array([[3.2, 2.1, 5], [27.4, 6.3, 5], [12.7, 28.9, 5]], np.float32)
    mask, expected = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.uint8)
    cast(corners, np.array([[0, 1, 2]], np.int32), mask)
    cv2.fillConvexPoly(expected, np.round((corners[:, :2] - 0.5) * 16).astype(np.int32), 1, shift=4)
    assert (mask > expected).sum() == 0 and (expected > mask).sum() <= 80  # OpenCV draws the border as well
    cast(np.array([[3, 2, -1], [27, 6, 5], [12, 28, 5]], np.float32), np.array([[0, 1, 2]], np.int32), mask)
    assert mask.max() == 1


def test_what_is_drawn_lies_over_the_backdrop_by_its_share_of_each_pixel() -> None:
    canvas = Canvas.of(4, 4)
    canvas.depth[:2, :4], canvas.colour[:2, :4] = 3.0, 0.5
    canvas.depth[2, 2] = 3.0
    canvas.colour[2, 2] = 0.8
    behind = encode(np.full((4, 4, 3), 0.25))
    shadow, linear = np.zeros((4, 4), np.float32), np.empty((4, 4, 3), np.float32)
    shadow[3, 3] = 1
    light, held = np.array([1, 2, 4], np.float32), np.full(3, 0.75, np.float32)
    resolve(canvas.colour, canvas.depth, behind, DECODE, light, shadow, held, linear)
    ground = DECODE[behind[0, 0, 0]]
    assert abs(ground - 0.25) < 0.003
    assert_allclose(linear[0, 0], 0.5)
    assert_allclose(linear[1, 1], 0.25 * 0.8 + 0.75 * ground * light, rtol=1e-6)
    assert_allclose(linear[3, 3], 0.25 * ground * light, rtol=1e-6)


def test_a_post_stands_before_what_is_farther_away() -> None:
    eyes, light = straight((0, -10, 1), (0, 0, 1)), make_light(load_domain("ilids"), 1, 1, 0, None)
    near = stand(block(np.array([0.0, -3.0]), np.array([0.2, 0.2, 2]), 0, np.array([1.0, 0, 0])), eyes, light)
    far = stand(block(np.array([0.1, 2.0]), np.array([1.0, 1.0, 2]), 0, np.array([0, 1.0, 0])), eyes, light)
    for order in ((near, far), (far, near)):
        canvas = Canvas.of(64, 64)
        for mesh in order:
            assert canvas.draw(mesh, 0, (328, 256), 1.0)
        middle = canvas.colour[64, 64]
        assert middle[0] > 0 and middle[1] == 0
        assert (canvas.colour[..., 1] > 0).any()
    assert not canvas.draw(near, 0, (0, 0), 1.0)


def test_grounds_have_no_seam_and_are_not_too_bright() -> None:
    ground = make_ground(load_domain("mars"), 2, 0).astype(float)
    inner = np.abs(np.diff(ground, axis=0)).mean()
    assert np.abs(ground[0] - ground[-1]).mean() < 4 * inner + 2
    assert 0.02 < (DECODE[ground.astype(int)]).mean() < 0.6
