from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from resight.clips import Preprocessing, Sampling
from resight.datasets import Split
from resight.errors import InputError, RecipeError
from resight.experiments.attack_curve import attack_curve, attacked_features
from resight.experiments.noise_curve import Subject
from resight.features.clips import ClipExtractor
from resight.features.colour import ColourExtractor
from resight.metrics import XQDA, Cosine, Euclidean
from resight.models import C3D
from resight.robustness.attacks import Attack, push_away, towards_another
from resight.robustness.embedding import Embedding, differentiable
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets

EPSILON = 4 / 255


@pytest.fixture(scope="module")
def extractor() -> ClipExtractor:
    torch.manual_seed(0)
    network = C3D(4, 0.02, (8, 32, 32), norm="batch")
    preprocessing = Preprocessing(size=(32, 32), resize=(36, 36), mean=(115.0,) * 3, std=(58.0,) * 3)
    sampling = Sampling(8, 3)
    # A few passes in training mode give the normalisation layers statistics of their own.
    clips = torch.rand(6, 3, 8, 32, 32, generator=torch.Generator().manual_seed(1)) * 4 - 2
    for _ in range(10):
        network.train()(clips)
    network.eval()
    return ClipExtractor("tiny", network, preprocessing, sampling, stages=("conv2a",), precision="fp32")


@pytest.fixture(scope="module")
def people() -> TrackletSet:
    return make_tracklets(4, length=11)


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def euclid() -> Euclidean:
    return Euclidean().fit(np.eye(3))


def xqda(features: np.ndarray, people: TrackletSet) -> XQDA:
    return XQDA().fit(features, people.persons, cameras=people.cameras)


def test_the_embedding_is_the_extractors_feature(extractor: ClipExtractor, people: TrackletSet) -> None:
    some = people[:2]
    for options in ({"mirror": True, "batch": 1}, {}, {"pool": "max", "normalise": False}):
        small = replace(extractor, **options)  # type: ignore[arg-type]
        with torch.no_grad():
            found = [Embedding(small, t)(Embedding(small, t).frames).numpy() for t in some]
        np.testing.assert_allclose(found, small.extract(some), rtol=1e-5, atol=2e-6)


def test_one_batch_of_clips_goes_through_the_network_once(
    extractor: ClipExtractor, people: TrackletSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the way back too, which is a quarter of an attack's time; several are computed again, to the same gradient."""
    calls, slopes = [], []
    respond = ClipExtractor.respond
    monkeypatch.setattr(ClipExtractor, "respond", lambda self, x: calls.append(len(x)) or respond(self, x))
    for batch in (16, 1):
        embedding = Embedding(replace(extractor, batch=batch), people[0])
        variables = embedding.frames.clone().requires_grad_()
        slopes.append(torch.autograd.grad(embedding(variables).sum(), variables)[0])
    assert calls == [2, 1, 1, 1, 1]
    torch.testing.assert_close(slopes[0], slopes[1], rtol=1e-4, atol=1e-6)


def test_the_gradient_is_that_of_the_loss(extractor: ClipExtractor, people: TrackletSet) -> None:
    """Small changes of single frames raise the loss as the gradient says, in training mode too."""
    embedding = Embedding(replace(extractor, batch=1), people[0])
    with torch.no_grad():
        loss = push_away(differentiable(euclid()), embedding(embedding.frames.flip(1)))
    extractor.network.train()
    variables = embedding.frames.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(embedding(variables)), variables)
    assert extractor.network.training
    extractor.network.eval()
    for frame in (0, 7, 10):  # 7 stands in both clips
        way = torch.zeros_like(slope)
        way[frame] = slope[frame].sign() * 3e-5
        with torch.no_grad():
            ahead, behind = (float(loss(embedding(embedding.frames + sign * way))) for sign in (1, -1))
        assert float((slope * way).sum()) == pytest.approx((ahead - behind) / 2, rel=0.02)


def test_at_the_clean_frames_pushing_away_has_no_slope(extractor: ClipExtractor, people: TrackletSet) -> None:
    embedding = Embedding(extractor, people[0])
    with torch.no_grad():
        clean = embedding(embedding.frames)
    loss = push_away(differentiable(euclid()), clean)
    still = Attack("fgsm", EPSILON, random_start=False)(embedding, loss, draw())
    variables = embedding.frames.clone().requires_grad_()
    (slope,) = torch.autograd.grad(loss(embedding(variables)), variables)
    moved = Attack("fgsm", EPSILON)(embedding, loss, draw())
    (away,) = torch.autograd.grad(loss(embedding(v := moved.clone().requires_grad_())), v)
    assert slope.abs().max() < 1e-4 * away.abs().max()
    with torch.no_grad():
        assert loss(embedding(moved)) > 0.01 and still.shape == moved.shape


@pytest.mark.parametrize("metric", ["euclidean", "xqda"])
@pytest.mark.parametrize("goal", ["push-away", "towards-another"])
def test_attacks_raise_the_loss_more_than_random_signs(
    extractor: ClipExtractor, people: TrackletSet, metric: str, goal: str
) -> None:
    features = extractor.extract(people)
    known = torch.from_numpy(features)
    distance = differentiable(euclid() if metric == "euclidean" else xqda(features, people))
    loss = push_away(distance, known[0]) if goal == "push-away" else towards_another(distance, known[1], known[2])
    embedding, values = Embedding(extractor, people[0]), {}
    with torch.no_grad():
        values["clean"] = float(loss(embedding(embedding.frames)))
    for way in ("random", "fgsm", "pgd"):
        frames = Attack(way, EPSILON, steps=4)(embedding, loss, draw())  # type: ignore[arg-type]
        assert frames.min() >= 0 and frames.max() <= 1
        assert (frames - embedding.frames).abs().max() <= EPSILON + 1e-6
        with torch.no_grad():
            values[way] = float(loss(embedding(frames)))
    assert min(values["pgd"], values["fgsm"]) > max(values["random"], values["clean"]), values


def test_distances_to_differentiate_are_the_metrics_own(extractor: ClipExtractor, people: TrackletSet) -> None:
    features = extractor.extract(people)
    for metric in (euclid(), Euclidean(normalize=False), Cosine().fit(features), xqda(features, people)):
        wanted = metric.distance(features[:1], features)[0]
        found = differentiable(metric)(torch.from_numpy(features[0]), torch.from_numpy(features)).numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-4 * max(1.0, np.abs(wanted).max()))
    with pytest.raises(InputError, match="cannot be differentiated"):
        differentiable(object())


def split_of(people: TrackletSet) -> Split:
    return Split("0", 0, TrackletSet(), people.filter(lambda t: t.camera == 1), people.filter(lambda t: t.camera == 2))


def test_the_curve_begins_clean_and_attacks_probes_alone(extractor: ClipExtractor, people: TrackletSet) -> None:
    subject = Subject(extractor, {"euclidean": euclid()}, split_of(people), "plain")
    points = attack_curve(subject, Attack("pgd", steps=3), "towards-another", epsilons=(8 / 255,))
    assert [(p.change, p.level) for p in points] == [("PGD, towards-another", 0.0), ("PGD, towards-another", 8 / 255)]
    assert points[1].rank1 <= points[0].rank1
    with pytest.raises(RecipeError, match="no clip network"):
        attack_curve(replace(subject, extractor=ColourExtractor()), Attack())
    with pytest.raises(RecipeError, match="one probe sequence"):
        attack_curve(replace(subject, split=replace(subject.split, multiple_query=True)), Attack())


def test_probes_are_attacked_alike_whoever_else_is_there(extractor: ClipExtractor, people: TrackletSet) -> None:
    split, attack = split_of(people), Attack("pgd", EPSILON, steps=2)
    query, gallery = extractor.extract(split.query), extractor.extract(split.gallery)
    whole = attacked_features(extractor, split, query, gallery, euclid(), attack, "push-away", 3)
    part = replace(split, query=split.query.select([2, 0]))
    found = attacked_features(extractor, part, query[[2, 0]], gallery, euclid(), attack, "push-away", 3)
    np.testing.assert_array_equal(found, whole[[2, 0]])
    lonely = replace(split, gallery=split.gallery.select([1, 2, 3]))
    kept = attacked_features(extractor, lonely, query, gallery[1:], euclid(), attack, "push-away", 3)
    np.testing.assert_array_equal(kept[0], query[0])


@pytest.mark.parametrize("options", [{"epsilon": -1.0}, {"steps": 0}, {"way": "spell"}])
def test_attacks_that_there_are_not(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="an attack is"):
        Attack(**options)  # type: ignore[arg-type]
