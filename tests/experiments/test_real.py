"""The main path on real people and real video; skipped where the material is absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from resight.clips import Preprocessing, Sampling
from resight.datasets import Dataset
from resight.errors import RecipeError
from resight.experiments.evaluation_job import evaluate_job, refuse_leak
from resight.features.clips import ClipExtractor
from resight.models import C3D
from resight.tracklets import TrackletSet
from tests.experiments.test_jobs import wanted


def test_nineteen_people_of_a_real_video_half_against_half(shared: Path, tmp_path: Path) -> None:
    video = shared / "real" / "video" / "vtest.avi"
    if not video.is_file():
        pytest.skip("../shared/real is absent: the video that this test measures on")
    options = {"boxes": str(video.with_name("vtest.gt.txt"))}
    asked = wanted(dataset="video", data=video, method="colour", metrics=("euclidean",), options=options)
    (record,) = evaluate_job(asked, tmp_path).records
    assert (record.n_people, record.n_valid, record.n_gallery) == (19, 19, 19)
    assert record.cmc[0] > 0.5  # halves of one track look alike: the colours of clothes find most of them
    with pytest.raises(RecipeError, match="nobody to learn xqda on"):
        evaluate_job(replace(asked, metrics=("xqda",)), tmp_path)


def test_a_network_that_saw_test_people_is_refused_there() -> None:
    def extractor(leaks: list[str]) -> ClipExtractor:
        network = C3D(2, 0.02, (8, 32, 32))
        return ClipExtractor("c3d", network, Preprocessing(), Sampling(8), info={"leaks": leaks})

    def opened(tests: str) -> Dataset:
        return Dataset("mars", Path("mars"), TrackletSet(), ("official",), lambda name: pytest.fail(name), tests=tests)

    refuse_leak(opened("mars-test"), extractor([]))
    refuse_leak(opened(""), extractor(["mars-test"]))
    with pytest.raises(RecipeError, match="trained on people of mars-test"):
        refuse_leak(opened("mars-test"), extractor(["mars-test"]))
