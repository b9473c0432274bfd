"""Whatever is wrong with a file ends in one sentence that names it."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resight.errors import WeightsError
from resight.models import C3D
from resight.models.weights import KNOWN, convert, inspect, load
from resight.models.weights.known import verify
from tests.models.weights import writers
from tests.models.weights.conftest import random_network
from tests.models.weights.writers import FORMATS

HEADS = [b"", b"\x80\x02", b"PK\x03\x04", b"\x0a\x03net\x12", b"\x89HDF\r\n\x1a\n"]
"""What files of each format begin with."""


@pytest.fixture(scope="module")
def tiny() -> C3D:
    return random_network(num_classes=3, width=0.02)


def refused(path: Path, **options: str) -> str:
    with pytest.raises(WeightsError) as caught:
        load(path, **options)
    sentence = str(caught.value)
    assert path.name in sentence and "\n" not in sentence and len(sentence) < 400
    return sentence


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_refused(name: str, share: float, tiny: C3D, tmp_path: Path) -> None:
    path = tmp_path / "weights"
    FORMATS[name](tiny, path)
    os.truncate(path, int(path.stat().st_size * share))
    refused(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n<!DOCTYPE html><html>Sign in</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
        (b'name: "C3D"\nlayer { name: "conv1a" }', "neither a whole"),
        (b"\x00" * 4096, "neither a whole"),
    ],
)
def test_what_is_no_weight_file_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "c3d.caffemodel"
    path.write_bytes(content)
    assert words in refused(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=300),
    head=st.sampled_from(HEADS),
)
def test_no_bytes_end_in_a_traceback(content: bytes, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "anything"
    path.write_bytes(head + content)
    refused(path)


def test_a_zip_of_something_else_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "weights.zip", "w") as archive:
        archive.writestr("c3d.pickle", b"")
    assert "unpack it" in refused(tmp_path / "weights.zip")


class Attack:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_code_in_a_pickle_is_not_run(tmp_path: Path) -> None:
    torch.save({"conv1.weight": Attack(tmp_path / "hacked")}, tmp_path / "new.pth")
    (tmp_path / "old.pickle").write_bytes(pickle.dumps(Attack(tmp_path / "hacked")))
    assert "could run code" in refused(tmp_path / "new.pth")
    refused(tmp_path / "old.pickle")
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {"state_dict": {}}, torch.zeros(3)])
def test_what_is_no_state_dict_is_named(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "c3d.pth")
    assert "state dict" in refused(tmp_path / "c3d.pth")


def changed(tiny: C3D, path: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> Path:
    state = dict(tiny.state_dict())
    change(state)
    torch.save(state, path)
    return path


def test_a_tensor_that_does_not_fit_is_named_with_both_shapes(tiny: C3D, tmp_path: Path) -> None:
    path = tmp_path / "c3d.pth"
    sentence = refused(changed(tiny, path, lambda s: s.update({"conv3b.weight": torch.zeros(8, 8, 3, 3, 2)})))
    assert "conv3b.weight has shape (8, 8, 3, 3, 2), the network needs (8, 8, 3, 3, 3)" in sentence
    sentence = refused(changed(tiny, path, lambda s: s.update({"fc6.weight": s["fc6.weight"][:, :-1]})))
    assert "fc6.weight has shape" in sentence
    sentence = refused(changed(tiny, path, lambda s: s.update({"conv4a.bias": s["conv4a.bias"][None]})))
    assert "conv4a.bias has shape (1, 8), the network needs (8,)" in sentence


def test_missing_left_over_and_infinite_tensors_are_named(tiny: C3D, tmp_path: Path) -> None:
    path = tmp_path / "c3d.pth"
    assert "fc7.bias is missing" in refused(changed(tiny, path, lambda s: s.pop("fc7.bias")))
    extra = refused(changed(tiny, path, lambda s: s.update({"bn1.running_mean": torch.zeros(8)})))
    assert "bn1.running_mean fits no layer" in extra
    nan = refused(changed(tiny, path, lambda s: s.update({"fc8.bias": torch.full((3,), torch.nan)})))
    assert "fc8.bias holds numbers that are not finite" in nan


def test_inspect_describes_what_does_not_fit(tiny: C3D, tmp_path: Path) -> None:
    info = inspect(changed(tiny, tmp_path / "c3d.pth", lambda s: s.pop("fc7.bias")))
    assert not info.fits and "fc7.bias is missing" in str(info) and "fc7.weight" in info.tensors


def test_a_blob_with_too_few_numbers_is_named(tmp_path: Path) -> None:
    blob = b"".join(writers.number(i, 3) for i in range(1, 6)) + writers.chunk(6, bytes(400))
    path = tmp_path / "c3d.caffemodel"
    path.write_bytes(writers.chunk(2, writers.chunk(4, b"conv1a") + writers.chunk(6, blob)))
    assert "blob 0 of 'conv1a' holds 100 numbers" in refused(path)


def test_the_digest_is_held_against_the_file(tiny: C3D, tmp_path: Path) -> None:
    path = tmp_path / "c3d.pickle"
    writers.davide(tiny, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert load(path, sha256=digest.upper()).info["weights"]["sha256"] == digest
    assert digest in refused(path, sha256="0" * 64)
    with pytest.raises(WeightsError, match="64 hexadecimal digits"):
        load(path, sha256="dcc47ddc")


def test_a_published_name_promises_its_digest(tiny: C3D, tmp_path: Path) -> None:
    path = tmp_path / "c3d_sports1m_pretrain_20201016-dcc47ddc.pth"
    writers.mmaction_backbone(tiny, path)
    assert "dcc47ddc" in refused(path)
    assert "dcc47ddc" in str(inspect(path).misfit)
    verify(path, "dcc47ddc" + "0" * 56, None)


def test_a_refused_file_leaves_nothing_behind(tiny: C3D, tmp_path: Path) -> None:
    writers.davide(tiny, tmp_path / "c3d.pickle")
    target = tmp_path / "out" / "c3d.safetensors"
    with pytest.raises(WeightsError):
        convert(tmp_path / "c3d.pickle", target, sha256="0" * 64)
    assert not target.parent.exists()


def test_known_files_are_listed_without_invented_digests() -> None:
    assert {known.digest_prefix for known in KNOWN} == {None, "dcc47ddc", "31723200"}
    assert all(known.digest_prefix is None or known.digest_prefix in known.name for known in KNOWN)
    assert all(known.licence and known.name in str(known) for known in KNOWN)
    assert not any("http" in str(known) for known in KNOWN)
