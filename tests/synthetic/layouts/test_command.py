"""`resight synthesize` as a user meets it: killed, stopped, taken up, misused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from resight import cli
from resight.datasets import check, open_dataset
from resight.progress import describe
from resight.synthetic.command import Wanted, film
from tests.synthetic.layouts.tasks import heed_interrupts

RESIGHT = Path(sys.executable).with_name("resight")
ENOUGH = ["--layout", "prid2011", "--people", "8", "--frames", "6", "7"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def synthesize(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process; give its exit code and what it said."""

    def run(*words: str | Path) -> tuple[int, str, str]:
        code = in_process(*words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def in_process(*words: str | Path) -> int:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
        patch.setattr(sys, "argv", ["resight", "synthesize", "--workers", "1", *(str(w) for w in words)])
        cli.main()
    return int(end.value.code or 0)


def start(*words: str | Path) -> subprocess.Popen[str]:
    command = [str(RESIGHT), "synthesize", *(str(w) for w in words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, text=True, start_new_session=True, preexec_fn=heed_interrupts, **pipes)


def pictures(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.glob("multi_shot/*/*/*.png"))}


def wait_for(found: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "set"
    assert in_process(*ENOUGH, out) == 0
    return pictures(out)


@pytest.mark.parametrize(("how", "workers"), [(signal.SIGKILL, "2"), (signal.SIGINT, "1")])
def test_a_stopped_run_goes_on_and_ends_in_the_same_bytes(
    whole: dict[str, bytes], synthesize: Run, tmp_path: Path, how: signal.Signals, workers: str
) -> None:
    out, part = tmp_path / "set", tmp_path / "set.part"
    process = start(*ENOUGH, "--workers", workers, out)
    wait_for(lambda: len(pictures(part)) > 10)
    process.send_signal(how)
    _, err = process.communicate(timeout=300)
    assert "Traceback" not in err
    if how == signal.SIGINT:
        assert process.returncode == 130 and "run the same command to go on" in err
    wait_for(lambda: not alive(process.pid))
    assert not out.exists()

    there = pictures(part)
    assert 10 < len(there) < len(whole) and there.items() <= whole.items()
    cut = part / min(there)
    cut.write_bytes(cut.read_bytes()[:-20])
    folders = {name.rpartition("/")[0] for name in there} - {min(there).rpartition("/")[0]}
    finished = {f for f in folders if all(n in there for n in whole if n.startswith(f + "/"))}
    times = {n: (part / n).stat().st_mtime_ns for n in there if n.rpartition("/")[0] in finished}
    assert times

    code, said, err = synthesize(*ENOUGH, out)
    assert (code, err) == (0, "") and "16 tracklets" in said
    assert re.search(r"(\d+)/\1 frames, \d+ a second, 0:00:00 left", said)
    assert pictures(out) == whole
    assert all((out / name).stat().st_mtime_ns == then for name, then in times.items())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set", "set.causes.parquet"]
    assert not list(out.rglob(".*"))


def test_mars_has_as_many_people_to_train_as_to_test_and_a_crowd() -> None:
    filmed = film(Wanted("mars", 50))
    assert filmed.describe().people == 100 and filmed.describe().cameras == 6
    assert (filmed.describe().distractors, filmed.describe().junk) == (259, 69)
    assert {t.frames.person for t in filmed if t.person == -1} <= set(range(51, 101))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("layout", "cameras"), [("mars", 6), ("prid2011", 2), ("ilids-vid", 2), ("folder", 3)])
def test_of_two_days_the_upper_half_of_the_cameras_has_the_second(layout: str, cameras: int) -> None:
    filmed = [t for t in film(Wanted(layout, 3, days=2)) if t.person > 0]
    assert {t.camera for t in filmed} == set(range(1, cameras + 1))
    assert all(t.day == (1 if t.camera <= cameras // 2 else 2) for t in filmed)
    worn = {(t.person, t.day): t.outfit for t in filmed}
    assert all(worn[person, 1] != worn[person, 2] for person, _ in worn)
    assert {t.day for t in film(Wanted(layout, 3))} == {1}


def test_the_options_reach_the_people() -> None:
    def sources(**options: object) -> list[object]:
        return [t.frames for t in film(Wanted("prid2011", 20, **options))]  # type: ignore[arg-type]

    assert len({s.outfit for s in sources(same_clothes=True)}) == 5  # type: ignore[attr-defined]
    assert {s.body_of for s in sources(twins=True)} == {1}  # type: ignore[attr-defined]
    assert {s.gait for s in sources(gait=1.8)} == {1.8}  # type: ignore[attr-defined]
    assert {len(s) for s in sources(frames=(30, 31))} == {30, 31}  # type: ignore[arg-type]


def test_distractors_and_junk_are_asked_for_by_number(synthesize: Run, tmp_path: Path) -> None:
    few = ["--people", "1", "--frames", "1", "1", "--distractors", "1", "--junk", "1", "--domain", "prid"]
    code, _, err = synthesize("--layout", "mars", *few, tmp_path / "m")
    assert (code, err) == (0, "")
    rows = pq.read_table(tmp_path / "m.causes.parquet").to_pylist()
    assert sorted(row["person"] for row in rows) == [-1, 0, 1, 1, 2, 2]
    split = open_dataset("mars", tmp_path / "m").split()
    assert len(split.train.identities) == split.n_people == 1
    assert check("mars", tmp_path / "m").ok


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--layout", "market"], "no layout named 'market'; there are prid2011"),
        (["--layout", "prid2011", "--people", "201"], "people up to 200"),
        (["--layout", "prid2011", "--domain", "mars"], "one of two cameras, 1 and 2"),
        (["--layout", "folder", "--people", "0"], "at least one person must be filmed, not 0"),
        (["--layout", "folder", "--days", "3"], "filmed on one day or two, not 3"),
        (["--layout", "folder", "--workers", "0"], "at least one process"),
        (["--layout", "folder", "--gait", "-1"], "gait is a number from 0 on, not -1.0"),
        (["--layout", "folder", "--gait", "nan"], "gait is a number from 0 on, not nan"),
        (["--layout", "folder", "--frames", "9", "8"], "the first number, 9, must not exceed the second, 8"),
        (["--layout", "folder", "--seconds", "5"], "--seconds is for --layout scene"),
        (["--layout", "prid2011", "--video", "zzz"], "--video is for --layout scene"),
        (["--layout", "prid2011", "--model", "nope"], "--model is for --calibrate"),
        (["--layout", "scene", "--quick"], "--quick is for --calibrate"),
        (["--calibrate", "--quick", "--layout", "mars"], "--calibrate takes no --layout"),
        (["--calibrate", "--quick", "--twins"], "--calibrate takes no --twins"),
        (["--calibrate", "--quick", "--people", "3"], "--calibrate takes no --people"),
        (["--calibrate", "--people-scale", "1000"], "above 0 and at most 100, not 1000"),
        (["--layout", "folder", "--domain", "moon"], "no synthetic domain named 'moon'"),
        (["--layout", "scene", "--twins"], "scenes show people as they are"),
        (["--layout", "scene", "--seconds", "0"], "a scene of 0 seconds cannot be filmed"),
    ],
)
def test_misuse_ends_in_one_sentence(synthesize: Run, tmp_path: Path, words: list[str], sentence: str) -> None:
    code, _, err = synthesize(*words, tmp_path / "out")
    assert code == 2 and sentence in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_with_other_settings_does_not_mix_in(synthesize: Run, tmp_path: Path) -> None:
    few = ["--layout", "folder", "--people", "1", "--frames", "2", "2"]
    assert synthesize(*few, tmp_path / "a")[0] == 0
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    code, said, _ = synthesize(*few, tmp_path / "a")
    assert code == 0 and "there already" in said
    for other in (["--seed", "1"], ["--gait", "1.5"], ["--same-clothes"], ["--twins"]):
        code, _, err = synthesize(*few, *other, tmp_path / "a")
        assert code == 2 and "holds something else" in err
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


def test_a_folder_is_named_as_a_shell_does(synthesize: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    few = ["--layout", "folder", "--people", "1", "--frames", "1", "1"]
    assert synthesize(*few, "~/set")[0] == 0 and (tmp_path / "set").is_dir()
    code, _, err = synthesize(*few, "/")
    assert code == 2 and "/: is no folder that can be made" in err and err.count("\n") == 1


def test_twins_on_disk_say_how_far_their_gaits_are(synthesize: Run, tmp_path: Path) -> None:
    few = ["--layout", "folder", "--people", "2", "--frames", "1", "1"]
    assert synthesize(*few, "--twins", "--gait", "1.8", tmp_path / "twins")[0] == 0
    dataset = open_dataset("folder", tmp_path / "twins")
    assert dataset.notes == ["folder: twins, gait ×1.8"] and "twins, gait ×1.8" in dataset.describe()
    (tmp_path / "twins.causes.parquet").unlink()
    assert open_dataset("folder", tmp_path / "twins").notes == []


def test_rate_and_time_left_count_what_was_drawn_now() -> None:
    assert describe(150, 450, 50, 10.0, "frames") == "150/450 frames, 10 a second, 0:00:30 left"
    assert describe(50, 50, 50, 1.0, "frames") == "50/50 frames, 0 a second"
    assert describe(2, 40_002, 1, 1.0, "frames") == "2/40,002 frames, 1 a second, 11:06:40 left"
