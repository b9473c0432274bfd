"""The tables on real layouts, through the readers: what whoever has the data types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resight.errors import RecipeError
from resight.experiments.paper import table2
from resight.experiments.paper.averages import SECOND
from resight.experiments.paper.check import check
from resight.experiments.paper.lab import open_lab
from resight.experiments.paper.registry import EXPERIMENTS
from resight.experiments.paper.rows import BASELINE
from resight.experiments.paper.run import reproduce
from resight.models.files import save_model
from resight.synthetic.command import Wanted, synthesize_job
from resight.training.recipe import load_recipe
from resight.training.run import new_network
from tests.experiments.paper.conftest import TINY


def test_tables_of_sets_on_disk(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for layout in ("prid2011", "ilids-vid"):
        synthesize_job(Wanted(layout, 4, seed=1, frames=(28, 30)), data / layout)
    synthesize_job(Wanted("mars", 3, seed=1, frames=(8, 10), distractors=2, junk=1), data / "mars")
    out = tmp_path / "out"
    lab = open_lab(out, data=[str(data)], quick=True, changes=TINY)
    lab.settings = lab.settings.model_copy(update={"tuned": None, "second": {"training.iterations": 1}})
    assert set(lab.data.missing) == {"aerial", "further"} and "never released" in lab.data.missing["aerial"]
    assert check(lab, ["table1"])[2].startswith("aerial: missing (the paper's aerial set was never released")
    names = [name for name in EXPERIMENTS if name not in ("pretraining", "figure5", "ablations")]  # those take long
    assert [page.parent.name for page in reproduce(lab, names, out)] == names
    assert "asked of still pictures" in (out / "temporal" / "page.md").read_text()
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


def test_a_further_set_is_trained_on_and_tested_with_the_papers(tmp_path: Path) -> None:
    synthesize_job(Wanted("prid2011", 4, seed=1, frames=(28, 30)), tmp_path / "prid")
    synthesize_job(Wanted("folder", 4, seed=1, frames=(8, 10), domain="plaza"), tmp_path / "mine")
    out, data = tmp_path / "out", [f"prid={tmp_path / 'prid'}", f"further={tmp_path / 'mine'}"]
    options = {"prid.all200": True}
    lab = open_lab(out, data=data, further="Hall & stairs=folder", options=options, quick=True, changes=TINY)
    lab.settings = lab.settings.model_copy(update={"tuned": None})
    assert any(line.startswith("further: Hall & stairs: 2 people train, 2 ask") for line in check(lab, ["table1"]))
    reproduce(lab, ["table1"], out)
    tables = json.loads((out / "table1" / "page.json").read_text())["tables"]
    assert [t["title"] for t in tables] == ["PRID-2011 (all200 True)", "Hall & stairs"]
    assert "sets: PRID-2011 (all200 True), Hall & stairs" in (out / "table1" / "page.md").read_text()
    assert all(row[-1] == "1 of 1" for row in tables[1]["rows"] if row[0].startswith("C3D"))
    (cell,) = [json.loads(path.read_text()) for path in (out / "cells" / "training").iterdir()]
    assert cell["result"]["people"] == 4  # two of each set
    claims = (out / "claims.md").read_text()
    assert "| further: ours over baseline, xqda |" in claims


def test_mars_alone(tmp_path: Path) -> None:
    synthesize_job(Wanted("mars", 3, seed=1, frames=(8, 10), distractors=2, junk=1), tmp_path / "mars")
    out = tmp_path / "out"
    lab = open_lab(out, data=[f"mars={tmp_path / 'mars'}"], quick=True, changes=TINY)
    lab.settings = lab.settings.model_copy(update={"tuned": None, "second": {"training.iterations": 1}})
    reproduce(lab, ["table2"], out)
    assert [row[-1] for row in json.loads((out / "table2" / "page.json").read_text())["tables"][1]["rows"]] != []
    page = (out / "claims.md").read_text()
    five = page.split("## Claim 5\n")[1].split("## Claim 6\n")[0]
    assert "**Can't be told here**: it needs prid and ilids and aerial, and that is not among the sets here." in five
    eleven = page.split("## Claim 11\n")[1].split("## Claim 12\n")[0]
    assert "**Not measured yet**" in eleven and "by `--methods astpn,ide,rcn`" in eleven


def test_people_of_the_official_test_set_leak_through_no_weights(tmp_path: Path) -> None:
    synthesize_job(Wanted("mars", 3, seed=1, frames=(8, 10), distractors=2, junk=1), tmp_path / "mars")
    recipe = load_recipe("reproduce", **{key.replace(".", "__"): value for key, value in TINY.items()})
    own = tmp_path / "leaky.safetensors"
    network = new_network(recipe, 3)
    save_model(network, own, recipe.preprocessing, recipe.clips, {"leaks": ["mars-test"]})
    changes = TINY | {"model.weights": str(own), "model.reinit_fc": False}
    lab = open_lab(tmp_path / "out", data=[f"mars={tmp_path / 'mars'}"], quick=True, changes=changes)
    lab.settings = lab.settings.model_copy(update={"tuned": None, "second": {"training.iterations": 1}})
    lab.data["mars"].__dict__["tests"] = "mars-test"  # as the whole set has
    trials = [t for t in table2.cells(lab) if t.domain == "mars" and t.metric == "euclidean"]
    refused = {BASELINE, SECOND}
    for trial in (t for t in trials if t.name in refused):
        with pytest.raises(RecipeError, match="was trained on people of mars-test"):
            lab.run(trial)
    assert refused <= {t.name for t in trials}
