"""Pictures and rows that a text file lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.files import read_text
from resight.frames import Frames, ImageFiles


@dataclass(frozen=True)
class ListedFiles:
    """Frames from files of one folder, by name; a path is made when it is needed, for lists of a million names."""

    folder: Path
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in order."""
        return tuple(self.folder / name for name in self.names)

    def read(self, indices: Sequence[int]) -> Frames:
        """Read the frames at `indices` as uint8 RGB ``(n, H, W, 3)``; raises `DataError` naming the file."""
        return ImageFiles(tuple(self.folder / self.names[i] for i in indices)).read(range(len(indices)))

    def fingerprint(self) -> str:
        """Hash paths, sizes and times of change."""
        return ImageFiles(self.paths).fingerprint()

    def to_record(self) -> dict[str, Any]:
        """Return the paths, as `ImageFiles` does."""
        return ImageFiles(self.paths).to_record()


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file that hold something, without the blanks around them."""
    return [line for line in map(str.strip, read_text(path).splitlines()) if line]
