from __future__ import annotations

import numpy as np
import pytest

from resight.errors import RecipeError
from resight.frames import ArrayFrames, source_from_record
from resight.synthetic import load_domain, synthesize
from resight.synthetic.silhouettes import SilhouetteFrames, silhouettes
from resight.tracklets import Tracklet, TrackletSet


def test_the_person_is_where_the_film_shows_it():
    plain = load_domain("prid").variant(
        response__noise=(0, 0), response__blur=(0, 0), light__sun=(0, 0), response__gain=0, response__jpeg=(99, 99)
    )
    filmed = synthesize(plain, [3], frames=(6, 6))[0]
    frames, drawn = filmed.load(), silhouettes([filmed])[0].load()
    assert drawn.shape == frames.shape and (drawn[..., 0] == drawn[..., 1]).all()
    body = drawn[..., 0] > 200
    assert 0.12 < body.mean() < 0.5 and (drawn[..., 0] < 50).mean() > 0.4
    # the film changes where the outline moves, and hardly elsewhere: a still camera before a still background
    steps = np.abs(np.diff(frames.astype(int), axis=0)).sum(-1)
    outline = body[1:] | body[:-1]
    assert steps[outline].mean() > 3 * steps[~outline].mean()


def test_causes_that_only_paint_do_not_count():
    crowd = load_domain("ilids").variant(crowd__passers_by=3.0)
    same = {"seed": 1, "frames": (5, 5)}
    few, many = (silhouettes(synthesize(d, [2], **same))[0].load() for d in ("ilids", crowd))
    np.testing.assert_array_equal(few, many)
    ordinary, twin, null = (
        silhouettes(synthesize("prid", [2], **same, **options))[0].load()
        for options in ({}, {"twins": True}, {"null_twins": True})
    )
    assert (ordinary != twin).any() and (twin != null).any(), "body and gait count"


def test_silhouettes_are_sources_like_others(tmp_path):
    filmed = synthesize("aerial", [5], frames=(4, 4))
    drawn = silhouettes(filmed)
    assert drawn[0].frames.fingerprint() != filmed[0].frames.fingerprint()
    assert drawn[0].person == filmed[0].person and drawn[0].key == filmed[0].key
    assert silhouettes(drawn)[0].frames == drawn[0].frames
    assert source_from_record(drawn[0].frames.to_record()) == drawn[0].frames
    drawn.to_parquet(tmp_path / "t.parquet")
    again = TrackletSet.from_parquet(tmp_path / "t.parquet")
    assert isinstance(again[0].frames, SilhouetteFrames)
    np.testing.assert_array_equal(again[0].load([2, 0]), drawn[0].load()[[2, 0]])
    with pytest.raises(RecipeError, match="not synthetic"):
        silhouettes([Tracklet(1, 1, "d", "k", ArrayFrames(np.zeros((1, 4, 2, 3), np.uint8)))])
