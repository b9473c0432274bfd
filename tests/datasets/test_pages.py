"""Every data set has its page, and the index names them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.datasets import DATASETS

PAGES = Path(__file__).parents[2] / "docs" / "datasets"


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_has_a_page_that_the_index_names(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert f"[{name}]({name}.md)" in (PAGES / "README.md").read_text(encoding="utf-8")
    missing = [option for option in DATASETS[name].options if option not in page and option in SAID]
    assert not missing
    if DATASETS[name].layout and name not in ("folder", "video"):
        assert all(word in page for word in ("**Get it**", "**Terms**", "## Layout", "Layout confirmed by"))


SAID = ("protocol", "people", "variant", "all200", "splits", "multiple_query", "two_cameras", "boxes", "min_visibility")
"""Options that choose people or a protocol: their page must tell them."""
