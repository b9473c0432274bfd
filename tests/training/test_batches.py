from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import torch

from resight.clips import Augmentation, Preprocessing, Sampling
from resight.tracklets import TrackletSet
from resight.training.batches import ClipStream
from resight.training.recipe import Batches
from tests.conftest import make_tracklets


def stream(tracklets: TrackletSet, **options: object) -> ClipStream:
    settings = {"sampling": "uniform", "size": 6, "clips_per_person": 2, "workers": 0, "cache_gb": 0.0}
    batches = Batches.model_validate(settings | options)
    return ClipStream(
        tracklets,
        Sampling(4, 2),
        Preprocessing(size=(32, 16), resize=(36, 18)),
        Augmentation(erasing=0.5),
        batches,
        seed=5,
        first=0,
        last=7,
    )


def test_a_step_depends_on_seed_and_step_alone_with_any_workers_and_cache() -> None:
    people = make_tracklets(5, length=9)
    plain = list(stream(people))
    for options in ({"workers": 1}, {"workers": 2}, {"cache_gb": 1.0}):
        for (clips, labels), (again, same) in zip(plain, stream(people, **options).loader(), strict=True):
            assert torch.equal(clips, again) and torch.equal(labels, same)
    late = replace(stream(people), first=4)
    assert torch.equal(next(iter(late))[0], plain[4][0])
    assert not torch.equal(plain[0][0], plain[1][0])


def test_uniform_sampling_takes_every_clip_once_a_round() -> None:
    whole = stream(make_tracklets(6, length=8))
    clips = len(whole.refs)
    assert clips == 12 * 3 and clips % 6 == 0
    seen = Counter(ref for step in range(clips // 6) for ref in whole.draw(step, np.random.default_rng(0)))
    assert set(seen.values()) == {1} and len(seen) == clips


def test_sampling_by_person_takes_several_tracklets_of_each() -> None:
    by_person = stream(make_tracklets(9, cameras=3), sampling="person", size=6)
    people: Counter[int] = Counter()
    for step in range(3):
        _, labels = by_person.batch(step)
        assert sorted(Counter(labels.tolist()).values()) == [2, 2, 2]
        refs = by_person.draw(step, np.random.default_rng(step))
        assert len({index for index, _ in refs}) == 6
        people.update(labels.tolist())
    assert len(people) == 9


def test_sampling_by_domain_balances_them() -> None:
    few, many = make_tracklets(2).with_domain("few"), make_tracklets(40).with_domain("many")
    both = stream(few + many, sampling="domain", size=64)
    domains = Counter(both.tracklets[i].domain for i, _ in both.draw(0, np.random.default_rng(1)))
    assert 16 < domains["few"] < 48


def test_labels_run_over_the_union_of_domains() -> None:
    union = make_tracklets(3).with_domain("a") + make_tracklets(2).with_domain("b")
    assert sorted(set(stream(union).labels.tolist())) == [0, 1, 2, 3, 4]
