from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from resight.clips import Preprocessing, Sampling
from resight.errors import ResightError, WeightsError
from resight.models import C3D, files, load_model, save_model, shipped_models
from resight.models.files import card

PREPROCESSING = Preprocessing(size=(64, 32), resize=(72, 40), channels="rgb", mean=(1, 2, 3), std=(4, 5, 6))
SAMPLING = Sampling(length=8, stride=4)


@pytest.fixture
def network() -> C3D:
    torch.manual_seed(0)
    network = C3D(5, 0.02, (8, 64, 32), norm="batch", dropout=0.3)
    network(torch.randn(4, 3, 8, 64, 32))  # moves the running means
    return network.eval()


@pytest.fixture
def path(network: C3D, tmp_path: Path) -> Path:
    save_model(network, tmp_path / "runs" / "c3d.safetensors", PREPROCESSING, SAMPLING, {"people": {"a": [1, 2]}})
    return tmp_path / "runs" / "c3d.safetensors"


def rewrite(path: Path, **header: str) -> None:
    """Change a file's header and keep its tensors."""
    with safe_open(path, "pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        old = opened.metadata()
    save_file(tensors, path, {**old, **header})


def test_a_network_comes_back_as_it_was_saved(network: C3D, path: Path) -> None:
    model = load_model(path)
    clips = torch.randn(2, 3, 8, 64, 32)
    assert torch.equal(model.network(clips), network(clips))
    assert model.network.config == network.config and not model.network.training
    assert (model.preprocessing, model.sampling, model.info) == (PREPROCESSING, SAMPLING, {"people": {"a": [1, 2]}})
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_damage_is_one_sentence(path: Path) -> None:
    whole = path.read_bytes()
    for content in (whole[:-10], whole[:100], b"", b"{}"):
        path.write_bytes(content)
        with pytest.raises(WeightsError, match=r"c3d\.safetensors: not a whole safetensors file"):
            load_model(path)


@pytest.mark.parametrize(
    "header",
    [
        {"config": "{}"},
        {"config": json.dumps({"input_size": [8, 64, 32], "depth": 3})},
        {"config": "half"},
        {"preprocessing": json.dumps({"size": [8, 8], "resize": [4, 4]})},
        {"sampling": json.dumps({"length": 0})},
        {"config": json.dumps({"input_size": [1, 1, 1]})},
    ],
)
def test_a_header_that_describes_no_network_is_refused(header: dict[str, str], path: Path) -> None:
    rewrite(path, **header)
    with pytest.raises(WeightsError, match="its header does not describe a network"):
        load_model(path)


def test_tensors_that_do_not_fit_their_header_are_named(network: C3D, path: Path) -> None:
    rewrite(path, config=json.dumps(network.config | {"num_classes": 6}))
    with pytest.raises(WeightsError, match=r"fc8\.weight has shape \(5, 80\), the network needs \(6, 80\)"):
        load_model(path)
    rewrite(path, config=json.dumps(network.config | {"norm": None}))
    with pytest.raises(WeightsError, match=r"norm_conv1a\.bias fits no layer"):
        load_model(path)


def test_foreign_and_unknown_files_are_refused(path: Path, tmp_path: Path) -> None:
    rewrite(path, format="else")
    with pytest.raises(WeightsError, match="resight weights convert"):
        load_model(path)
    with pytest.raises(WeightsError, match="no such weight file"):
        load_model(tmp_path / "nowhere.safetensors")
    with pytest.raises(WeightsError, match="no model named 'resnet'"):
        load_model("resnet")


def test_shipped_networks_load_by_name_and_have_cards() -> None:
    sizes = 0
    for name in shipped_models():
        assert load_model(name).network.feature_dim > 0
        words = card(name)
        assert words.startswith(f"# {name}\n\n")
        assert all(f"## {part}" in words for part in ("Data", "Recipe", "Figures", "Limits"))
        sizes += (Path(files.__file__).parent / "shipped" / f"{name}.safetensors").stat().st_size
    assert sizes < 12e6
    with pytest.raises(WeightsError, match="no model named 'nope' is shipped"):
        card("nope")


def test_a_full_disk_leaves_the_old_file(network: C3D, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "save_file", full)
    with pytest.raises(ResightError, match="No space left"):
        save_model(network, path, PREPROCESSING, SAMPLING)
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 1


LIMITED = """
import resource, sys
from pathlib import Path
from resight.clips import Preprocessing, Sampling
from resight.errors import ResightError
from resight.models import C3D, save_model
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_model(C3D(5, 0.02, (8, 32, 32)), sys.argv[1], Preprocessing(size=(32, 32)), Sampling())
except ResightError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files by setrlimit")
def test_a_write_that_the_system_stops_is_one_sentence(tmp_path: Path) -> None:
    """The safetensors library reports a disk's errors by an exception of its own."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "c3d.safetensors")]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "cannot be written" in run.stdout and not list(tmp_path.iterdir())
