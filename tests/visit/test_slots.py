"""Hours on the wall's clock, and the slots in them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.visit.slots import DAY_MINUTES, Rules, Taken, day_of, free_slots, moment, open_hours, refusal

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
"""Days of 23 and of 25 hours in New York."""


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def rules(**fields) -> Rules:
    nine_to_noon = {n: [(9 * 60, 12 * 60)] for n in range(1, 8)}
    values = {"time_zone": "UTC", "weekly": nine_to_noon, "interval": HOUR, "duration": HOUR}
    return Rules(**(values | fields))


def slots(given_rules: Rules, begin: datetime, until: datetime, **fields) -> list[datetime]:
    values = {"now": begin - timedelta(days=1), "taken": Taken()} | fields
    return [start for start, _ in free_slots(given_rules, begin, until, **values)]


class TestMoment:
    def test_a_time_that_the_clock_skips_is_the_skip(self):
        assert moment(SPRING, 150, NEW_YORK) == datetime(2026, 3, 8, 7, tzinfo=UTC)
        assert moment(SPRING, 150, NEW_YORK, end=True) == datetime(2026, 3, 8, 7, tzinfo=UTC)

    def test_a_time_that_is_shown_twice_begins_first_and_ends_second(self):
        assert moment(AUTUMN, 90, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
        assert moment(AUTUMN, 90, NEW_YORK, end=True) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)

    @pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 7, 1), 24)])
    def test_days_are_as_long_as_they_are(self, day, hours):
        assert moment(day, DAY_MINUTES, NEW_YORK) - moment(day, 0, NEW_YORK) == hours * HOUR

    @pytest.mark.parametrize(("zone", "day"), [("Atlantic/Azores", date(2026, 10, 24)), ("Cuba", date(2026, 10, 31))])
    def test_a_day_is_over_at_the_first_midnight(self, zone, day):
        """Where the next day shows its first hour twice."""
        late = rules(time_zone=zone, weekly={day.isoweekday(): [(20 * 60, DAY_MINUTES)]})
        midnight = moment(day + timedelta(days=1), 0, ZoneInfo(zone))
        assert open_hours(late, midnight - HOUR, midnight + HOUR) == [(midnight - 4 * HOUR, midnight)]
        assert day_of(late, midnight - HOUR)[1] == midnight

    @given(
        st.dates(date(2000, 1, 1), date(2035, 12, 31)),
        st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London", "Pacific/Apia"]),
    )
    def test_later_on_the_wall_is_never_earlier(self, day, zone):
        moments = [moment(day, minute, ZoneInfo(zone)) for minute in range(0, DAY_MINUTES + 1, 10)]
        assert moments == sorted(moments)


class TestHours:
    def test_nine_stays_nine_when_the_clock_changes(self):
        mine = rules(time_zone="America/New_York")
        found = open_hours(mine, at(31, 12, month=10), at(2, 18))
        starts = [frm.astimezone(NEW_YORK).hour for frm, _ in found]
        assert set(starts) == {9}
        assert {to - frm for frm, to in found} == {3 * HOUR}

    def test_hours_that_touch_are_one_even_over_midnight(self):
        mine = rules(weekly={6: [(22 * 60, DAY_MINUTES)], 7: [(0, 60)]})
        assert (at(21, 22), at(22, 1)) in open_hours(mine, at(21, 0), at(22, 12))

    def test_a_day_of_its_own_replaces_the_weekly_hours(self):
        mine = rules(overrides={date(2026, 11, 24): [(14 * 60, 15 * 60)], date(2026, 11, 25): []})
        assert slots(mine, at(24, 0), at(26, 0)) == [at(24, 14)]

    def test_blackouts_cut_holes(self):
        mine = rules(blackouts=[(at(24, 10), at(24, 10, 30)), (at(24, 10, 15), at(24, 11))])
        assert slots(mine, at(24, 0), at(25, 0)) == [at(24, 9), at(24, 11)]


class TestSlots:
    def test_all_that_fit(self):
        assert slots(rules(), at(24, 0), at(25, 0)) == [at(24, 9), at(24, 10), at(24, 11)]

    def test_a_slot_does_not_pass_the_hours(self):
        assert slots(rules(), at(24, 0), at(25, 0), duration=2 * HOUR) == [at(24, 9), at(24, 10)]

    def test_slots_keep_their_grid_whenever_one_asks(self):
        assert slots(rules(), at(24, 9, 7), at(25, 0)) == [at(24, 10), at(24, 11)]
        assert slots(rules(), at(24, 9), at(24, 11)) == [at(24, 9), at(24, 10)]

    def test_notice_and_horizon(self):
        mine = rules(minimum_notice=HOUR, horizon=timedelta(hours=3))
        assert slots(mine, at(24, 0), at(25, 0), now=at(24, 8)) == [at(24, 9), at(24, 10), at(24, 11)]
        assert slots(mine, at(24, 0), at(25, 0), now=at(24, 9)) == [at(24, 10), at(24, 11)]
        assert slots(mine, at(24, 0), at(25, 0), now=at(24, 7)) == [at(24, 9), at(24, 10)]

    def test_visits_and_buffers_are_in_the_way(self):
        busy = Taken(agent=[(at(24, 10), at(24, 11))])
        assert slots(rules(), at(24, 0), at(25, 0), taken=busy) == [at(24, 9), at(24, 11)]
        mine = rules(buffer_before=timedelta(minutes=1))
        assert slots(mine, at(24, 0), at(25, 0), taken=busy) == [at(24, 9)]
        others = Taken(others=[(at(24, 10), at(24, 11))])
        assert slots(mine, at(24, 0), at(25, 0), taken=others) == [at(24, 9), at(24, 11)]

    def test_the_daily_limit_counts_the_agents_own_day(self):
        mine = rules(daily_limit=1)
        assert slots(mine, at(24, 0), at(26, 0), starts=[at(24, 20)]) == [at(25, 9), at(25, 10), at(25, 11)]


class TestRefusal:
    @pytest.mark.parametrize(
        ("begin", "count", "rule"),
        [
            (at(24, 9), 0, None),
            (at(24, 11), 0, None),
            (at(24, 11, 30), 0, "hours"),
            (at(23, 9), 0, "minimum_notice"),
            (at(30, 9), 0, "horizon"),
            (at(24, 9), 2, "daily_limit"),
        ],
    )
    def test_names_the_rule(self, begin, count, rule):
        mine = rules(minimum_notice=HOUR, horizon=timedelta(days=3), daily_limit=2)
        assert refusal(mine, begin, begin + HOUR, now=at(23, 9), count_of_day=count) == rule

    @given(
        st.integers(0, 40 * 24 * 60),
        st.sampled_from(["America/New_York", "Europe/London", "Asia/Kathmandu"]),
        st.integers(0, 3),
    )
    def test_what_is_free_is_not_refused(self, minutes, zone, limit):
        """The two ways to look at the rules agree, whenever one asks."""
        begin = datetime(2026, 10, 10, tzinfo=UTC) + timedelta(minutes=minutes)
        weekly = {n: [(0, 150), (22 * 60, DAY_MINUTES)] for n in (1, 3, 7)}
        mine = rules(time_zone=zone, weekly=weekly, daily_limit=limit)
        for frm, to in free_slots(mine, begin, begin + timedelta(days=3), now=begin, taken=Taken()):
            assert begin <= frm < begin + timedelta(days=3)
            assert refusal(mine, frm, to, now=begin, count_of_day=0) is None
            first, last = day_of(mine, frm)
            assert first <= frm < last
