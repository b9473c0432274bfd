"""Every damage is one sentence that names the file, and ends with exit code 2; what is no damage ends with 0."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from resight import cli
from resight.synthetic.layouts import LAYOUTS
from tests.synthetic.layouts import damage as d

Copy = Callable[[str], Path]
ALL = (*LAYOUTS, "csv")
FILES = tuple(LAYOUTS)

DAMAGED: list[tuple[d.Damage, tuple[str, ...], str]] = [
    (d.cut, ALL, "cut off"),
    (d.empty, ALL, "the file is empty"),
    (d.no_picture, ALL, "not a picture that can be read"),
    (d.noise, ALL, "not a picture that can be read"),
    (d.one_pixel, ALL, "1 by 1 pixels"),
    (d.other_size, ("prid2011", "ilids-vid", "mars"), "60 by 130 pixels, and the others of its tracklet are"),
    (d.link_out, ALL, "a link that leads out of"),
    (d.folder_link_out, ALL, "a link that leads out of"),
    (d.camera_link_out, FILES, "a link that leads out of"),
    (d.table_link_out, ("mars",), "a link that leads out of"),
    (d.link_loop, ALL, "cannot be read (Too many levels of symbolic links)"),
    (d.folder_loop, FILES, "a link that leads back to a folder it lies in"),
    (d.dead_folder, FILES, "a link that leads nowhere"),
    (d.empty_folder, ("prid2011", "ilids-vid", "folder"), "a tracklet of no frames"),
    (d.no_folder, ("prid2011", "ilids-vid"), "missing, but the person is in the other camera"),
    (d.no_camera, ("prid2011",), "no folder multi_shot with cam_a and cam_b in it"),
    (d.no_camera, ("ilids-vid",), "sequences: the folder cam1 is not here"),
    (d.number_twice, ("prid2011", "ilids-vid", "folder"), "frame number 2 is there twice"),
    (d.other_pattern, ("prid2011", "ilids-vid", "folder"), "named by more than one pattern"),
    (d.other_person_s_names, ("ilids-vid",), "named for camera 1 and person 2"),
    (d.one_other_person_s_name, ("ilids-vid",), "named for camera 2 and person 1"),
    (d.strange_folder, ("prid2011",), "not named as PRID-2011 names people"),
    (d.strange_folder, ("ilids-vid",), "not named as iLIDS-VID names people"),
    (d.missing, ("mars", "csv"), "cannot be read"),
    (d.missing, ("prid2011", "ilids-vid"), "missing, 1 is followed by 3"),
    (d.renamed_on_disk, ("mars",), "cannot be read"),
    (d.no_table, ("mars",), "missing"),
    (d.no_queries, ("mars",), "missing"),
    (d.cut_table, ("mars",), "not the MATLAB file expected"),
    (d.far_row, ("mars",), "are not in test_name.txt"),
    (d.swapped_ends, ("mars",), "are not in test_name.txt"),
    (d.swapped_columns, ("mars",), "is expected"),
    (d.far_query, ("mars",), "points at test tracklets that do not exist"),
    (d.shuffled_list, ("mars",), "name frames out of order"),
    (d.wrong_id_in_list, ("mars",), "0009C1T0001F002.jpg stands where a frame of person 3, camera 1 is expected"),
    (d.short_list, ("mars",), "are not in train_name.txt"),
    (d.no_pictures, ("mars",), "the folder bbox_test is not here"),
    (d.missing_column, ("csv",), "no column camera"),
    (d.path_twice, ("csv",), "has a picture twice"),
    (
        d.path_in_two_tracklets,
        ("csv",),
        "0001.png is of person 0001 in camera1 and of person 0002 in camera1",
    ),
    (d.path_out, ("csv",), "leads out of the folder"),
    (d.path_out_deep, ("csv",), "leads out of the folder"),
    (d.number_in_words, ("csv",), "frame 'two' is no whole number"),
    (d.cell_missing, ("csv",), "not as many cells as there are columns"),
]
FINE: list[tuple[d.Damage, tuple[str, ...]]] = [
    (d.windows_ends, ("mars", "csv")),
    (d.upper_case, ALL),
    (d.hidden, ALL),
    (d.root_is_a_link, FILES),
    (d.link_inside, FILES),
]
NOTED: list[tuple[d.Damage, tuple[str, ...], str]] = [
    (d.missing, ("folder",), r"1 tracklet, as \S*001\S* \(1 is followed by 3\)"),
    (d.no_camera, ("folder",), "1 person is in one camera only and can be no true match, as 0001"),
    (d.other_size, ("folder", "csv"), "pictures of 1 tracklet differ in size, as 0001/camera1/0001"),
]


def pairs(table: list[tuple]) -> list:  # type: ignore[type-arg]
    return [
        pytest.param(layout, row[0], *row[2:], id=f"{layout}-{row[0].__name__}-{i}")
        for i, row in enumerate(table)
        for layout in row[1]
    ]


def checked(layout: str, path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[str]]:
    """Run the command in this process; return its exit code and its report; it shows progress beside."""
    words = ["resight", "datasets", "check", layout.replace("csv", "folder"), str(path), *more]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(sys, "argv", words)
        cli.main()
    said = capsys.readouterr()
    assert all(re.fullmatch(r"[\d,]+/[\d,]+ pictures, .*", line) for line in said.err.splitlines()), said.err
    return int(end.value.code or 0), said.out.splitlines()


@pytest.mark.parametrize(("layout", "damage", "sentence"), pairs(DAMAGED))
def test_damage_is_one_sentence(
    copy: Copy, layout: str, damage: d.Damage, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy(layout)
    named = damage(path)
    code, lines = checked(layout, path, capsys)
    errors = [line for line in lines if line.startswith("error: ")]
    assert code == 2 and len(errors) == 1, lines
    assert str(named) in errors[0] and sentence in errors[0], errors[0]
    assert lines[-1] == "damaged: 1 error"


@pytest.mark.parametrize(("layout", "damage"), pairs(FINE))
def test_what_is_no_damage(copy: Copy, layout: str, damage: d.Damage, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy(layout)
    before = checked(layout, path, capsys)
    damage(path)
    after = checked(layout, path, capsys)
    assert before[0] == 0 and after == before


@pytest.mark.parametrize(("layout", "damage", "sentence"), pairs(NOTED))
def test_what_is_worth_a_note(
    copy: Copy, layout: str, damage: d.Damage, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy(layout)
    _, before = checked(layout, path, capsys)
    damage(path)
    code, lines = checked(layout, path, capsys)
    (note,) = [line for line in lines if line.startswith("note: ") and line not in before]
    assert code == 0 and lines[-1] == "whole"

    assert re.search(sentence, note), note


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
@pytest.mark.parametrize("layout", ALL)
def test_a_picture_that_may_not_be_read(copy: Copy, layout: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy(layout)
    named = d.no_reading(path)
    code, lines = checked(layout, path, capsys)
    assert code == 2 and f"error: {named}: cannot be read (Permission denied)" in lines


@pytest.mark.parametrize("damage", [d.cut, d.empty, d.no_picture], ids=lambda f: f.__name__)
@pytest.mark.parametrize("layout", ALL)
def test_the_quick_look_sees_the_ends(
    copy: Copy, layout: str, damage: d.Damage, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy(layout)
    named = damage(path)
    code, lines = checked(layout, path, capsys, "--quick")
    assert code == 2 and sum(str(named) in line for line in lines if line.startswith("error: ")) == 1
