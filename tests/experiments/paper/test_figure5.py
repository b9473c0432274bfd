from __future__ import annotations

from pathlib import Path

import pytest

from resight.experiments.paper.disturbance import ATTACKS
from resight.experiments.paper.figure5 import DEEP, FLAT, beyond
from resight.experiments.paper.lab import open_lab
from resight.experiments.paper.rows import OURS


@pytest.mark.parametrize("quick", [True, False])
def test_every_network_is_attacked_the_shipped_one_too(tmp_path: Path, quick: bool) -> None:
    cells = [c for c in beyond(open_lab(tmp_path, synthetic=True, quick=quick)) if c.change in ATTACKS]
    assert {(c.trial.name, c.change) for c in cells} == {(n, way) for n in (OURS, DEEP, FLAT) for way in ATTACKS}
    levels = (4,) if quick else (1, 2, 4, 8)
    assert all([255 * level for level in c.levels] == pytest.approx(levels) for c in cells)
