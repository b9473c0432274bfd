from __future__ import annotations

import json
from pathlib import Path

import pytest

from resight.experiments.paper.pretraining import columns
from resight.experiments.paper.run import reproduce
from resight.models import shipped_models
from tests.experiments.paper.conftest import tiny_lab


def test_without_the_network_the_page_says_so(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    reproduce(lab, ["pretraining"], tmp_path)
    assert json.loads((tmp_path / "pretraining" / "page.json").read_text())["notes"] == ["none is not shipped."]


@pytest.mark.skipif("c3d-small-actions" not in shipped_models(), reason="c3d-small-actions is not shipped")
def test_the_shipped_network_names_actions_by_their_order(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    lab.settings = lab.settings.model_copy(update={"actions": "c3d-small-actions", "actors": 1})
    reproduce(lab, ["pretraining"], tmp_path)
    table = json.loads((tmp_path / "pretraining" / "page.json").read_text())["tables"][0]
    rows = {row[0]: dict(zip(columns(), map(float, row[2:]), strict=True)) for row in table["rows"]}
    assert rows["prid"]["in order"] > 50 > rows["chance"]["in order"]
    assert rows["prid"]["in order, pairs"] > rows["prid"]["reversed, pairs"]
    assert len(list((tmp_path / "cells" / "actions").iterdir())) == 4
