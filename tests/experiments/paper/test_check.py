"""What is there, what cannot be used, and what the rest will take, said before anything is measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from resight.errors import DataError, RecipeError, ResightError
from resight.experiments.paper import estimate as estimating
from resight.experiments.paper.check import check
from resight.experiments.paper.data import FURTHER, NAMES
from resight.experiments.paper.estimate import Step, step_time
from resight.experiments.paper.lab import open_lab, with_needs
from resight.experiments.paper.registry import EXPERIMENTS, open_experiment
from resight.experiments.paper.run import draw_all, reproduce
from resight.synthetic.command import Wanted, synthesize_job
from tests.experiments.paper.conftest import TINY, tiny_lab
from tests.training.test_run import tiny


def test_a_cell_of_several_experiments_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "step_time", lambda recipe, devices: Step(0.1, 0.0))
    lab, names = tiny_lab(tmp_path), ("ablations", "figure5")
    cells = [with_needs(open_experiment(name).cells(lab)) for name in names]
    keys = [{lab.key(cell) for cell in own} for own in cells]
    assert len(keys[0]) < len(cells[0])  # rows of equal keys
    lines = check(lab, names)
    for name, own in zip(names, keys, strict=True):
        assert f"{name}: {len(own)} cells, 0 done, {len(own)} to do" in lines
    assert any(line.startswith(f"together: {len(keys[0] | keys[1])} cells to do") for line in lines)


def test_a_step_is_timed_where_trainings_are_and_in_their_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, half = (step_time(tiny(training__precision=name)) for name in ("fp32", "bf16"))
    assert whole.gpu == half.gpu == 0 and half.responses < 0.6 * whole.responses
    monkeypatch.setattr(estimating, "on_device", lambda network: network.to("meta"))
    assert step_time(tiny()).responses == whole.responses  # clips have followed the network: else they did not fit


def test_a_gpu_is_said_to_be_needed_and_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def steps(recipe: object, devices: int) -> Step:
        asked.append(devices)
        return Step(3600.0, 0.0, 2.0 * 2**30)

    monkeypatch.setattr(estimating, "step_time", steps)
    lab = tiny_lab(tmp_path)
    (training,) = (c for c in with_needs(open_experiment("table3").cells(lab)) if c.kind == "training")
    alone = estimating.estimate(lab, [training])
    assert alone.seconds == pytest.approx(2 * 4 * 3600, rel=0.01)
    assert any(", and 2.0 GiB of the GPU's; disk about" in line for line in check(lab, ["table3"]))
    lab.devices = 2
    assert estimating.estimate(lab, [training]).seconds == pytest.approx(alone.seconds / 2, rel=0.01)
    assert set(asked) == {1, 2}


def test_a_batch_that_is_too_large_leaves_the_rest_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(network: object) -> torch.nn.Module:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 99 GiB")

    monkeypatch.setattr(estimating, "on_device", full)
    lines = check(tiny_lab(tmp_path), ["table3"])
    assert "table3: 9 cells, 0 done, 9 to do" in lines
    assert re.match(r"how long, .* cannot be said: training\.batches\.size 4 does not fit into the memory", lines[-1])


def test_experiments_say_which_sets_they_use(tmp_path: Path) -> None:
    for name in EXPERIMENTS:
        lab, experiment = tiny_lab(tmp_path), open_experiment(name)
        for cell in with_needs(experiment.cells(lab)):
            lab.key(cell)
        if name in ("figure1", "figure4"):  # they read sets for their pages alone
            experiment.page(lab)
        used = {opened.partition("/")[0] for opened in lab.data._opened}
        assert used <= set(experiment.sets) <= {*NAMES, FURTHER}, name
        assert used or not experiment.sets or name in ("figure2", "figure3")


def test_a_set_that_cannot_be_opened_holds_up_those_who_use_it_alone(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    synthesize_job(Wanted("prid2011", 4, seed=1, frames=(28, 30)), data / "prid2011")
    (data / "mars").mkdir()
    reason = r"mars: the folders bbox_train and bbox_test and info are not here"

    lab = open_lab(out, data=[str(data)], quick=True, changes=TINY)
    lab.settings = lab.settings.model_copy(update={"tuned": None})
    lines = check(lab, ["table1", "table2"])
    assert lines[0].startswith("prid: PRID-2011: 2 people train")
    assert re.match(rf"mars: cannot be used \(.*{reason}\)", lines[3])
    assert "table1: 7 cells, 0 done, 7 to do" in lines
    assert any(re.match(rf"table2: cannot be done \(mars cannot be used \(.*{reason}", line) for line in lines)
    for names in (["table2"], ["table1", "table2"], ["all"]):
        for do in (reproduce, draw_all):
            with pytest.raises(DataError, match=rf"^mars cannot be used \(.*{reason}\); what does not need it can"):
                do(lab, names, out)
    assert not out.exists()
    (page,) = reproduce(lab, ["table1"], out)
    assert page.is_file() and "sets: PRID-2011\n" in (out / "table1" / "page.md").read_text()
    assert "ilids and aerial and mars are not among the sets here" in (out / "claims.md").read_text()


def test_a_set_that_cannot_be_split_is_not_left_out_unsaid(tmp_path: Path) -> None:
    synthesize_job(Wanted("prid2011", 4, seed=1, frames=(8, 9)), tmp_path / "prid2011")  # 27 frames are needed
    lab = open_lab(tmp_path / "out", data=[str(tmp_path)])
    lines = check(lab, ["table1"])
    assert re.match(r"prid: cannot be used \(.*nobody has 27 frames or more", lines[0])
    assert any(line.startswith("table1: cannot be done (prid cannot be used") for line in lines)
    with pytest.raises(DataError, match="prid cannot be used"):
        reproduce(lab, ["table1"], tmp_path / "out")
    wrong = open_lab(tmp_path / "out", data=[str(tmp_path)], options={"prid.variant": "none"})
    with pytest.raises(RecipeError, match="no variant 'none'"):
        check(wrong, ["table1"])


def test_folders_without_sets_are_told_from_those_that_are_not_there(tmp_path: Path) -> None:
    lines = check(open_lab(tmp_path, data=[str(tmp_path)], aerial="p-destre"), [])
    below = f"below {tmp_path})"
    assert lines[:4] == [
        f"prid: missing (no prid2011 or prid {below}",
        f"ilids: missing (no ilids-vid or ilids {below}",
        f"aerial: missing (no p-destre or aerial {below}",
        f"mars: missing (no mars {below}",
    ]
    named = open_lab(tmp_path, data=[f"mars={tmp_path}"])
    assert check(named, [])[0] == "prid: missing (not given by --data)"
    for text in (str(tmp_path / "nowhere"), f"prid={tmp_path / 'nowhere'}"):
        with pytest.raises(DataError, match=f"^--data {text}: there is no such folder"):
            open_lab(tmp_path, data=[text])


def test_what_is_only_drawn_is_looked_at_before_anything_is_measured(tmp_path: Path) -> None:
    def refused(words: str, error: type[ResightError] = DataError, **options: object) -> None:
        with pytest.raises(error, match=words):
            open_lab(tmp_path, synthetic=True, **options)  # type: ignore[arg-type]

    refused(r"none/claims\.json: no weighed claims", beside=[tmp_path / "none"])
    (tmp_path / "claims.json").write_text('{"where": "here", "sizes": "few", "claims": []}')
    refused(r"claims\.json: no weighed claims", beside=[tmp_path])
    refused("takes both --clip VIDEO and --boxes TRACKS", RecipeError, clip=tmp_path / "walk.mp4")
    refused("takes both --clip VIDEO and --boxes TRACKS", RecipeError, boxes=tmp_path / "walk.txt")
    refused(r"walk\.mp4: no such file", clip=tmp_path / "walk.mp4", boxes=tmp_path / "walk.txt")
    (tmp_path / "walk.mp4").write_text("no video")
    refused(r"walk\.mp4", clip=tmp_path / "walk.mp4", boxes=tmp_path / "walk.txt")


def test_a_clip_and_its_tracks_are_held_together(tmp_path: Path) -> None:
    pytest.importorskip("av", reason='reading video needs PyAV: pip install "resight[footage]"')
    import av
    import numpy as np

    video, boxes = tmp_path / "walk.mp4", tmp_path / "walk.txt"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for n in range(40):
            picture = np.full((64, 96, 3), 5 * n, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())

    def tracks(first: int, length: int) -> None:
        boxes.write_text("".join(f"{n},1,10,8,20,40,1,-1,-1,-1\n" for n in range(first, first + length)))

    tracks(1, 36)
    assert open_lab(tmp_path, synthetic=True, clip=video, boxes=boxes).clip == video
    tracks(1, 12)
    with pytest.raises(DataError, match=r"walk\.txt: no track has the 32 frames of two halves"):
        open_lab(tmp_path, synthetic=True, clip=video, boxes=boxes)
    tracks(30, 40)  # of a longer video
    with pytest.raises(DataError, match=r"walk\.mp4"):
        open_lab(tmp_path, synthetic=True, clip=video, boxes=boxes)
