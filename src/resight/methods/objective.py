"""What a metric minimised, kept in a method's folder as a network's training keeps its loss."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from resight.files import write_text


def write_objective(values: Iterable[float], folder: Path, first: int = 0) -> None:
    """Write ``metrics.csv`` (step, loss) with an objective's values, one a step from `first` on."""
    rows = [f"{step},{value:.6g}" for step, value in enumerate(values, start=first)]
    write_text(folder / "metrics.csv", "\n".join(["step,loss", *rows, ""]))
