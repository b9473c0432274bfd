"""How long MARS's real metadata take to open and describe (median of five); needs ../shared/protocols.

Run: ``python benchmarks/mars.py``.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from resight.datasets.mars import read_tracks
from resight.datasets.mars_info import read_matrix

PROTOCOLS = Path(__file__).parents[2] / "shared" / "protocols"
NAME = "track_test_info"


def median(call: Callable[[], object], rounds: int = 5) -> float:
    """Return the median seconds of a call."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Write the layout without pictures, then open it."""
    if not PROTOCOLS.is_dir():
        sys.exit("../shared/protocols is absent: MARS's metadata are not part of the project")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "info").mkdir()
        (root / "bbox_test").mkdir()
        for path in PROTOCOLS.glob("*.mat"):
            shutil.copy(path, root / "info")
        names = []
        for number, (first, last, person, camera) in enumerate(read_matrix(PROTOCOLS / "tracks_test_info.mat", NAME)):
            head = f"{'00-1' if person < 0 else f'{person:04d}'}C{camera}T{number % 10_000:04d}"
            names += [f"{head}F{frame:03d}.jpg" for frame in range(1, last - first + 2)]
        (root / "info" / "test_name.txt").write_text("\n".join(names))
        opened = median(lambda: read_tracks(root, "test", "mars").describe())
        print(f"12,180 test tracklets opened and described: {opened:.2f} s")


if __name__ == "__main__":
    main()
