"""The public C3D weight files, by name. Resight knows no address of them and downloads none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from resight.errors import WeightsError

FACEBOOK = "CC BY-NC 3.0 (Facebook's C3D)"


@dataclass(frozen=True)
class KnownFile:
    """A file that its makers published.

    Attributes
    ----------
    name : str
        As published.
    project : str
        Whose it is.
    content : str
        What it holds.
    licence : str
        Of the weights, as far as their makers say.
    digest_prefix : str or None
        First hex digits of its SHA-256, where its makers print them (mmaction2 does, in the file's name).
    """

    name: str
    project: str
    content: str
    licence: str
    digest_prefix: str | None = None

    def __str__(self) -> str:
        digest = f"; sha256 begins {self.digest_prefix}" if self.digest_prefix else ""
        return f"{self.name}: {self.content}; {self.project}; {self.licence}{digest}"


KNOWN = (
    KnownFile(
        "conv3d_deepnetA_sport1m_iter_1900000",
        "facebook/C3D",
        "Caffe model (C3D-v1.0), Sports-1M, 487 classes",
        FACEBOOK,
    ),
    KnownFile("c3d.pickle", "DavideA/c3d-pytorch", "PyTorch, from Caffe, 487 classes", f"code MIT; weights {FACEBOOK}"),
    KnownFile(
        "ucf101-caffe.pth",
        "jfzhang95/pytorch-video-recognition",
        "PyTorch, numbered layers, from Caffe",
        f"no licence stated; derived weights {FACEBOOK}",
    ),
    KnownFile(
        "c3d-pretrained.pth",
        "jfzhang95/pytorch-video-recognition",
        "PyTorch, numbered layers, from Caffe",
        f"no licence stated; derived weights {FACEBOOK}",
    ),
    KnownFile(
        "c3d_sports1m_pretrain_20201016-dcc47ddc.pth",
        "open-mmlab/mmaction2",
        "PyTorch backbone, Sports-1M, no classifier",
        f"code Apache-2.0; derived weights {FACEBOOK}",
        "dcc47ddc",
    ),
    KnownFile(
        "c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb_20220811-31723200.pth",
        "open-mmlab/mmaction2",
        "PyTorch recogniser, fine-tuned on UCF-101, RGB, 101 classes",
        f"code Apache-2.0; derived weights {FACEBOOK}",
        "31723200",
    ),
    KnownFile(
        "sports1M_weights_tf.h5",
        "axon-research/c3d-keras",
        "Keras (TensorFlow), from Caffe, 487 classes",
        f"code BSD-2-Clause; weights {FACEBOOK}",
    ),
    KnownFile(
        "sports1M_weights_th.h5",
        "axon-research/c3d-keras",
        "Keras (Theano), from Caffe, 487 classes; fc6 in hwc order",
        f"code BSD-2-Clause; weights {FACEBOOK}",
    ),
    KnownFile("train01_16_128_171_mean.binaryproto", "facebook/C3D", "mean cube of Sports-1M, Caffe", FACEBOOK),
    KnownFile("sport1m_train16_128_mean.binaryproto", "facebook/C3D", "mean cube of Sports-1M, Caffe", FACEBOOK),
    KnownFile("train01_16_128_171_mean.npy", "axon-research/c3d-keras", "mean cube of Sports-1M, NumPy", FACEBOOK),
)
"""Names, makers and terms; converted weights stay under the terms of their source."""


def known_file(path: Path) -> KnownFile | None:
    """Find the published file of this name."""
    return next((known for known in KNOWN if known.name == path.name), None)


def verify(path: Path, digest: str, wanted: str | None) -> None:
    """Hold a file's SHA-256 against the one that the user gives, and against what its published name says.

    Raises
    ------
    WeightsError
        Where it is another file, or `wanted` is no SHA-256.
    """
    if wanted is not None:
        wanted = wanted.strip().lower().removeprefix("sha256:")
        if len(wanted) != 64 or set(wanted) - set("0123456789abcdef"):
            raise WeightsError(f"{wanted!r} is no SHA-256: 64 hexadecimal digits are")
        if digest != wanted:
            raise WeightsError(f"{path}: its sha256 is {digest}, not {wanted}")
    known = known_file(path)
    if known and known.digest_prefix and not digest.startswith(known.digest_prefix):
        raise WeightsError(
            f"{path}: its sha256 begins {digest[:8]}, that of the published file {known.digest_prefix}: it is damaged"
        )
