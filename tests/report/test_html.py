from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from made_up import made_up, record

from resight.errors import InputError, ResightError
from resight.report import RankedEntry, Ranking, Results
from resight.report.html import write_report
from resight.report.page import comparison_words
from resight.report.pictures import strip

EVIL = '<script>alert("x")</script>&$'


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.ids = [], [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.text).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    results, rankings, filters = made_up(frames=2)
    path = write_report(results, folder, [r for r in rankings if r.domain == "Teapot Heights"][2:], filters)
    return folder, results, Page(path.read_text())


def test_everything_is_written_and_nothing_else(written):
    folder, _, _ = written
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    plots = (
        "cmc-quagmire-station",
        "cmc-plumwick-arcade",
        "cmc-teapot-heights",
        "training",
        "ranked-teapot-heights",
        "conv1-c3d-fine-tuned",
    )
    expected = {f"plots/{name}.{kind}" for name in plots for kind in ("svg", "png")}
    expected |= {f"tables/results.{kind}" for kind in ("csv", "md", "tex")} | {"results.json", "report.html"}
    assert found == expected
    assert len(Results.load(folder / "results.json").rankings) == 2


def test_the_page_asks_nothing_of_the_network(written):
    folder, _, page = written
    text = (folder / "report.html").read_text()
    for _, attrs in page.tags:
        for name in ("src", "href", "xlink:href", "data", "action"):
            assert (attrs.get(name) or "#").startswith(("#", "data:")), attrs
    assert not re.search(r"https?://|@import|url\((?!#)", text)
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "object", "embed"}


def test_the_page_is_whole_and_accessible(written):
    _, _, page = written
    images = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(images) == 2 * 10 + 4 and all(image["alt"] for image in images)
    svgs = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(svgs) == 4 and all(svg["role"] == "img" and svg["aria-label"] for svg in svgs)
    assert len(page.ids) == len(set(page.ids))
    targets = {attrs["href"][1:] for tag, attrs in page.tags if tag == "a" and attrs["href"].startswith("#")}
    assert targets <= set(page.ids)
    for words in ("Found at rank 4", "Not found among the first 8", "4 ✓", "1 ✗", "junk", "commit", "seeds", "0, 1, 2"):
        assert words in page.text, words


def test_the_page_shows_the_tables_numbers_and_carries_them(written):
    folder, results, page = written
    downloads = {a["download"]: a["href"] for tag, a in page.tags if tag == "a" and "download" in a}
    for kind in ("csv", "md", "tex"):
        carried = base64.b64decode(downloads[f"results.{kind}"].split(",", 1)[1]).decode()
        assert carried == (folder / "tables" / f"results.{kind}").read_text()
    first = [r.cmc[0] for r in results.records[:3]]
    assert f"{100 * np.mean(first):.1f} ± {100 * np.std(first, ddof=1):.1f}" in page.text
    assert comparison_words(results.comparisons) in page.text


@pytest.mark.parametrize("synthetic", [True, False])
def test_the_banner_stands_where_anything_is_synthetic(tmp_path, synthetic):
    records = [record(domain="Drawnville", synthetic=synthetic), record(domain="Realton")]
    page = Page(write_report(Results("t", "now", records=records), tmp_path).read_text())
    banners = [attrs for _, attrs in page.tags if attrs.get("class") == "banner"]
    assert len(banners) == synthetic
    assert ("Synthetic people. The figures on Drawnville were" in page.text) == synthetic


def test_hostile_names_stay_text(tmp_path):
    one = np.full((8, 4, 3), 90, np.uint8)
    ranking = Ranking(EVIL, EVIL, one, EVIL, EVIL, [RankedEntry(one, True, False, EVIL, EVIL)])
    results, _, _ = made_up(seeds=1)
    names = dict.fromkeys(("domain", "method", "metric", "protocol", "split", "weights"), EVIL)
    results = Results(
        title=EVIL, created=EVIL, command=EVIL, commit=EVIL, recipe={EVIL: EVIL}, versions={EVIL: EVIL}, notes=[EVIL],
        records=[record(**names, synthetic=True)],
        comparisons=[replace(results.comparisons[0], a=EVIL, b=EVIL, domain=EVIL, what=EVIL)],
        training=[replace(results.training[0], name=EVIL)] * 2,
    )  # fmt: skip
    text = write_report(results, tmp_path, [ranking], {EVIL: np.ones((2, 3, 3, 3, 3))}).read_text()
    page = Page(text)
    assert "<script" not in text and "script" not in {tag for tag, _ in page.tags}
    assert page.text.count(EVIL) > 15
    assert {p.name for p in (tmp_path / "plots").iterdir()} >= {
        "cmc-script-alert-x-script.svg",
        "conv1-script-alert-x-script.png",
    }


def test_domains_of_one_file_name_do_not_overwrite_each_other(tmp_path):
    write_report(Results("t", "now", records=[record(domain="A b"), record(domain="a/B")]), tmp_path)
    assert {p.stem for p in (tmp_path / "plots").iterdir()} == {"cmc-a-b", "cmc-a-b-1"}


def test_an_empty_run_still_makes_a_page(tmp_path):
    page = Page(write_report(Results("nothing", "now"), tmp_path).read_text())
    assert "Nothing was measured." in page.text
    assert json.loads((tmp_path / "results.json").read_text())["records"] == []


def test_a_strip_holds_the_frames_in_order_and_in_rgb():
    frames = np.zeros((12, 320, 100, 3), np.uint8)
    frames[..., 0] = np.arange(12)[:, None, None] * 20
    made = strip(frames)
    assert (made.width, made.height, made.frames) == (50, 160, 8)
    raw = np.frombuffer(base64.b64decode(made.uri.split(",")[1]), np.uint8)
    picture = cv2.imdecode(raw, cv2.IMREAD_COLOR)[..., ::-1]
    assert picture.shape == (160, 400, 3)
    reds = picture[80, 25::50, 0].astype(int)
    assert (np.diff(reds) > 10).all() and picture[80, 375, 2] < 30
    with pytest.raises(InputError, match="uint8 RGB"):
        strip(frames.astype(np.float32))


def test_junk_takes_no_rank():
    one = np.zeros((4, 2, 3), np.uint8)
    entries = [RankedEntry(one, c, j, "p", 1) for c, j in ((False, True), (False, False), (False, True), (True, False))]
    ranking = Ranking("d", "m", one, "p", 0, entries)
    assert ranking.ranks() == [None, 1, None, 2] and ranking.first_match == 2


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResightError, match="cannot be written"):
        write_report(Results("t", "now"), tmp_path / "file")
