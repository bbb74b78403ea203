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


Change = Callable[[Matrix], Matrix]
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Axes:
    """How one system becomes ours. Each function takes rows x, y, z (and w) and returns rows, possibly its argument."""

    positions: Change
    directions: Change
    rotations: Change
    poses: Change
    """Rows of positions, then of rotations."""
    gazes: Change
    """Rows of directions, then of positions."""
    point: Callable[[float, float, float], Point]
    """One position of 32-bit numbers. Rounded to 32 bits, the result is that of `positions`: a product of two 24-bit
    fractions is exact in 64 bits."""


def _same(rows: Matrix) -> Matrix:
    return rows


def _same_point(x: float, y: float, z: float) -> Point:
    return x, y, z


_Pick = tuple[tuple[int, float], ...]
"""For each row of the result: which row, times what."""


def _picked(*picks: _Pick) -> Change:
    """One change of rows that lie one after another."""
    index: list[int] = []
    factors: list[float] = []
    for pick in picks:
        first = len(index)
        index += [first + row for row, _ in pick]
        factors += [factor for _, factor in pick]
    rows_of = np.array(index)
    factor_of = np.array(factors, np.float32)[:, None]

    def change(rows: Matrix) -> Matrix:
        changed: Matrix = rows.take(rows_of, 0)
        changed *= factor_of
        return changed

    return change


def _axes(position: _Pick, direction: _Pick, rotation: _Pick) -> Axes:
    (a, by_a), (b, by_b), (c, by_c) = ((row, float(np.float32(factor))) for row, factor in position)

    def point(x: float, y: float, z: float) -> Point:
        xyz = (x, y, z)
        return xyz[a] * by_a, xyz[b] * by_b, xyz[c] * by_c

    return Axes(
        _picked(position), _picked(direction), _picked(rotation), _picked(position, rotation),
        _picked(direction, position), point,
    )  # fmt: skip


AXES: dict[System, Axes] = {
    System.OPENXR: Axes(_same, _same, _same, _same, _same, _same_point),
    System.UNREAL: _axes(
        position=((1, 0.01), (2, 0.01), (0, -0.01)),
        direction=((1, 1), (2, 1), (0, -1)),
        rotation=((1, -1), (2, -1), (0, 1), (3, 1)),
    ),
    System.UNITY: _axes(
        position=((0, 1), (1, 1), (2, -1)),
        direction=((0, 1), (1, 1), (2, -1)),
        rotation=((0, -1), (1, -1), (2, 1), (3, 1)),
    ),
}


def rotate(rotations: Matrix, vector: tuple[float, float, float]) -> Matrix:
    """Turn one vector by many unit quaternions (rows x, y, z, w); returns rows x, y, z."""
    x, y, z, w = rotations
    vx, vy, vz = vector
    # t = 2 q x v;  v' = v + w t + q x t
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return np.stack((vx + w * tx + y * tz - z * ty, vy + w * ty + z * tx - x * tz, vz + w * tz + x * ty - y * tx))
