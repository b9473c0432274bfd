"""The command as a user meets it: what it prints and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from resight.experiments.paper.registry import EXPERIMENTS
from resight.experiments.paper.settings import PARTS

RESIGHT = Path(sys.executable).with_name("resight")


def resight(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [str(RESIGHT), *(str(w) for w in words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


def test_help_names_every_command_and_imports_nothing_heavy(tmp_path: Path) -> None:
    shown = resight("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in (
        "demo",
        "run",
        "matrix",
        "train",
        "extract",
        "evaluate",
        "report",
        "datasets",
        "models",
        "methods",
        "weights",
    ):
        assert command in shown.stdout
    for module in ("resight", "resight.cli"):
        code = f"import sys, {module}; print([m for m in ('torch', 'cv2', 'sklearn', 'lightning') if m in sys.modules])"
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert loaded.stdout.strip() == "[]"


def test_the_package_runs_as_a_module(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "resight", "datasets", "describe", "nope", "."]
    ended = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, timeout=300, check=False)
    assert ended.returncode == 2 and "resight: no data set named 'nope'" in ended.stderr


def test_help_of_reproduce_names_what_it_takes(tmp_path: Path) -> None:
    shown = resight("reproduce", "--help", cwd=tmp_path).stdout
    for name in EXPERIMENTS:
        assert name in shown or name.startswith(("figure", "table")), name
    assert all(f"{part}.KEY" in shown for part in (*PARTS, "METHOD"))


def test_lists_work_from_any_folder(tmp_path: Path) -> None:
    assert "synthetic" in resight("datasets", "list", cwd=tmp_path).stdout
    assert "onnx:FILE" in resight("methods", cwd=tmp_path).stdout
    assert "c3d" in resight("models", cwd=tmp_path).stdout
    assert "paper" in resight("recipes", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "nope"], "no recipe named 'nope'"),
        (["run", "mars_sparse"], "no path"),
        (["run", "mars_sparse", "--data", "missing"], "missing: no such file or folder"),
        (["run", "demo", "--set", "training.iterationz=3"], "training.iterationz: unknown key"),
        (["run", "demo", "--set", "nothing"], "expected KEY=VALUE"),
        (["datasets", "describe", "nope", "."], "no data set named 'nope'"),
        (["datasets", "split", "synthetic", "-o", "out"], "out: a split's file is named FILE.json"),
        (["datasets", "split", "synthetic", "-o", "s.json", "--rule", "open=1"], "no rule 'open'; there are train_fr"),
        (["evaluate", "--dataset", "synthetic", "-o", "out"], "exactly one of --run, --model and --method"),
        (["evaluate", "--model", "x.safetensors", "--dataset", "synthetic", "-o", "out"], "no such weight file"),
        (["report", "missing.json", "-o", "out"], "missing.json: cannot be read"),
        (["extract", "--dataset", "synthetic", "--method", "onnx:no.onnx", "-o", "out"], "no such network"),
        (["extract", "--dataset", "synthetic", "--method", "onnx:", "-o", "out"], "onnx: needs a file, as onnx:FILE"),
        (["extract", "--dataset", "synthetic", "--method", "c3d", "-o", "out"], "--run takes the folder"),
        (
            ["compare", "ide", "colour", "--dataset", "synthetic", "--set", "ide.nope=1", "-o", "out"],
            "method ide: nope: unknown key",
        ),
        (["run", "demo", "--set", "a=[1"], "the value is not YAML"),
        (["run", "demo", "-o", "out", "--set", "metrics.methods=[nope]"], "no method named 'nope'"),
        (
            ["evaluate", "--dataset", "synthetic", "--option", "people=x", "--method", "colour", "-o", "out"],
            "synthetic: people is a whole number, not 'x'",
        ),
    ],
)
def test_what_a_user_can_cause_ends_with_one_sentence_and_code_2(
    tmp_path: Path, words: list[str], sentence: str
) -> None:
    ended = resight(*words, cwd=tmp_path)
    assert ended.returncode == 2
    assert sentence in ended.stderr and "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_split_drawn_by_rules_of_ones_own_is_evaluated(tmp_path: Path) -> None:
    people = ["--option", "people=8", "--option", "frames=[4, 4]"]
    rules = ["--rule", "open_fraction=0.5", "--rule", "query_camera=1"]
    draw = ["datasets", "split", "synthetic", "-o", "mine.json", *people, *rules]
    drawn = resight(*draw, cwd=tmp_path)
    assert "mine, query: 4 people, 1 camera" in drawn.stdout and "mine, gallery: 2 people" in drawn.stdout
    text = (tmp_path / "mine.json").read_text()
    assert "mine.json: is there already" in resight(*draw, "--seed", "1", cwd=tmp_path).stderr
    assert (tmp_path / "mine.json").read_text() == text
    data = ["evaluate", "--dataset", "synthetic", *people, "--split", "mine.json", "--method", "colour"]
    assert resight(*data, "--metric", "euclidean", "-o", "out", cwd=tmp_path).returncode == 0
    found = json.loads((tmp_path / "out" / "results.json").read_text())
    score = found["records"][0]
    assert (score["split"], score["n_query"], score["n_valid"]) == ("mine", 4, 2)
    assert "open set: 2 of 4 queries are of nobody in the gallery" in found["notes"][0]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("/dev/full is absent")
    code = """
import errno, os, sys
from pathlib import Path
from resight import files
def full(descriptor):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.fsync = full
sys.argv = ["resight", "evaluate", "--dataset", "synthetic", "--method", "colour", "-o", sys.argv[1],
            "--option", "people=8", "--option", "frames=[4, 4]"]
from resight.cli import main
main()
"""
    command = [sys.executable, "-c", code, str(tmp_path / "out")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 2
    assert "cannot be written (No space left on device)" in ended.stderr and "Traceback" not in ended.stderr
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


OWN = """
import torch
class Good(torch.nn.Module):
    input_size = (8, 32, 16)
    def forward(self, clips):
        return clips.mean((2, 3, 4))
class Unmade(Good):
    def __init__(self):
        raise ValueError("no weights here")
class Broken(Good):
    def forward(self, clips):
        return clips @ clips.new_zeros(3)
"""


def test_a_network_of_the_users_own_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    world = ["extract", "--dataset", "synthetic", "--option", "people=2", "--option", "frames=[4, 4]", "-o", "out"]
    good = resight(*world, "--method", "mine:Good", cwd=tmp_path)
    assert good.returncode == 0 and "features of 3 dimensions" in good.stdout, good.stderr
    for name, sentence in (
        ("Unmade", "cannot be made (no weights here)"),
        ("Broken", "fails on clips (1, 3, 8, 32, 16)"),
    ):
        bad = resight(*world, "--method", f"mine:{name}", cwd=tmp_path)
        assert bad.returncode == 2 and sentence in bad.stderr and "Traceback" not in bad.stderr


def test_extract_and_evaluate_on_the_embedded_world(tmp_path: Path) -> None:
    world = ["--dataset", "synthetic", "--option", "people=8", "--option", "frames=[4, 4]"]
    extracted = resight("extract", *world, "--method", "colour", "-o", tmp_path / "features")
    assert extracted.returncode == 0 and "768 dimensions" in extracted.stdout
    evaluated = resight("evaluate", *world, "--method", "colour", "-o", tmp_path / "out")
    assert evaluated.returncode == 0, evaluated.stderr
    assert "rank-1" in evaluated.stdout and (tmp_path / "out" / "report.html").is_file()
    again = resight("report", tmp_path / "out", "-o", tmp_path / "again")
    assert again.returncode == 0 and (tmp_path / "again" / "report.html").is_file()
