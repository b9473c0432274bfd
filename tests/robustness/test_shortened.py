from __future__ import annotations

import numpy as np
import pytest

from resight.errors import InputError
from resight.frames import ArrayFrames, source_from_record
from resight.robustness.shortened import FirstFrames

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 3, 3)).astype(np.uint8)


def test_the_first_frames_are_left_as_they_are() -> None:
    source = ArrayFrames(PIXELS)
    short, whole = FirstFrames(source, 3), FirstFrames(source, 9)
    assert (len(short), len(whole)) == (3, 5)
    assert np.array_equal(short.read([2, 0]), PIXELS[[2, 0]])
    assert len({short.fingerprint(), whole.fingerprint(), source.fingerprint()}) == 3
    again = source_from_record(short.to_record())
    assert again.fingerprint() == short.fingerprint() and np.array_equal(again.read([1]), PIXELS[[1]])
    with pytest.raises(InputError, match="at least one frame"):
        FirstFrames(source, 0)
