"""The tables on real layouts, through the readers: what whoever has the data types."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from resight.datasets.listed import ListedFiles
from resight.errors import RecipeError
from resight.experiments.paper import ablations, figure5, table2
from resight.experiments.paper.ablations import AS_IT_IS, FROZEN, SCRATCHED
from resight.experiments.paper.averages import SECOND
from resight.experiments.paper.check import check
from resight.experiments.paper.disturbance import NOISE
from resight.experiments.paper.lab import Lab, open_lab
from resight.experiments.paper.registry import EXPERIMENTS
from resight.experiments.paper.rows import BASELINE, OURS
from resight.experiments.paper.run import reproduce
from resight.models.files import save_model
from resight.robustness import VARIANCES
from resight.synthetic.command import Wanted, synthesize_job
from resight.training.recipe import load_recipe
from resight.training.run import new_network
from tests.experiments.paper.conftest import TINY

CHANGES = ("dropped", "darkness")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as one has it who downloaded three sets, of a few drawn people each."""
    folder = tmp_path_factory.mktemp("data")
    for layout in ("prid2011", "ilids-vid"):
        synthesize_job(Wanted(layout, 4, seed=1, frames=(28, 30)), folder / layout)
    synthesize_job(Wanted("mars", 3, seed=1, frames=(8, 10), distractors=2, junk=1), folder / "mars")
    return folder


def lab_of(out: Path, folder: Path, **options: Any) -> Lab:
    """A lab of real sets where every network is trained, by a step or two."""
    lab = open_lab(out, data=[str(folder)], quick=True, changes=TINY, **options)
    one = {"training.iterations": 1}
    lab.settings = lab.settings.model_copy(update={"tuned": None, "second": one, "short": one})
    return lab


def page_of(out: Path, name: str) -> dict[str, Any]:
    return dict(json.loads((out / name / "page.json").read_text()))


def test_tables_of_sets_on_disk(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lab = lab_of(out, data)
    assert set(lab.data.missing) == {"aerial", "further"} and "never released" in lab.data.missing["aerial"]
    assert check(lab, ["table1"])[2].startswith("aerial: missing (the paper's aerial set was never released")
    others = ("pretraining", "figure5", "ablations")  # actions are of no set; the two are below
    names = [name for name in EXPERIMENTS if name not in others]
    assert [page.parent.name for page in reproduce(lab, names, out)] == names
    assert "asked of still pictures" in (out / "temporal" / "page.md").read_text()
    tables = json.loads((out / "table1" / "page.json").read_text())
    assert [t["title"] for t in tables["tables"]] == ["PRID-2011", "iLIDS-VID"]
    assert all(row[-1] == "1 of 1" for t in tables["tables"] for row in t["rows"] if row[5] != "not measured yet")
    assert any(note.startswith("aerial: n/a") for note in tables["notes"])
    unseen = json.loads((out / "table2" / "page.json").read_text())["tables"][0]
    assert unseen["title"] == "MARS, not trained on" and "3 people" in unseen["note"]
    assert "real people" in (out / "claims.md").read_text()
    assert "Synthetic people" not in (out / "table1" / "page.html").read_text()
    assert all(str(tmp_path) not in path.read_text() for path in (out / "cells").rglob("*.json"))
    cells = [json.loads(path.read_text()) for path in (out / "cells" / "training").iterdir()]
    assert sorted(cell["result"]["people"] for cell in cells) == [3, 4]


def test_noise_corruptions_and_attacks_on_sets_on_disk(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in (("SEEDS", (0,)), ("VARIANCES", VARIANCES[:1]), ("SEVERITIES", (1,)), ("CORRUPTIONS", CHANGES)):
        monkeypatch.setattr(figure5, name, few)
    reproduce(lab_of(tmp_path, data), ["figure5"], tmp_path)
    tables = {table["title"]: table["rows"] for table in page_of(tmp_path, "figure5")["tables"]}
    noise = tables.pop(f"Rank-1 under {NOISE}")
    assert {row[1] for row in noise} == {"prid", "ilids", "mars"} and all(row[-1] == "1 of 1" for row in noise)
    assert {row[0] for row in noise if row[1] == "mars"} == {f"{OURS} + euclidean", f"{OURS} + xqda"}
    beyond = {title.removeprefix("Rank-1 under "): rows for title, rows in tables.items() if "under" in title}
    assert set(beyond) == {*CHANGES, "FGSM, push-away", "PGD, push-away", "random signs"}
    assert all([row[1] for row in rows] == ["prid"] * 3 for rows in beyond.values())  # ours, 3-D and 2-D
    eleven = (tmp_path / "claims.md").read_text().split("## Claim 11\n")[1].split("## Claim 12\n")[0]
    assert "kernel 3" in eleven


def test_ablations_of_sets_on_disk(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = (AS_IT_IS, SCRATCHED, FROZEN, "untouched", "fc layers only", "one clip", "fc6", "XQDA, eigh", "by domain")
    rows = [row for row in ablations.ablations() if row.name in (*kinds, "50 % of the people")]
    assert len(rows) == 10
    monkeypatch.setattr(ablations, "ablations", lambda: rows)
    reproduce(lab_of(tmp_path, data), ["ablations"], tmp_path)
    page = page_of(tmp_path, "ablations")
    sets, matrix = page["tables"][:2], page["tables"][3:]
    assert [table["title"] for table in sets] == ["PRID-2011", "iLIDS-VID"]
    assert all([r[0] for r in t["rows"] if r[2] == "xqda"] == [row.name for row in rows] for t in sets)
    assert all(row[-1] == "1 of 1" for table in sets for row in table["rows"])
    assert [[row[0] for row in table["rows"]] for table in matrix] == [["prid", "ilids", "prid + ilids"]] * 2
    assert all(re.match(r"\d", cell) for table in matrix for row in table["rows"] for cell in row[1:])
    two = (tmp_path / "claims.md").read_text().split("## Claim 2\n")[1].split("## Claim 3\n")[0]
    assert "| prid: all together over it alone, Euclid |" in two


def test_a_set_of_ones_own_stands_for_the_aerial_one(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    synthesize_job(Wanted("folder", 4, seed=1, frames=(8, 10), domain="aerial"), folder / "aerial")
    (folder / "prid2011").symlink_to(data / "prid2011")
    lab = lab_of(tmp_path, folder, aerial="folder")
    assert check(lab, [])[2].startswith("aerial: Aerial (folder): 2 people train, 2 ask")
    reproduce(lab, ["table1", "figure4", "temporal"], tmp_path)
    tables = page_of(tmp_path, "table1")["tables"]
    assert [table["title"] for table in tables] == ["PRID-2011", "Aerial (folder)"]
    measured = [[row[0] for row in table["rows"] if row[-1] == "1 of 1"] for table in tables]
    assert measured[0] == measured[1] and len(measured[0]) == 6  # the compared methods have their published rows alone
    (training,) = [json.loads(path.read_text()) for path in (tmp_path / "cells" / "training").iterdir()]
    assert training["result"]["people"] == 4 and sorted(training["needs"]["people"]) == ["aerial", "prid"]
    assert (tmp_path / "figure4" / "plots" / "samples.png").is_file()
    assert "Pictures of real people" in (tmp_path / "figure4" / "page.md").read_text()
    assert "n/a: the set has no similar clothes" in (tmp_path / "temporal" / "page.md").read_text()
    five = (tmp_path / "claims.md").read_text().split("## Claim 5\n")[1].split("## Claim 6\n")[0]
    assert "| gain of fine-tuning: aerial over prid |" in five


def test_the_real_metadata_of_mars_go_as_far_as_no_picture_is_needed(tmp_path: Path, shared: Path) -> None:
    root = tmp_path / "mars"
    (root / "info").mkdir(parents=True)
    shutil.copy(shared / "protocols" / "query_IDX.mat", root / "info")
    for part in ("train", "test"):
        (root / f"bbox_{part}").mkdir()
        shutil.copy(shared / "protocols" / f"tracks_{part}_info.mat", root / "info")
        table = loadmat(root / "info" / f"tracks_{part}_info.mat")[f"track_{part}_info"].astype(int)
        names = []
        for number, (first, last, person, camera) in enumerate(table.tolist()):
            head = f"{'00-1' if person == -1 else f'{person:04d}'}C{camera}T{number % 10_000:04d}"
            names += [f"{head}F{frame:03d}.jpg" for frame in range(1, last - first + 2)]
        (root / "info" / f"{part}_name.txt").write_text("\n".join(names))
    lab = open_lab(tmp_path / "out", data=[str(tmp_path)])
    for index in (0, 4148, 8297):  # those that are read to see how long reading takes
        source = lab.split("mars", 0).train[index].frames
        assert isinstance(source, ListedFiles)
        source.folder.mkdir(parents=True, exist_ok=True)
        for name in source.names:
            cv2.imwrite(str(source.folder / name), np.zeros((256, 128, 3), np.uint8))
    lines = check(lab, ["table2"])
    assert lines[3] == "mars: MARS: 625 people train, 626 ask, 12,180 in the gallery, 2 to 920 frames"
    # five times model 2 and its tests; those of nobody's training are the same for all splits of an official test
    assert f"table2: {5 * 5 + 8} cells, 0 done, {5 * 5 + 8} to do" in lines
    assert any(line.startswith("about ") for line in lines)


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
    assert "**Can't be told here**: an effect below cannot be weighed: prid and aerial are not among" in five
    assert "| n/a: ilids and aerial are not among the sets here | n/a |" in five
    assert "still pictures" not in page
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
