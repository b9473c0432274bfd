from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from made_up import made_up, record

from resight.report import aggregate
from resight.report.tables import FIGURES, latex_text, table_rows, to_csv, to_latex, to_markdown


def test_every_number_is_that_of_the_records():
    records = made_up()[0].records
    table = list(csv.DictReader(io.StringIO(to_csv(table_rows(aggregate(records))))))
    assert len(table) == 24
    for row in table:
        runs = [r for r in records if (r.domain, r.method, r.metric) == (row["domain"], row["method"], row["metric"])]
        values = {f"rank-{k}": [r.cmc[k - 1] for r in runs] for k in (1, 5, 10, 20)}
        values |= {"mAP": [r.map for r in runs], "mINP": [r.minp for r in runs]}
        for name, found in values.items():
            assert float(row[name]) == pytest.approx(100 * np.mean(found), abs=0.0501)
            assert float(row[f"{name} std"]) == pytest.approx(100 * np.std(found, ddof=1), abs=0.0501)
        assert row["seeds"] == "0, 1, 2" and int(row["people"]) == runs[0].n_people


def test_one_run_shows_its_interval_and_no_deviation():
    one = record(cmc=[0.5, 0.5, 0.625], map=0.25, interval={"rank1": (0.4, 0.6)}, n_gallery=12345)
    rows = table_rows(aggregate([one]))
    figures = rows[0].figures
    assert (figures["rank-1"].value, figures["rank-1"].interval) == ("50.0", "[40.0, 60.0]")
    assert figures["rank-5"].value == "–", "a rank beyond the gallery has no figure"
    markdown = to_markdown(rows)
    assert "| 50.0 [40.0, 60.0] |" in markdown and "| 25.0 |" in markdown and "200 (198 with a match)" in markdown
    assert "12,345" in markdown


def test_all_forms_hold_the_same_rows():
    rows = table_rows(aggregate(made_up()[0].records))
    lines = to_markdown(rows).splitlines()
    assert len(lines) == 26 and len({line.count("|") for line in lines}) == 1
    latex = to_latex(rows)
    body = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert len(body) == 25 and {line.count(" & ") for line in body} == {2 + len(FIGURES) + 5}
    assert latex.count(r"\midrule") == 3
    for row, line in zip(rows, body[1:], strict=True):
        assert row.figures["mAP"].value.replace("±", r"$\pm$") in line


def test_latex_reads_no_name_as_a_command():
    hostile = r"50 % of_all & #1 {x} $y$ ~ ^ \input{secret} [z] <a>"
    escaped = latex_text(hostile)
    assert r"\textbackslash{}input\{secret\}" in escaped
    for mark in "&%$#_":
        assert not re.search(rf"(?<!\\)\{mark}", escaped), mark
    assert escaped in to_latex(table_rows(aggregate([record(method=hostile)])))


def test_markdown_keeps_names_in_their_cells():
    line = to_markdown(table_rows(aggregate([record(method="a|b <script> *c*\nd")]))).splitlines()[2]
    assert r"a\|b &lt;script> \*c\* d" in line
