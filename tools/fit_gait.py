"""Fits one walking and one running cycle to motion capture: Fourier series of segment angles over the phase.

Source: subject 02 of the CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu; NOTICE has the acknowledgement).
Run as `python tools/fit_gait.py FOLDER` with 02.asf, 02_01.amc, 02_02.amc and 02_03.amc; writes
`src/resight/synthetic/data/gait.npz`. The phase is 0 where the left foot is farthest ahead of the pelvis, and the right
side is the left one half a cycle later. Angles are absolute, in the frame of the walk (forward, left, up), in radians.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OUT = Path(__file__).parents[1] / "src" / "resight" / "synthetic" / "data" / "gait.npz"
HARMONICS = 6
CLIPS = {"walk": ("02_01", "02_02"), "run": ("02_03",)}
LIMB_CURVES = ("thigh", "knee", "foot", "leg_out", "shank_out", "arm", "elbow", "arm_out", "forearm_out")
BODY_CURVES = ("pelvis_yaw", "pelvis_list", "trunk_yaw", "trunk_side", "trunk_lean", "head_lean")
MIRRORED = ("pelvis_yaw", "pelvis_list", "trunk_yaw", "trunk_side")
"""Change their sign from one side to the other."""


def read_skeleton(path: Path) -> tuple[dict[str, dict[str, Floats]], dict[str, str]]:
    """Read directions (metres), axes (degrees) and free angles of an ASF skeleton, and who hangs on whom."""
    bones: dict[str, dict[str, Floats]] = {}
    parents: dict[str, str] = {}
    name, hierarchy = "", False
    for line in path.read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == ":hierarchy":
            hierarchy = True
        elif hierarchy and words[0] not in ("begin", "end"):
            parents |= dict.fromkeys(words[1:], words[0])
        elif words[0] == "name" and not hierarchy:
            name = words[1]
            bones[name] = {"dof": np.zeros(0)}
        elif words[0] in ("direction", "axis") and name:
            bones[name][words[0]] = np.array([float(word) for word in words[1:4]])
        elif words[0] == "length" and name:
            bones[name]["length"] = np.array(float(words[1]) * 0.0254 / 0.45)
        elif words[0] == "dof":
            bones[name]["dof"] = np.array([float("xyz".index(word[1])) for word in words[1:]])
    return bones, parents


def read_motion(path: Path) -> list[dict[str, Floats]]:
    """Read the frames of an AMC file."""
    frames: list[dict[str, Floats]] = []
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) == 1 and words[0].isdigit():
            frames.append({})
        elif frames:
            frames[-1][words[0]] = np.array([float(word) for word in words[1:]])
    return frames


def euler(degrees: Floats) -> Floats:
    """Return Rz Ry Rx."""
    (a, b, c), turn = np.radians(degrees), np.eye(3)
    for axis, angle in ((0, a), (1, b), (2, c)):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[i, i] = step[j, j] = np.cos(angle)
        step[j, i], step[i, j] = np.sin(angle), -np.sin(angle)
        turn = step @ turn
    return turn


def forward(
    bones: dict[str, dict[str, Floats]], parents: dict[str, str], frame: dict[str, Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return where each bone ends and how it is turned, in the laboratory's axes (y up), metres."""
    place = {"root": frame["root"][:3] * 0.0254 / 0.45}
    turn = {"root": euler(frame["root"][3:])}
    for name, parent in parents.items():
        bone = bones[name]
        angles = np.zeros(3)
        if name in frame:
            angles[bone["dof"].astype(int)] = frame[name]
        axis = euler(bone["axis"])
        turn[name] = turn[parent] @ axis @ euler(angles) @ axis.T
        place[name] = place[parent] + turn[name] @ bone["direction"] * bone["length"]
    return place, turn


def curves(folder: Path, clip: str) -> tuple[dict[str, Floats], Floats]:
    """Return the angle of every segment per frame (radians), and the phase: NaN outside the first and last step."""
    bones, parents = read_skeleton(folder / "02.asf")
    poses = [forward(bones, parents, frame) for frame in read_motion(folder / f"{clip}.amc")]
    points = {name: np.array([place[name] for place, _ in poses]) for name in ("root", *parents)}
    ahead = points["root"][-1] - points["root"][0]
    ahead[1] = 0
    ahead /= np.linalg.norm(ahead)
    frame = np.stack([ahead, np.cross([0.0, 1.0, 0.0], ahead), [0.0, 1.0, 0.0]])  # forward, left, up
    walk = {name: where @ frame.T for name, where in points.items()}
    series: dict[str, Floats] = {}
    for side, sign in (("l", 1.0), ("r", -1.0)):
        thigh = walk[f"{side}femur"] - walk[f"{side}hipjoint"]
        shank = walk[f"{side}tibia"] - walk[f"{side}femur"]
        foot = walk[f"{side}foot"] - walk[f"{side}tibia"]
        arm = walk[f"{side}humerus"] - walk[f"{side}clavicle"]
        fore = walk[f"{side}radius"] - walk[f"{side}humerus"]
        swing = {key: np.arctan2(part[:, 0], -part[:, 2]) for key, part in (("t", thigh), ("s", shank), ("a", arm))}
        bend = np.arctan2(fore[:, 0], -fore[:, 2])
        series[f"thigh.{side}"] = swing["t"]
        series[f"knee.{side}"] = swing["t"] - swing["s"]
        series[f"foot.{side}"] = np.arctan2(foot[:, 2], foot[:, 0])
        series[f"leg_out.{side}"] = np.arctan2(sign * thigh[:, 1], np.hypot(thigh[:, 0], thigh[:, 2]))
        series[f"shank_out.{side}"] = np.arctan2(sign * shank[:, 1], np.hypot(shank[:, 0], shank[:, 2]))
        series[f"arm.{side}"] = swing["a"]
        series[f"elbow.{side}"] = bend - swing["a"]
        series[f"arm_out.{side}"] = np.arctan2(sign * arm[:, 1], np.hypot(arm[:, 0], arm[:, 2]))
        series[f"forearm_out.{side}"] = np.arctan2(sign * fore[:, 1], np.hypot(fore[:, 0], fore[:, 2]))
    hips = walk["lhipjoint"] - walk["rhipjoint"]
    shoulders = walk["lclavicle"] - walk["rclavicle"]
    trunk = walk["thorax"] - walk["root"]
    head = walk["head"] - walk["upperneck"]
    series["pelvis_yaw"] = np.arctan2(-hips[:, 0], hips[:, 1])
    series["pelvis_list"] = np.arctan2(hips[:, 2], hips[:, 1])
    series["trunk_yaw"] = np.arctan2(-shoulders[:, 0], shoulders[:, 1])
    series["trunk_side"] = np.arctan2(trunk[:, 1], trunk[:, 2])
    series["trunk_lean"] = np.arctan2(trunk[:, 0], trunk[:, 2])
    series["head_lean"] = np.arctan2(head[:, 0], head[:, 2])
    return series, _phase(walk)


def _phase(walk: dict[str, Floats]) -> Floats:
    """Phase from the moments at which a foot is farthest ahead (Zeni 2008): left 0, right pi, straight in between."""
    events: list[tuple[int, int]] = []
    for side, half in (("l", 0), ("r", 1)):
        reach = walk[f"{side}tibia"][:, 0] - walk["root"][:, 0]
        for t in range(3, len(reach) - 3):
            if reach[t] == reach[max(0, t - 25) : t + 26].max() and reach[t] > 0.1:
                events.append((t, half))
    events.sort()
    times = [t for t, _ in events]
    steps = events[0][1] + np.arange(len(events))
    if any((step - half) % 2 for step, (_, half) in zip(steps, events, strict=True)):
        raise SystemExit(f"the steps do not alternate: {events}")
    frames = np.arange(len(walk["root"]))
    return np.interp(frames, times, np.pi * steps, left=np.nan, right=np.nan)


def basis(phase: Floats, harmonics: int = HARMONICS) -> Floats:
    """Return 1, cos, sin, cos 2, sin 2 … of the phase, ``(N, 2 harmonics + 1)``."""
    columns = [np.ones_like(phase)]
    for k in range(1, harmonics + 1):
        columns += [np.cos(k * phase), np.sin(k * phase)]
    return np.stack(columns, axis=-1)


def fit(folder: Path, clips: tuple[str, ...]) -> tuple[Floats, dict[str, float]]:
    """Return coefficients ``(curves, 2 HARMONICS + 1)`` and the rms that they leave, in degrees."""
    read = [curves(folder, clip) for clip in clips]
    rows, left = [], {}
    for name in LIMB_CURVES + BODY_CURVES:
        phases, values = [], []
        for series, phase in read:
            good = np.isfinite(phase)
            sides = ("l", "r") if name in LIMB_CURVES else ("", "")
            for half, side in enumerate(sides):
                sign = -1.0 if half and name in MIRRORED else 1.0
                phases.append(phase[good] + np.pi * half)
                values.append(sign * series[f"{name}.{side}" if side else name][good])
        matrix, target = basis(np.concatenate(phases)), np.concatenate(values)
        penalty = 1e-3 * len(target) * np.diag(np.repeat(np.arange(HARMONICS + 1) / HARMONICS, 2)[1:]) ** 2
        solution = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T @ target)
        rows.append(solution)
        left[name] = float(np.degrees(np.sqrt(np.mean((matrix @ solution - target) ** 2))))
    return np.array(rows), left


def main() -> None:
    """Fit, write, and tell what is left."""
    folder = Path(sys.argv[1])
    fitted = {gait: fit(folder, clips) for gait, clips in CLIPS.items()}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        OUT,
        curves=np.array(LIMB_CURVES + BODY_CURVES),
        **{gait: rows.astype(np.float32) for gait, (rows, _) in fitted.items()},
    )
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    for gait, (rows, left) in fitted.items():
        sys.stderr.write(f"{gait}: curve, rms left, lowest and highest (degrees)\n")
        for (name, rms), row in zip(left.items(), rows, strict=True):
            values = np.degrees(basis(turn) @ row)
            sys.stderr.write(f"  {name:12s} {rms:5.2f} {values.min():7.1f} {values.max():7.1f}\n")


if __name__ == "__main__":
    main()
