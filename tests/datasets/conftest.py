from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_layouts import write_mars

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """Give a path under the project's shared folder, or skip."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"{path} is not here: a test on real material")
        return path

    return find


@pytest.fixture
def mars(tmp_path: Path) -> Path:
    return write_mars(tmp_path / "mars")
