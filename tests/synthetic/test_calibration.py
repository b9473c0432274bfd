from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from resight.cli import main
from resight.cli_synthesize import synthesize as synthesize_command
from resight.clips import Preprocessing, Sampling
from resight.errors import DataError, RecipeError
from resight.frames import ArrayFrames
from resight.methods.opening import open_model
from resight.models import C3D
from resight.models.files import save_model
from resight.synthetic import load_domain, synthesize
from resight.synthetic.cache import DRAWN
from resight.synthetic.calibration.cells import Cell, Task, cells_of, work
from resight.synthetic.calibration.command import calibrate, calibrate_job
from resight.synthetic.calibration.descriptors import GaitEnergy, Oracle, gait_energy
from resight.synthetic.calibration.measures import chance, measure
from resight.synthetic.calibration.page import page
from resight.synthetic.calibration.settings import Settings
from resight.synthetic.calibration.situations import KNOBS, Filmed, Situation, situations
from resight.synthetic.calibration.tables import Column
from resight.synthetic.film import film
from resight.tracklets import Tracklet, TrackletSet

TINY = Settings(people={"plaza": 3}, camera_seeds=(0,), longest=3, draws=3)


def body(top: int, left: int, scale: int = 1) -> np.ndarray:
    frame = np.zeros((64, 64, 3), np.uint8)
    shape = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0], [1, 0, 1]], np.uint8).repeat(4 * scale, 0).repeat(4 * scale, 1)
    frame[top : top + shape.shape[0], left : left + shape.shape[1]] = 255 * shape[..., None]
    return frame


def test_gait_energy_does_not_ask_where_or_how_large():
    here, there = gait_energy(body(3, 5)[None]), gait_energy(np.stack([body(30, 40), body(8, 20)]))
    np.testing.assert_allclose(here, there, atol=1e-6)
    assert here @ gait_energy(body(10, 10, scale=2)[None]) > 0.98
    assert here.shape == (64 * 44,) and np.isclose(np.linalg.norm(here), 1)
    assert here @ gait_energy(body(3, 5)[None, ::-1]) < 0.9, "another shape"
    picture = here.reshape(64, 44)
    np.testing.assert_allclose(picture, picture[:, ::-1], atol=1e-6)
    assert not gait_energy(np.zeros((2, 8, 4, 3), np.uint8)).any()


def test_gait_energy_is_taken_of_silhouettes():
    found = GaitEnergy().extract(synthesize("prid", [4], frames=(3, 3)))
    assert found.shape == (2, 64 * 44) and (found >= 0).all() and np.allclose(np.linalg.norm(found, axis=1), 1)


def test_the_oracle_knows_the_gait_and_nothing_else():
    plain = synthesize("prid", [3, 4], frames=(2, 2))
    twins = synthesize("prid", [3, 4], frames=(2, 2), twins=True, camera_seed=7)
    exact = Oracle(0).extract(plain)
    np.testing.assert_array_equal(exact, Oracle(0).extract(twins))
    np.testing.assert_array_equal(exact[0], exact[1])
    assert np.abs(exact[0] - exact[2]).max() > 0.5
    null = Oracle(0).extract(synthesize("prid", [3, 4], frames=(2, 2), null_twins=True))
    assert (null == null[0]).all()
    with pytest.raises(RecipeError):
        Oracle(1).extract(TrackletSet([Tracklet(1, 1, "d", "k", ArrayFrames(np.zeros((1, 4, 2, 3), np.uint8)))]))


def test_the_oracles_noise_has_its_size_and_each_tracklet_its_own():
    people = synthesize("prid", 40, frames=(2, 2))
    exact, noisy = Oracle(0).extract(people), Oracle(0.5).extract(people)
    assert abs((noisy - exact).std() - 0.5) < 0.02
    errors = (noisy - exact).reshape(40, 2, -1)
    assert abs(np.corrcoef(errors[:, 0].ravel(), errors[:, 1].ravel())[0, 1]) < 0.1
    np.testing.assert_array_equal(Oracle(0.5).extract(people[5:6]), noisy[5:6])
    assert (Oracle(0.5, draw=1).extract(people[:1]) != noisy[:1]).all()


def test_chance_is_what_counting_gives():
    people = synthesize("prid", 10, frames=(2, 2))
    filmed = Filmed(people, people.filter(lambda t: t.camera == 1), people.filter(lambda t: t.camera == 2))
    found = chance(filmed, Settings(draws=30))
    assert abs(found["rank1"] - 0.1) < 0.02 and abs(found["rank5"] - 0.5) < 0.03
    assert abs(found["map"] - np.mean(1 / np.arange(1, 11))) < 0.02


def test_training_people_are_others_filmed_alike():
    who = Situation("twins", "null twins", load_domain("prid"), 3, 5, null_twins=True)
    filmed = who.film(TINY)
    tested = {t.person for t in filmed.query + filmed.gallery}
    assert tested == {1, 2, 3} and {t.person for t in filmed.train} == {4, 5, 6}
    sources = [t.frames for t in filmed.train + filmed.query]
    assert all(s.gait_of == 1 and s.camera_seed == 5 and s.length <= 3 for s in sources)


def test_every_domain_kind_of_twins_and_knob_is_asked_for():
    found = situations(Settings(camera_seeds=(0, 1)))
    assert {s.domain.name for s in found if s.group == "domains"} == {"prid", "ilids", "mars", "aerial", "plaza"}
    assert {s.name for s in found if s.group == "twins"} == {"gait ×1", "gait ×1.8", "null twins"}
    assert {s.name for s in found if s.group == "knobs"} == set(KNOBS)
    assert {s.domain.name for s in found if s.group == "nulls"} == {"ilids", "mars", "aerial", "plaza"}
    assert all(s.null_twins and s.camera_seed == 0 for s in found if s.group == "nulls")
    assert len(found) == 2 * (5 + 3 + len(KNOBS)) + 4
    assert all(s.group in ("domains", "nulls") and s.domain.name == "aerial" for s in situations(Settings(), "aerial"))


def test_what_was_measured_is_not_measured_again(tmp_path):
    first = calibrate(tmp_path, TINY, only="plaza").read_text()
    files = sorted(tmp_path.glob("cells/*/*.json"))
    assert len(files) == 4 + 3 and "## Null twins of the other domains" in first
    assert "silhouettes + XQDA" in first and "no network was given" in first and "C3D + XQDA" not in first
    content = json.loads(files[0].read_text())
    assert content["record"]["world"] == "world-1" and content["queries"] == 9
    stamps = [f.stat().st_mtime_ns for f in files]
    files[1].unlink()
    assert calibrate(tmp_path, TINY, only="plaza").read_text() == first
    again = sorted(tmp_path.glob("cells/*/*.json"))
    changed = [f.name for f, s in zip(again, stamps, strict=True) if f.stat().st_mtime_ns != s]
    assert changed == [files[1].name]
    files[0].write_text("{}")
    with pytest.raises(DataError, match="not a finished cell"):
        calibrate(tmp_path, TINY, only="plaza")
    with pytest.raises(RecipeError, match="no domain"):
        calibrate(tmp_path, TINY, only="prid")
    with pytest.raises(RecipeError, match="share"):
        calibrate_job(tmp_path, 0, 0.0, False, None, None, 1, None)


def test_a_cell_is_named_by_all_that_it_depends_on(tmp_path):
    domain = load_domain("prid")
    base = Situation("domains", "", domain, 3, 0)
    knob = Situation("domains", "", domain.variant(light__drift=0.0), 3, 0)
    shorter = TINY.model_copy(update={"longest": 2})
    cells = [Cell(base, "colour", TINY), Cell(knob, "colour", TINY), Cell(base, "colour", shorter)]
    cells += [Cell(base, "chance", TINY), Cell(Situation("domains", "", domain, 3, 1), "colour", TINY)]
    assert len({cell.path(tmp_path) for cell in cells}) == 5
    more = TINY.model_copy(update={"draws": 9})
    assert Cell(base, "colour", more).path(tmp_path) == cells[0].path(tmp_path), "colour draws nothing"


def test_a_network_is_measured_in_order_shuffled_and_still(tmp_path):
    torch.manual_seed(0)
    network = C3D(0, width=0.125, input_size=(8, 32, 16), norm="batch")
    small = Preprocessing(size=(32, 16), resize=None)
    info = {"recipe": "r", "people": {"plaza": [2, 3, 900]}}
    save_model(network, tmp_path / "n.safetensors", small, Sampling(length=8), info)
    still = synthesize("plaza", [1, 2, 3], frames=(9, 9))
    query, gallery = still.filter(lambda t: t.camera == 1), still.filter(lambda t: t.camera == 2)
    filmed = Filmed(synthesize("plaza", [4, 5, 6], frames=(9, 9)), query, gallery)
    for name in ("c3d", "c3d shuffled", "c3d one frame"):
        rows = measure(name, filmed, TINY, tmp_path / "n.safetensors")
        assert set(rows) == {f"{name} + euclidean", f"{name} + xqda"}
    names = [c.measure for c in cells_of(Situation("domains", "", load_domain("plaza"), 3, 0), TINY, tmp_path)]
    assert names[-3:] == ["c3d", "c3d shuffled", "c3d one frame"]


def test_the_command_measures_a_shipped_network_where_none_is_given():
    default = inspect.signature(synthesize_command).parameters["model"].default
    cell = Cell(Situation("domains", "", load_domain("prid"), 3, 0), "c3d", TINY, Path(default))
    assert cell.record()["network"] == open_model("c3d-small-synthetic").key()


def test_the_cells_of_a_situation_draw_it_once(tmp_path, monkeypatch):
    shots = []

    def drawn(domain, shot):
        shots.append(shot)
        return film(domain, shot)

    monkeypatch.setattr("resight.synthetic.film.film", drawn)
    monkeypatch.setattr(DRAWN, "limit", 1)
    DRAWN.clear()
    situation = Situation("domains", "", load_domain("plaza"), 3, 0)
    again = TINY.model_copy(update={"longest": 2})
    cells = (Cell(situation, "colour", TINY), Cell(situation, "colour", again), Cell(situation, "colour", TINY))
    work(Task(cells, tmp_path), lambda more: None)
    assert len(shots) == 2 * 18 and DRAWN.limit == 1, "two lengths of six people at three cameras"


def column(group: str, domain: str, name: str, queries: int, **rows: list[float]) -> Column:
    found = Column(group, domain, name, queries, queries)
    for row, values in rows.items():
        figures = [(s, {"rank1": v, "rank5": v, "map": v}) for s, v in enumerate(values)]
        found.rows[row.replace("_", " + ")] = figures
    return found


def test_the_page_holds_the_figures_against_the_aims():
    found = [
        column("domains", "prid", "", 89, chance=[0.01, 0.01], colour_xqda=[0.3, 0.5]),
        column("domains", "ilids", "", 20, chance=[0.01, 0.01], colour_xqda=[0.6, 0.7]),
        column(
            "twins",
            "prid",
            "null twins",
            100,
            chance=[0.01, 0.01],
            colour_xqda=[0.02, 0.01],
            silhouettes_xqda=[0.5, 0.4],
        ),
        column("knobs", "prid", "light.drift 0", 89, colour_xqda=[0.6]),
    ]
    text = page(found, Settings(camera_seeds=(0, 1)), None, [])
    assert "| colour + XQDA | 40.0 (30.0–50.0) / 40.0 | 65.0 (60.0–70.0) / 65.0 |" in text
    assert "prid: 40.0 %, within the wanted" in text and "ilids: 65.0 %, outside the wanted" in text
    assert "(with 20 people; it is meant for 150)" in text
    assert "hardest: ilids, prid (wanted prid, ilids)" in text
    assert "On null twins silhouettes + XQDA (45.0 %) is three standard errors" in text
    assert "| light.drift 0 | – | 60.0 / 60.0 | – | +30.0 |" in text, "against the same camera seed"


def test_the_command_needs_a_layout_or_calibrate(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["resight", "synthesize", str(tmp_path / "o")])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and "--calibrate" in capsys.readouterr().err and not (tmp_path / "o").exists()
