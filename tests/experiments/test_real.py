"""The main path on real people and real video; skipped where the material is absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from resight.errors import RecipeError
from resight.experiments.evaluation_job import evaluate_job
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
