"""The axes, proven against a recording in which a person did known movements in a known order."""

import csv
import io
import lzma
import os
from pathlib import Path

import numpy as np
import pytest

from services.telemetry.coordinates import AXES, System, rotate

DATA = Path(os.environ.get("DOORSTEP_DATA_DIR", Path(__file__).parents[2].parent / "shared" / "data"))
FILE = DATA / "vr_axis_check" / "sample_movement_data.csv.xz"


def to_unreal(positions, rotations):
    """Inverse of the conversion, written out independently: by rotation matrices rather than by quaternion rules."""
    change = np.array([[0, 1, 0], [0, 0, 1], [-1, 0, 0]], float)  # Unreal to ours
    x, y, z, w = rotations.astype(float)
    ours = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    unreal = np.einsum("ij,jkn,kl->iln", change.T, ours, change)
    return change.T @ positions * 100, unreal


def matrix_of(q):
    x, y, z, w = q.astype(float)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@pytest.fixture(scope="module")
def recording():
    if not FILE.exists():
        pytest.skip("the recorded movements are not here; set DOORSTEP_DATA_DIR")
    rows = list(csv.DictReader(io.StringIO(lzma.decompress(FILE.read_bytes()).decode())))

    def rows_of(*names):
        return np.array([[float(r[n]) for r in rows] for n in names], np.float32)

    return (
        rows_of("HeadPosX", "HeadPosY", "HeadPosZ"),
        rows_of("HeadOrientationX", "HeadOrientationY", "HeadOrientationZ", "HeadOrientationW"),
    )


def test_the_recording_is_in_our_axes(recording):
    """Movements in order: back z+, forward z-, left x-, right x+, crouch y-, tiptoe y+; then pitch, yaw, roll."""
    positions, rotations = recording
    x, y, z = positions - np.median(positions, axis=1, keepdims=True)
    # Back comes before forward, left before right, crouch before tiptoe.
    assert z.argmax() < z.argmin()
    assert x.argmin() < x.argmax()
    assert y.argmin() < y.argmax()
    assert z.max() > 0.1
    assert x.min() < -0.1
    assert y.min() < -0.2
    # Our forward is -Z: looking down lowers it before looking up raises it; left (-X) before right (+X).
    fx, fy, _ = rotate(rotations, (0, 0, -1))
    assert fy.argmin() < fy.argmax()
    last = len(fx) * 2 // 3
    assert fx[last - len(fx) // 4 :].argmin() < fx[last - len(fx) // 4 :].argmax()
    # The head tilts left (its up turns to -X) before right.
    ux, _, _ = rotate(rotations, (0, 1, 0))
    tail = ux[len(ux) * 3 // 4 :]
    assert tail.argmin() < tail.argmax()


def test_unreal_comes_back_as_recorded(recording):
    positions, rotations = recording
    unreal_positions, unreal_matrices = to_unreal(positions.astype(float), rotations)
    assert np.allclose(AXES[System.UNREAL].positions(unreal_positions.astype(np.float32)), positions, atol=1e-4)
    # Unreal's quaternion of the same turn: the inverse of our rule; its matrix must be the one found independently.
    x, y, z, w = rotations
    unreal_rotations = np.stack((z, -x, -y, w))
    assert np.allclose(matrix_of(unreal_rotations), unreal_matrices, atol=1e-4)
    assert np.allclose(AXES[System.UNREAL].rotations(unreal_rotations), rotations, atol=1e-6)


@pytest.mark.parametrize(
    ("system", "forward", "right", "up"),
    [
        (System.UNREAL, (100, 0, 0), (0, 100, 0), (0, 0, 100)),
        (System.UNITY, (0, 0, 1), (1, 0, 0), (0, 1, 0)),
        (System.OPENXR, (0, 0, -1), (1, 0, 0), (0, 1, 0)),
    ],
)
def test_one_metre_ahead_right_and_up(system, forward, right, up):
    ours = AXES[system].positions(np.array([forward, right, up], np.float32).T)
    assert np.allclose(ours.T, [(0, 0, -1), (1, 0, 0), (0, 1, 0)])


def test_turning_right_in_unreal_turns_right_here():
    """A yaw of +90 degrees in Unreal (about +Z, left-handed) looks to the right."""
    half = np.sqrt(0.5)
    turned = AXES[System.UNREAL].rotations(np.array([[0], [0], [half], [half]], np.float32))
    assert np.allclose(rotate(turned, (0, 0, -1)).T, [(1, 0, 0)], atol=1e-6)
