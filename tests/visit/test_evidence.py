"""What a device's places are worth."""

from datetime import UTC, datetime, timedelta

import pytest

from services.chassis.ids import new_id
from services.visit.codes import hash_code, new_code, new_salt, same
from services.visit.evidence import Fix, judge

PLACE = (47.6062, -122.3321)
MEET = datetime(2026, 11, 24, 15, tzinfo=UTC)
END = MEET + timedelta(minutes=30)


def fix(latitude: float = PLACE[0], longitude: float = PLACE[1], **fields) -> Fix:
    values = {"accuracy_meters": 10.0, "fix_time": MEET + timedelta(minutes=10)} | fields
    return Fix(latitude, longitude, **values)


def judged(*fixes: Fix, code: bool = True, place=PLACE):
    return judge(fixes, place, code=code, begin=MEET, until=END)


class TestJudge:
    def test_code_and_a_perfect_place(self):
        found = judged(fix())
        assert (found.score, found.needs_review) == (100, False)

    def test_a_code_alone_is_looked_at(self):
        found = judged()
        assert (found.score, found.needs_review) == (40, True)

    @pytest.mark.parametrize(
        "poor",
        [
            fix(latitude=47.70),
            fix(fix_time=MEET - timedelta(hours=1)),
            fix(mock=True),
            fix(latitude=47.6150, accuracy_meters=50_000.0),
        ],
        ids=["ten kilometres away", "an hour old", "simulated", "says that it may be anywhere"],
    )
    def test_poor_evidence_is_looked_at(self, poor):
        assert judged(poor).needs_review

    def test_somebody_who_flies_is_looked_at_although_the_place_is_right(self):
        away = fix(latitude=43.0, fix_time=MEET + timedelta(minutes=5))
        found = judged(away, fix())
        assert found.signals["near"]
        assert not found.signals["plausible_speed"]
        assert found.needs_review

    def test_no_place_no_points(self):
        assert judged(fix(), place=None).score == 40

    def test_the_order_of_fixes_says_nothing(self):
        a, b = fix(fix_time=MEET), fix(fix_time=END)
        assert judged(a, b) == judged(b, a)


class TestCodes:
    def test_six_digits(self):
        assert all(len(code) == 6 and code.isdigit() for code in (new_code() for _ in range(200)))

    def test_a_code_is_good_for_one_visit_and_one_agent(self):
        visit, agent, salt, code = new_id(), new_id(), new_salt(), "012345"
        kept = hash_code(b"secret", visit, agent, salt, code)
        assert same(kept, hash_code(b"secret", visit, agent, salt, code))
        for other in (
            hash_code(b"another", visit, agent, salt, code),
            hash_code(b"secret", new_id(), agent, salt, code),
            hash_code(b"secret", visit, new_id(), salt, code),
            hash_code(b"secret", visit, agent, new_salt(), code),
            hash_code(b"secret", visit, agent, salt, "012346"),
        ):
            assert not same(kept, other)
