"""`resight synthesize` as a user meets it: killed, stopped, taken up, misused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from resight.datasets import check, open_dataset
from resight.synthetic.progress import describe

RESIGHT = Path(sys.executable).with_name("resight")
ENOUGH = ["--layout", "ilids-vid", "--people", "20", "--frames", "8", "9"]


def start(*words: str | Path) -> subprocess.Popen[str]:
    command = [str(RESIGHT), "synthesize", *(str(w) for w in words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def synthesize(*words: str | Path) -> tuple[int, str, str]:
    process = start(*words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def pictures(root: Path) -> dict[str, Path]:
    return {str(p.relative_to(root)): p for p in root.glob("sequences/*/*/*.png")}


def wait_for(found: object, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "set"
    code, said, err = synthesize(*ENOUGH, "--workers", "1", out)
    assert (code, err) == (0, "")
    assert re.search(r"(\d+)/\1 frames, \d+ a second, 0:00:00 left", said) and "40 tracklets" in said
    return out


@pytest.mark.parametrize(("how", "workers"), [(signal.SIGKILL, "2"), (signal.SIGINT, "2"), (signal.SIGKILL, "1")])
def test_a_stopped_run_goes_on_and_ends_in_the_same_bytes(
    whole: Path, tmp_path: Path, how: signal.Signals, workers: str
) -> None:
    out, part = tmp_path / "set", tmp_path / "set.part"
    process = start(*ENOUGH, "--workers", workers, out)
    wait_for(lambda: len(pictures(part)) > 30)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if how == signal.SIGINT:
        assert process.returncode == 130 and "run the same command to go on" in err
    wait_for(lambda: not alive(process.pid))
    assert not out.exists()
    there = pictures(part)
    assert 30 < len(there) < len(pictures(whole))
    assert all(p.read_bytes() == pictures(whole)[name].read_bytes() for name, p in there.items())
    cut = there[min(there)]
    cut.write_bytes(cut.read_bytes()[:-20])
    times = {name: p.stat().st_mtime_ns for name, p in there.items() if name.rpartition("/")[0] not in str(cut)}
    code, said, err = synthesize(*ENOUGH, "--workers", "2", out)
    assert (code, err) == (0, "") and "40 tracklets" in said
    ended = pictures(out)
    assert {n: p.read_bytes() for n, p in ended.items()} == {n: p.read_bytes() for n, p in pictures(whole).items()}
    folders = [name.rpartition("/")[0] for name in times]
    finished = {f for f in folders if folders.count(f) == sum(n.startswith(f + "/") for n in ended)}
    assert finished
    assert all(ended[name].stat().st_mtime_ns == then for name, then in times.items() if name[:23] in finished)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set", "set.causes.parquet"]
    assert not list(out.rglob(".*"))


def test_the_other_day_is_that_of_the_second_camera(tmp_path: Path) -> None:
    out = tmp_path / "two"
    code, _, err = synthesize("--layout", "mars", "--people", "2", "--days", "2", "--frames", "2", "2", out)
    assert (code, err) == (0, "")
    rows = pq.read_table(tmp_path / "two.causes.parquet").to_pylist()
    cameras = max(row["camera"] for row in rows)
    assert {row["day"] for row in rows} == {1, 2}
    assert all(row["day"] == (1 if row["camera"] <= cameras // 2 else 2) for row in rows)
    split = open_dataset("mars", out).split()
    assert len(split.train.identities) == split.n_people == 2
    assert check("mars", out).ok


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--layout", "market"], "no layout named 'market'; there are prid2011"),
        (["--layout", "prid2011", "--people", "201"], "people up to 200"),
        (["--layout", "folder", "--people", "0"], "at least one person"),
        (["--layout", "folder", "--days", "3"], "one day or two"),
        (["--layout", "folder", "--workers", "-1"], "at least one process"),
        (["--layout", "folder", "--domain", "moon"], "no synthetic domain named 'moon'"),
    ],
)
def test_misuse_ends_in_one_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    code, _, err = synthesize(*words, tmp_path / "out")
    assert code == 2 and sentence in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_run_with_other_settings_does_not_mix_in(tmp_path: Path) -> None:
    few = ["--layout", "folder", "--people", "1", "--frames", "2", "2"]
    assert synthesize(*few, tmp_path / "a")[0] == 0
    code, said, _ = synthesize(*few, tmp_path / "a")
    assert code == 0 and "there already" in said
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    code, _, err = synthesize(*few, "--seed", "1", tmp_path / "a")
    assert code == 2 and "holds something else" in err
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


def test_rate_and_time_left_count_what_was_drawn_now() -> None:
    assert describe(150, 450, 50, 10.0, "frames") == "150/450 frames, 10 a second, 0:00:30 left"
    assert describe(50, 50, 50, 1.0, "frames") == "50/50 frames, 0 a second"
    assert describe(2, 40_002, 1, 1.0, "frames") == "2/40,002 frames, 1 a second, 11:06:40 left"
