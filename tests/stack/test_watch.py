"""When a worker counts as hanging, and when it does not."""

import pytest

from services.stack import watch
from services.stack.watch import PROBES, Watch


class Asked:
    """Answers as it is told to."""

    def __init__(self) -> None:
        self.well = True
        self.patience: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.patience.append(seconds)
        return self.well


def after(asked: Asked, watching: Watch, *, well: bool, times: int) -> bool:
    asked.well = well
    for _ in range(times):
        watching.probe()
    return watching.hangs


def test_a_worker_hangs_after_so_many_silent_probes_in_a_row() -> None:
    asked = Asked()
    watching = Watch(asked, 60.0)
    assert not after(asked, watching, well=True, times=1)
    assert not after(asked, watching, well=False, times=PROBES - 1)
    assert not after(asked, watching, well=True, times=1), "one answer is enough"
    assert not after(asked, watching, well=False, times=PROBES - 1)
    assert after(asked, watching, well=False, times=1)
    assert set(asked.patience) == {60.0 / PROBES / 2}, "a probe and the pause before it take their share of the time"


def test_a_worker_that_starts_is_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked()
    watching = Watch(asked, 60.0)
    assert not after(asked, watching, well=False, times=10 * PROBES), "it has never answered yet"
    monkeypatch.setattr(watch, "STARTING", 0.0)
    assert watching.hangs


def test_another_process_starts_afresh() -> None:
    asked = Asked()
    watching = Watch(asked, 60.0)
    after(asked, watching, well=True, times=1)
    assert after(asked, watching, well=False, times=PROBES)
    watching.renew()
    assert not after(asked, watching, well=False, times=PROBES)


def test_what_was_asked_of_the_process_before_does_not_count() -> None:
    watching: Watch

    def answers(seconds: float) -> bool:
        watching.renew()  # it died while it was asked
        return False

    watching = Watch(answers, 60.0)
    for _ in range(2 * PROBES):
        watching.probe()
    assert watching._missed == 0
