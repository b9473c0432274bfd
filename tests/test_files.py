from __future__ import annotations

from pathlib import Path

import pytest
from safetensors import SafetensorError

from resight.errors import ResightError
from resight.files import atomic_write


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SafetensorError("No space left on device")])
def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "kept.bin"
    path.write_text("old")
    with pytest.raises(ResightError, match=r"kept\.bin: cannot be written \(No space left"), atomic_write(path) as new:
        new.write_text("half of the n")
        raise error
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["kept.bin"]
