"""Poses: angles of the segments in, vertices and normals of a whole tracklet out.

A pose is a row of angles in radians (`ANGLES`). Those of the limbs are absolute, in the frame of the walk: a thigh's
angle is forward of the vertical, `knee` and `elbow` bend the next segment, `foot` lifts the toes, `…_out` leads away
from the middle. They do not depend on how the body stood at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from resight.synthetic.body import Body, template

Floats = NDArray[np.float64]

LIMB_ANGLES = (
    "thigh",
    "knee",
    "foot",
    "leg_out",
    "shank_out",
    "toe_out",
    "arm",
    "elbow",
    "arm_out",
    "forearm_out",
    "shoulder",
)
BODY_ANGLES = (
    "pelvis_yaw",
    "pelvis_list",
    "pelvis_tilt",
    "trunk_yaw",
    "trunk_side",
    "trunk_lean",
    "head_yaw",
    "head_side",
    "head_lean",
)
ANGLES = (*(f"{name}.{side}" for name in LIMB_ANGLES for side in ("L", "R")), *BODY_ANGLES)
COLUMN = {name: column for column, name in enumerate(ANGLES)}
FREE = ("free.L", "free.R")
"""Bones beyond the body's own: at the knuckles, and never turned. What hangs from a hand hangs from them."""
TOE_BEND = 0.7
"""Share of a lifted heel's angle that the toes bend back, so that they stay on the ground."""


def turn(axis: int, angle: Floats) -> Floats:
    """Return rotations about one axis, ``(…, 3, 3)``."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.zeros((*np.shape(angle), 3, 3))
    matrix[..., axis, axis] = 1
    matrix[..., i, i] = matrix[..., j, j] = np.cos(angle)
    matrix[..., j, i] = np.sin(angle)
    matrix[..., i, j] = -matrix[..., j, i]
    return matrix


def align(start: Floats, end: Floats) -> Floats:
    """Return the smallest rotations that take unit vectors to others, ``(…, 3, 3)``; opposite ones are no input."""
    cross = np.cross(start, end)
    skew = np.zeros((*cross.shape, 3))
    skew[..., 2, 1], skew[..., 0, 2], skew[..., 1, 0] = cross[..., 0], cross[..., 1], cross[..., 2]
    skew = skew - np.swapaxes(skew, -1, -2)
    factor = 1 / np.maximum(1 + (start * end).sum(axis=-1), 1e-3)
    return np.asarray(np.eye(3) + skew + skew @ skew * factor[..., None, None])


def direction(forward: Floats, out: Floats, side: int) -> Floats:
    """Return where a segment points that hangs from above, ``(T, 3)``: `side` is +1 left, -1 right."""
    return np.stack([side * np.sin(out), -np.cos(out) * np.sin(forward), -np.cos(out) * np.cos(forward)], axis=-1)


def _unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)


def _limbs(body: Body, angles: Floats, turns: Floats, side: str) -> None:
    """Set the global rotations of an arm and a leg."""
    bone = template().bone
    sign, number = (1, 0) if side == "L" else (-1, 1)
    value = {name: angles[:, COLUMN[f"{name}.{side}"]] for name in LIMB_ANGLES}
    joint = {name: body.joints[bone(f"{name}.{side}")] for name in _JOINTS}
    rest = {
        "upper_arm": _unit(joint["forearm"] - joint["upper_arm"]),
        "forearm": _unit(joint["hand"] - joint["forearm"]),
        "hand": _unit(body.knuckles[number] - joint["hand"]),
        "thigh": _unit(joint["shank"] - joint["thigh"]),
        "shank": _unit(joint["foot"] - joint["shank"]),
    }
    toes = joint["toe"] - joint["foot"]
    splay = np.arctan2(sign * toes[0], -toes[1])
    out = turn(2, sign * (value["toe_out"] - splay))

    def bend(parent: Floats, name: str, target: Floats) -> Floats:
        fixed = align(parent @ rest[name], target) @ parent
        turns[:, bone(f"{name}.{side}")] = fixed
        return fixed

    thigh = bend(out, "thigh", direction(value["thigh"], value["leg_out"], sign))
    bend(thigh, "shank", direction(value["thigh"] - value["knee"], value["shank_out"], sign))
    toes_back = TOE_BEND * np.maximum(0, -value["foot"] - 0.08)
    yaw = turn(2, sign * value["toe_out"])
    for name, pitch in (("foot", value["foot"]), ("toe", value["foot"] + toes_back)):
        turns[:, bone(f"{name}.{side}")] = yaw @ turn(0, -pitch) @ turn(2, np.array(-sign * splay))
    clavicle = turns[:, bone("chest")] @ turn(1, -sign * value["shoulder"])
    turns[:, bone(f"clavicle.{side}")] = clavicle
    upper = bend(clavicle, "upper_arm", direction(value["arm"], value["arm_out"], sign))
    fore = bend(upper, "forearm", direction(value["arm"] + value["elbow"], value["forearm_out"], sign))
    straight = align(rest["hand"], _unit(rest["hand"] + 1.5 * rest["forearm"]))
    turns[:, bone(f"hand.{side}")] = fore @ straight


_JOINTS = ("upper_arm", "forearm", "hand", "thigh", "shank", "foot", "toe")


def bones(body: Body, angles: Floats) -> tuple[Floats, Floats]:
    """Turn a body's bones, its pelvis kept where it is.

    Parameters
    ----------
    body : Body
        Of J bones.
    angles : float64 (T, len(ANGLES))
        Poses.

    Returns
    -------
    turns : float64 (T, J + 2, 3, 3)
        Rotation of every bone from the body at rest; the last two are `FREE`.
    places : float64 (T, J + 2, 3)
        Where its head is, with the pelvis at the origin.
    """
    shared = template()
    count = len(shared.bones)
    turns = np.broadcast_to(np.eye(3), (len(angles), count + 2, 3, 3)).copy()

    def of(name: str) -> Floats:
        return angles[:, COLUMN[name]]

    for name, way in (("pelvis", 0.0), ("spine_low", 0.35), ("spine_mid", 0.7), ("chest", 1.0)):
        yaw = (1 - way) * of("pelvis_yaw") + way * of("trunk_yaw")
        side = (way - 1) * of("pelvis_list") + way * of("trunk_side")
        lean = (1 - way) * of("pelvis_tilt") + way * of("trunk_lean")
        turns[:, shared.bone(name)] = turn(2, yaw) @ turn(1, side) @ turn(0, lean)
    for name, way in (("neck", 0.5), ("head", 1.0)):
        yaw = (1 - way) * of("trunk_yaw") + way * of("head_yaw")
        side = (1 - way) * of("trunk_side") + way * of("head_side")
        lean = (1 - way) * of("trunk_lean") + way * of("head_lean")
        turns[:, shared.bone(name)] = turn(2, yaw) @ turn(1, side) @ turn(0, lean)
    for letter in ("L", "R"):
        _limbs(body, angles, turns, letter)
    places = np.zeros((len(angles), count + 2, 3))
    for number, parent in enumerate(shared.parents):
        if parent >= 0:
            arm = body.joints[number] - body.joints[parent]
            places[:, number] = places[:, parent] + turns[:, parent] @ arm
    for number, letter in enumerate(("L", "R")):
        wrist = shared.bone(f"hand.{letter}")
        palm = turns[:, wrist] @ (body.knuckles[number] - body.joints[wrist])
        places[:, count + number] = places[:, wrist] + palm
    return turns, places


@dataclass(frozen=True)
class Skin:
    """A mesh at rest that bones carry: four bones and weights a vertex."""

    vertices: NDArray[np.float32]
    bone_of: NDArray[np.int32]
    weight: NDArray[np.float32]
    faces: NDArray[np.int32]
    twin: NDArray[np.int32]
    """Of each vertex, the first one at the same place: they share a normal though the texture parts them."""


def pose_skin(
    skin: Skin, heads: Floats, turns: Floats, places: Floats
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Move a mesh with its bones.

    Parameters
    ----------
    skin : Skin
        Of V vertices.
    heads : float64 (J, 3)
        Bone heads at rest, those of `FREE` included.
    turns, places : float64 (T, J, 3, 3) and (T, J, 3)
        From `bones`, taken to the world.

    Returns
    -------
    vertices, normals : float32 (T, V, 3)
        Normals point outwards, of length 1.
    """
    shift = places - np.einsum("tjab,jb->tja", turns, heads)
    matrices = np.concatenate([turns, shift[..., None]], axis=-1).astype(np.float32)
    vertices = np.empty((len(turns), *skin.vertices.shape), np.float32)
    normals = np.empty_like(vertices)
    _skin(skin.vertices, skin.bone_of, skin.weight, skin.faces, skin.twin, matrices, vertices, normals)
    return vertices, normals


@njit(cache=True, nogil=True)
def _skin(
    rest: NDArray[np.float32],
    bone_of: NDArray[np.int32],
    weight: NDArray[np.float32],
    faces: NDArray[np.int32],
    twin: NDArray[np.int32],
    matrices: NDArray[np.float32],
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
) -> None:
    for t in range(len(matrices)):
        place, normal = vertices[t], normals[t]
        place[:] = 0
        normal[:] = 0
        for v in range(len(rest)):
            x, y, z = rest[v, 0], rest[v, 1], rest[v, 2]
            for k in range(4):
                w = weight[v, k]
                if w > 0:
                    b = bone_of[v, k]
                    for a in range(3):
                        row = matrices[t, b, a, 0] * x + matrices[t, b, a, 1] * y + matrices[t, b, a, 2] * z
                        place[v, a] += w * (row + matrices[t, b, a, 3])
        for f in range(len(faces)):
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            ux, uy, uz = place[j, 0] - place[i, 0], place[j, 1] - place[i, 1], place[j, 2] - place[i, 2]
            wx, wy, wz = place[k, 0] - place[i, 0], place[k, 1] - place[i, 1], place[k, 2] - place[i, 2]
            nx, ny, nz = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
            for corner in (twin[i], twin[j], twin[k]):
                normal[corner, 0] += nx
                normal[corner, 1] += ny
                normal[corner, 2] += nz
        for v in range(len(rest)):
            if twin[v] == v:
                size = np.sqrt(normal[v, 0] ** 2 + normal[v, 1] ** 2 + normal[v, 2] ** 2)
                scale = np.float32(1) / max(size, np.float32(1e-12))
                for a in range(3):
                    normal[v, a] *= scale
        for v in range(len(rest)):
            for a in range(3):
                normal[v, a] = normal[twin[v], a]
