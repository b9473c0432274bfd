"""What a weight file is, for people to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WeightsInfo:
    """A weight file or mean cube, described.

    Attributes
    ----------
    path : Path
    format : str
        In words.
    sha256 : str
    tensors : dict
        Shapes by the file's own names.
    width, num_classes, parameters : number or None
        Of the C3D that it fits; None where it fits none.
    pool5, channels, mean
        How that network is fed.
    notes : tuple of str
    misfit : str or None
        Why it fits no C3D.
    """

    path: Path
    format: str
    sha256: str
    tensors: dict[str, tuple[int, ...]]
    width: float | None = None
    num_classes: int | None = None
    parameters: int | None = None
    pool5: str | None = None
    channels: str | None = None
    mean: tuple[float, float, float] | None = None
    notes: tuple[str, ...] = ()
    misfit: str | None = None

    @property
    def fits(self) -> bool:
        """Whether it is the weights of a C3D."""
        return self.parameters is not None

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.format}", f"sha256 {self.sha256}"]
        if self.fits and self.mean and self.channels:
            means = ", ".join(f"{value:.2f}" for value in self.mean)
            lines += [
                f"C3D of width {self.width:g}, {self.num_classes} classes, {self.parameters:,} parameters",
                f"input {self.channels.upper()} minus ({means}), pool5 {self.pool5!r}",
            ]
        if self.misfit:
            lines.append(f"does not fit C3D: {self.misfit}")
        lines += self.notes
        widest = max(map(len, self.tensors), default=0)
        lines += [f"  {name:{widest}}  {' × '.join(map(str, shape))}" for name, shape in self.tensors.items()]
        return "\n".join(lines)
