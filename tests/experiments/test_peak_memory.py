from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.experiments import peak_memory
from resight.experiments.peak_memory import CLEAR, PeakMemory

MIB = 2**20


@pytest.mark.skipif(not CLEAR.exists(), reason="only Linux sets the peak of a process's memory back")
def test_the_peak_is_of_the_work_alone() -> None:
    first = PeakMemory()
    held = np.ones(256 * MIB, np.uint8)
    del held
    second = PeakMemory()
    assert first.mebibytes is not None and second.mebibytes is not None
    assert first.mebibytes - second.mebibytes > 200


def test_nothing_is_made_up_where_the_system_does_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak_memory, "CLEAR", tmp_path / "missing" / "file")
    assert PeakMemory().mebibytes is None
