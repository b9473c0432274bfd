"""The tables on real layouts, through the readers: what whoever has the data types."""

from __future__ import annotations

import json
from pathlib import Path

from resight.experiments.paper.check import check
from resight.experiments.paper.lab import open_lab
from resight.experiments.paper.run import reproduce
from resight.synthetic.command import Wanted, synthesize_job
from tests.experiments.paper.conftest import TINY


def test_tables_of_sets_on_disk(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for layout in ("prid2011", "ilids-vid"):
        synthesize_job(Wanted(layout, 4, seed=1, frames=(28, 30)), data / layout)
    synthesize_job(Wanted("mars", 3, seed=1, frames=(8, 10), distractors=2, junk=1), data / "mars")
    out = tmp_path / "out"
    lab = open_lab(out, data=[str(data)], quick=True, changes=TINY)
    lab.settings = lab.settings.model_copy(update={"tuned": None, "second": {"training.iterations": 1}})
    assert set(lab.data.missing) == {"aerial"} and "never released" in lab.data.missing["aerial"]
    assert check(lab, ["table1"])[2].startswith("aerial: missing (the paper's aerial set was never released")
    reproduce(lab, ["table1", "table2", "table3"], out)
    tables = json.loads((out / "table1" / "page.json").read_text())
    assert [t["title"] for t in tables["tables"]] == ["PRID-2011", "iLIDS-VID"]
    assert all(row[-1] == "1 of 1" for t in tables["tables"] for row in t["rows"])
    assert any(note.startswith("aerial: n/a") for note in tables["notes"])
    unseen = json.loads((out / "table2" / "page.json").read_text())["tables"][0]
    assert unseen["title"] == "MARS, not trained on" and "3 people" in unseen["note"]
    assert "real people" in (out / "claims.md").read_text()
    assert "Synthetic people" not in (out / "table1" / "page.html").read_text()
    assert all(str(tmp_path) not in path.read_text() for path in (out / "cells").rglob("*.json"))
    cells = [json.loads(path.read_text()) for path in (out / "cells" / "training").iterdir()]
    assert sorted(cell["result"]["people"] for cell in cells) == [3, 4]
