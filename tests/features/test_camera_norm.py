from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from resight.clips import Preprocessing, Sampling
from resight.errors import InputError
from resight.features.camera_norm import CameraExtractor, by_camera, measure, normalisations
from resight.features.clips import ClipExtractor
from resight.features.colour import ColourExtractor
from resight.frames import ArrayFrames
from resight.models import C3D
from resight.tracklets import Tracklet, TrackletSet


def extractor(norm: str | None = "batch") -> ClipExtractor:
    torch.manual_seed(0)
    network = C3D(0, 0.05, (8, 32, 32), norm=norm).eval()  # type: ignore[arg-type]
    for layer in normalisations(network):
        torch.nn.init.normal_(layer.bias)
    pre = Preprocessing(size=(32, 32), resize=(32, 32), mean=(0.0,) * 3, std=(58.0,) * 3)
    return ClipExtractor("small", network, pre, Sampling(8, 8), relu=False, precision="fp32")


def people(gain: float = 1.0) -> TrackletSet:
    """Twelve tracklets of a camera, and the same seen by another whose light is `gain` times as strong."""
    rng = np.random.default_rng(0)
    scenes = rng.integers(0, 120, (12, 8, 4, 4, 3)).repeat(8, 2).repeat(8, 3)
    lit = [(camera, scene * (gain if camera == 2 else 1.0)) for camera in (1, 2) for scene in scenes]
    found = (Tracklet(i % 12 + 1, c, "d", str(i), ArrayFrames(f.astype(np.uint8))) for i, (c, f) in enumerate(lit))
    return TrackletSet(found)


def test_what_a_camera_does_to_everybody_is_taken_off() -> None:
    seen = people(gain=2.0)
    plain, aware = extractor().extract(seen), by_camera(extractor(), seen).extract(seen)

    def apart(rows: np.ndarray) -> float:
        """Distance of a scene from itself in the other camera, over that from other scenes there."""
        distances = np.linalg.norm(rows[:12, None] - rows[None, 12:], axis=2)
        return float(np.diag(distances).mean() / distances.mean())

    assert apart(aware) < 0.1 < apart(plain)


def test_statistics_are_those_of_the_first_convolution_s_responses() -> None:
    one = extractor()
    seen = people().filter(lambda t: t.camera == 1)
    clips = torch.from_numpy(np.stack([t.load() for t in seen]))
    with torch.no_grad():
        responses = one.network.get_submodule("conv1a")(one.preprocessing.normalise(clips))
    mean, variance = measure(replace(one, mirror=True, batch=64), seen)[0]
    assert torch.allclose(mean, responses.mean((0, 2, 3, 4)), atol=1e-5)
    assert torch.allclose(variance, responses.var((0, 2, 3, 4), correction=0), rtol=1e-4)


def test_uneven_batches_weigh_by_their_clips() -> None:
    one = extractor()
    seen = people() + people(gain=1.5).filter(lambda t: t.camera == 2)  # 36 clips: a batch of 32 and one of 4
    clips = torch.from_numpy(np.stack([t.load() for t in seen]))
    with torch.no_grad():
        responses = one.network.get_submodule("conv1a")(one.preprocessing.normalise(clips))
    mean, _ = measure(one, seen)[0]
    assert torch.allclose(mean, responses.mean((0, 2, 3, 4)), atol=1e-5)


def test_each_tracklet_is_normalised_by_its_own_camera_and_the_network_stays_as_it_was() -> None:
    seen, one = people(gain=2.0), extractor()
    one.network.train()
    state = {name: tensor.clone() for name, tensor in one.network.state_dict().items()}
    plain, aware = one.extract(seen), by_camera(one, seen)
    rows = aware.extract(seen)
    order = np.random.default_rng(1).permutation(len(seen))
    assert np.allclose(aware.extract(seen.select(order)), rows[order], atol=1e-5)
    first = seen.filter(lambda t: t.camera == 1)
    assert np.allclose(by_camera(one, first).extract(first), rows[:12], atol=1e-5)
    assert one.network.training and all(norm.momentum == 0.1 for norm in normalisations(one.network))
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, state[name]), name
    assert np.array_equal(one.extract(seen), plain)


def test_features_are_stored_under_a_key_of_the_people_measured() -> None:
    seen, one = people(), extractor()
    aware = by_camera(one, seen)
    assert aware.name == one.name and aware.key()["weights"] == one.key()["weights"]
    keys = [one.key(), aware.key(), by_camera(one, seen.select(range(20))).key()]
    assert len({str(key) for key in keys}) == 3


class Twice(torch.nn.Module):
    """Pixels normalised twice by one module, and once by one that keeps no statistics."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.free = torch.nn.BatchNorm3d(3), torch.nn.BatchNorm3d(3, track_running_stats=False)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.free(self.norm(self.norm(clips) + 4)).mean((2, 3, 4))


def test_a_network_of_the_user_s_is_normalised_where_it_keeps_statistics() -> None:
    one = extractor()
    pre, seen = one.preprocessing, people().filter(lambda t: t.camera == 1)
    own = ClipExtractor("own", Twice(), pre, one.sampling, layer=None, precision="fp32")
    pixels = pre.normalise(torch.from_numpy(np.stack([t.load() for t in seen])))
    (found,) = measure(own, seen)
    first, then = pixels.mean((0, 2, 3, 4)), torch.full((3,), 4.0)
    assert torch.allclose(found[0], (first + then) / 2, atol=1e-4)  # of both times that it was asked
    assert by_camera(own, seen).extract(seen).shape == (12, 3)


def test_what_has_no_batch_normalisation_is_returned_as_it_is() -> None:
    colour, unnormalised = ColourExtractor(), extractor(norm=None)
    assert by_camera(colour, people()) is colour and by_camera(unnormalised, people()) is unnormalised
    assert isinstance(by_camera(extractor(), people()), CameraExtractor)


def test_a_camera_without_training_people_is_one_sentence() -> None:
    seen = people()
    with pytest.raises(InputError, match="no training person was seen by camera 2 of d"):
        by_camera(extractor(), seen.filter(lambda t: t.camera == 1)).extract(seen)
