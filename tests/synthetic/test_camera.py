from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from resight.synthetic.boxes import detect, extents, smooth, steady_boxes
from resight.synthetic.camera import BODY, CLOSEST, Eyes, look, move_camera, place_camera
from resight.synthetic.domains import load_domain, shipped_domains
from resight.synthetic.path import Region, walk
from resight.synthetic.sections import Boxes

STEADY = Boxes(jitter=0, wobble=0)


def straight(eye: tuple[float, float, float], target: tuple[float, float, float]) -> Eyes:
    position = np.array(eye)
    return Eyes(position[None], look(position, np.array(target), 0.0)[None], 1000.0, (720, 576))


def test_a_camera_sees_right_up_and_far_where_they_are() -> None:
    eyes = straight((0, -10, 1), (0, 0, 1))
    seen = eyes.project(np.array([[[0, 0, 1], [1, 0, 1], [0, 0, 2], [0, 10, 1], [1, 10, 1.0]]]))[0]
    assert_allclose(seen[:, 0], [360, 460, 360, 360, 410], atol=1e-3)
    assert_allclose(seen[:, 1], [288, 288, 188, 288, 288], atol=1e-3)
    assert_allclose(seen[:, 2], [10, 10, 10, 20, 20], atol=1e-5)


def test_projection_agrees_with_plain_matrices_for_a_moving_camera() -> None:
    rng = np.random.default_rng(0)
    domain = load_domain("aerial")
    eyes = move_camera(place_camera(domain, 1, 3, 7), domain, 1, 5, rng)
    points = rng.normal(0, 1, (5, 11, 3))
    found = eyes.project(points)
    for t in range(5):
        local = (points[t] - eyes.positions[t]) @ eyes.rotations[t].T
        expected = local[:, :2] / local[:, 2:] * eyes.lens + np.array(domain.sensor) / 2
        assert_allclose(found[t, :, :2], expected, atol=0.01)
        assert_allclose(found[t, :, 2], local[:, 2], rtol=1e-5)
        assert_allclose(eyes.rotations[t] @ eyes.rotations[t].T, np.eye(3), atol=1e-12)


def test_rays_and_ground_lead_back_to_the_pixels() -> None:
    eyes = straight((1, -12, 4), (0, 0, 1))
    ground = np.array([[[0.5, 1, 0], [-2, -3, 0], [3, 6, 0.0]]])
    pixels = eyes.project(ground)[0, :, :2]
    rays = eyes.rays(pixels.astype(float))
    hit = eyes.positions[0] - rays * (eyes.positions[0, 2] / rays[:, 2])[:, None]
    assert_allclose(hit, ground[0], atol=1e-4)
    flat = np.column_stack([ground[0, :, :2], np.ones(3)]) @ eyes.ground(0).T
    assert_allclose(flat[:, :2] / flat[:, 2:], pixels, atol=1e-3)


def test_points_behind_the_camera_stay_finite() -> None:
    seen = straight((0, -10, 1), (0, 0, 1)).project(np.array([[[0, -10, 1], [0, -20, 1], [3, -10, 5.0]]]))
    assert np.isfinite(seen).all() and (seen[0, :, 2] <= 1e-6).all()


@pytest.mark.parametrize("name", shipped_domains())
def test_cameras_keep_to_their_spans(name: str) -> None:
    domain = load_domain(name)
    for camera in range(1, domain.cameras + 1):
        view = domain.view(camera)
        for seed in range(12):
            eyes = place_camera(domain, camera, seed, 5, 1, 1)
            x, y, height = eyes.positions[0]
            assert x == 0 and view.height[0] - 1e-9 <= height <= view.height[1] + 1e-9
            if view.distance is not None:
                assert view.distance[0] <= -y <= view.distance[1]
            if view.depression is not None:
                assert np.hypot(y, height - 1) >= CLOSEST - 1e-6
                assert np.degrees(np.arctan2(height - 1, -y)) <= view.depression[1] + 1e-6
            ends = eyes.project(np.array([[[0, 0, 0], [0, 0, BODY]]]))[0]
            if view.body is not None:
                assert view.body[0] - 0.1 <= np.linalg.norm(ends[0, :2] - ends[1, :2]) <= view.body[1] + 0.1


def test_a_standing_camera_is_one_whatever_the_tracklet_and_a_flying_one_is_not() -> None:
    prid, aerial = load_domain("prid"), load_domain("aerial")
    assert_array_equal(place_camera(prid, 1, 0, 3).positions, place_camera(prid, 1, 0, 4).positions)
    assert (place_camera(aerial, 1, 0, 3).positions != place_camera(aerial, 1, 0, 4).positions).any()
    assert (place_camera(prid, 1, 0).positions != place_camera(prid, 1, 1).positions).any()


def test_boxes_hold_the_body_and_are_twice_as_high_as_wide() -> None:
    body = np.tile([100.0, 50.0, 160.0, 250.0], (20, 1))
    x, y, tall = steady_boxes(body, 1.1).T
    assert_allclose(tall, 220)
    assert (x - tall / 4 < 100).all() and (x + tall / 4 > 155).all()
    assert (y - tall / 2 < 50).all() and (y + tall / 2 > 250).all()
    wide = steady_boxes(np.tile([0.0, 0.0, 100.0, 80.0], (5, 1)), 1.1)
    assert_allclose(wide[:, 2], 175)
    assert_allclose(detect(body, STEADY, np.random.default_rng(0)), steady_boxes(body, 1.1))


def test_smoothing_keeps_a_straight_line() -> None:
    line = np.column_stack([np.arange(30.0), 5 - 2 * np.arange(30.0)])
    for length in (1, 2, 3, 8, 30):
        assert_allclose(smooth(line[:length]), line[:length], atol=1e-9)


def test_a_slipping_tracker_and_a_wrong_detector_lose_the_body() -> None:
    body = np.tile([100.0, 50.0, 160.0, 250.0], (60, 1))
    centre = np.array([130.0, 150.0])
    rng = np.random.default_rng
    far = [np.linalg.norm(detect(body, STEADY, rng(i), miss=True)[:, :2] - centre, axis=1).min() for i in range(20)]
    assert min(far) > 0.25 * 220
    slips = Boxes(jitter=0, wobble=0, slips=1)
    ends = [np.linalg.norm(detect(body, slips, rng(i))[[0, -1], :2] - centre, axis=1) for i in range(20)]
    assert all(last > first for first, last in ends) and max(first for first, _ in ends) < 1e-6


def test_extents_are_the_outermost_points() -> None:
    points = np.array([[[3, 4, 1], [7, -2, 1], [5, 9, 1]]], dtype=np.float32)
    assert_array_equal(extents(points), [[3, -2, 7, 9]])


def test_a_walk_keeps_its_speed_and_stays_near_its_region() -> None:
    region = Region.before(10, 4)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        path = walk(region, rng.uniform(0, 6.28), 1.4, 400, 25, rng)
        steps = np.linalg.norm(np.diff(path.positions, axis=0), axis=1)
        assert_allclose(steps, 1.4 / 25, rtol=1e-6)
        aside = np.abs(np.diff(path.headings))
        assert aside.max() < 1.2 / 25 + 0.02
        grown = Region(region.middle, region.across + 2.5, region.along + 2.5)
        assert not any(grown.outside(x, y) for x, y in path.positions)
    short = walk(region, 0.5, 1.2, 24, 25, np.random.default_rng(0))
    assert abs(short.headings - 0.5).max() < 0.1
