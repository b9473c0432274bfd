from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from resight import progress
from resight.progress import Progress


def said(always: bool) -> list[str]:
    console = Console(file=StringIO(), width=100)
    with Progress(console, "frames", always) as bar:
        for done in (1, 2, 3):
            bar.tell(done, 3)
    assert isinstance(console.file, StringIO)
    return [line.split(",")[0] for line in console.file.getvalue().splitlines()]


def test_the_end_of_short_work_is_said_only_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(True) == ["3/3 frames"] and said(False) == []
    monkeypatch.setattr(progress, "EVERY", 0.0)
    assert said(False) == ["1/3 frames", "2/3 frames", "3/3 frames"]
