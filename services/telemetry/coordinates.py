"""From the axes of an engine to the one form that Doorstep stores: metres, right-handed, Y up, -Z forward (OpenXR).

A change of axes is a matrix M. Unreal and Unity are left-handed, so their M mirrors (determinant -1): vectors become
M v, but the axis of a rotation is a pseudovector and becomes -M a, while the angle stays.

    Unreal (cm, X forward, Y right, Z up):  (x, y, z) -> ( y,  z, -x) / 100,  quaternion (x, y, z, w) -> (-y, -z,  x, w)
    Unity  (m, X right, Y up, Z forward):   (x, y, z) -> ( x,  y, -z),        quaternion (x, y, z, w) -> (-x, -y,  z, w)
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]


class System(IntEnum):
    """The numbers of doorstep.vr.v1.CoordinateSystem."""

    UNREAL = 1
    OPENXR = 2
    UNITY = 3


@dataclass(frozen=True, slots=True)
class Axes:
    """How one system becomes ours. Each function takes rows x, y, z (and w) and returns rows, possibly its argument."""

    positions: Callable[[Matrix], Matrix]
    directions: Callable[[Matrix], Matrix]
    rotations: Callable[[Matrix], Matrix]


def _same(rows: Matrix) -> Matrix:
    return rows


def _pick(order: tuple[int, ...], signs: tuple[float, ...]) -> Callable[[Matrix], Matrix]:
    index = np.array(order)
    factors = np.array(signs, np.float32)[:, None]

    def pick(rows: Matrix) -> Matrix:
        picked: Matrix = rows[index] * factors
        return picked

    return pick


AXES: dict[System, Axes] = {
    System.OPENXR: Axes(_same, _same, _same),
    System.UNREAL: Axes(
        positions=_pick((1, 2, 0), (0.01, 0.01, -0.01)),
        directions=_pick((1, 2, 0), (1, 1, -1)),
        rotations=_pick((1, 2, 0, 3), (-1, -1, 1, 1)),
    ),
    System.UNITY: Axes(
        positions=_pick((0, 1, 2), (1, 1, -1)),
        directions=_pick((0, 1, 2), (1, 1, -1)),
        rotations=_pick((0, 1, 2, 3), (-1, -1, 1, 1)),
    ),
}


def rotate(rotations: Matrix, vector: tuple[float, float, float]) -> Matrix:
    """Turn one vector by many unit quaternions (rows x, y, z, w); returns rows x, y, z."""
    x, y, z, w = rotations
    vx, vy, vz = vector
    # t = 2 q x v;  v' = v + w t + q x t
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return np.stack((vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx))
