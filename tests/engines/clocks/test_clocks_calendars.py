"""Open hours and business time against a walker that looks at every minute."""

import datetime
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import clocks

UTC = datetime.UTC
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
OFFICE = clocks.weekly_hours({day: ["09:00-12:30", "13:30-18:00"] for day in range(5)})
NIGHT = clocks.weekly_hours({day: ["22:00-06:00"] for day in range(5)})
ROUND_THE_CLOCK = clocks.weekly_hours({day: ["00:00-24:00"] for day in range(7)})
# Kathmandu is 45 minutes off the hour, Lord Howe moves by half an hour, Apia skipped 30 December 2011.
ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/London"]


def local(zone, *parts):
    return datetime.datetime(*parts, tzinfo=zoneinfo.ZoneInfo(zone))


def is_open(calendar, instant):
    """The definition: the wall time of the instant lies in an opening of that day or of the day before."""
    wall = instant.astimezone(zoneinfo.ZoneInfo(calendar.zone)).replace(tzinfo=None)
    for opening in calendar.openings:
        for day in (wall.date(), wall.date() - datetime.timedelta(days=1)):
            since = (wall - datetime.datetime.combine(day, datetime.time())) // MINUTE
            begins = day.weekday() == opening.weekday and day not in calendar.closed_dates
            if begins and opening.opens <= since < opening.closes:
                return True
    return False


def walked(calendar, start, end):
    """Business time by looking at every minute."""
    total, at = datetime.timedelta(), start
    while at < end:
        total += MINUTE * is_open(calendar, at)
        at += MINUTE
    return total


openings = st.sampled_from([OFFICE, NIGHT, ROUND_THE_CLOCK, clocks.weekly_hours({6: ["01:15-02:45"]})])
calendars = st.builds(
    clocks.Calendar,
    zone=st.sampled_from(ZONES),
    openings=openings,
    closed_dates=st.sampled_from([frozenset(), frozenset({datetime.date(2026, 3, 9)})]),
)
# The weeks around the changes of spring and autumn 2026, and the leap day of 2028.
starts = st.sampled_from(
    [
        datetime.datetime(2026, 3, 6, tzinfo=UTC),
        datetime.datetime(2026, 3, 27, tzinfo=UTC),
        datetime.datetime(2026, 4, 3, tzinfo=UTC),
        datetime.datetime(2026, 10, 2, tzinfo=UTC),
        datetime.datetime(2026, 10, 30, tzinfo=UTC),
        datetime.datetime(2028, 2, 27, tzinfo=UTC),
    ]
)
minutes = st.integers(0, 4 * 24 * 60)


class TestBusinessTime:
    @given(calendars, starts, minutes, minutes)
    @settings(max_examples=60, deadline=None)
    def test_equals_what_a_walker_counts(self, calendar, base, earlier, later):
        start, end = (base + MINUTE * each for each in sorted((earlier, later)))

        assert clocks.business_time(calendar, start, end) == walked(calendar, start, end)

    @given(calendars, starts, st.tuples(minutes, minutes, minutes))
    @settings(max_examples=60, deadline=None)
    def test_adds_up_over_a_split_and_never_falls(self, calendar, base, offsets):
        first, middle, last = (base + MINUTE * each for each in sorted(offsets))

        whole = clocks.business_time(calendar, first, last)
        parts = (
            clocks.business_time(calendar, first, middle),
            clocks.business_time(calendar, middle, last),
        )

        assert whole == sum(parts, datetime.timedelta())
        assert datetime.timedelta() <= parts[0] <= whole <= last - first

    def test_keeps_the_lunch_break_out(self):
        calendar = clocks.Calendar("Asia/Kolkata", OFFICE)
        monday = (local("Asia/Kolkata", 2026, 3, 2, 9), local("Asia/Kolkata", 2026, 3, 2, 18))

        # Frappe Helpdesk issue 2212: one window a day counts the lunch break as work.
        assert clocks.business_time(calendar, *monday) == 8 * HOUR

    @pytest.mark.parametrize(
        ("evening", "hours"),
        [
            ((2026, 3, 7, 20), 7),  # New York springs forward on 8 March 2026
            ((2026, 10, 31, 20), 9),  # and falls back on 1 November 2026
            ((2026, 6, 6, 20), 8),
        ],
    )
    def test_counts_the_night_shift_as_long_as_it_is(self, evening, hours):
        calendar = clocks.Calendar("America/New_York", clocks.weekly_hours({5: ["22:00-06:00"]}))
        start = local("America/New_York", *evening)

        assert clocks.business_time(calendar, start, start + 20 * HOUR) == hours * HOUR

    def test_lets_a_shift_that_began_before_a_closed_day_run_on(self):
        closed = frozenset({datetime.date(2026, 3, 3)})
        calendar = clocks.Calendar("Asia/Manila", NIGHT, closed)
        monday, tuesday = local("Asia/Manila", 2026, 3, 2, 22), local("Asia/Manila", 2026, 3, 3, 22)

        assert clocks.business_time(calendar, monday, monday + 12 * HOUR) == 8 * HOUR
        assert clocks.business_time(calendar, tuesday, tuesday + 12 * HOUR) == datetime.timedelta()

    def test_survives_a_day_that_never_was(self):
        calendar = clocks.Calendar("Pacific/Apia", ROUND_THE_CLOCK)
        start = datetime.datetime(2011, 12, 29, 12, tzinfo=UTC)

        assert clocks.business_time(calendar, start, start + 72 * HOUR) == 72 * HOUR

    def test_refuses_instants_out_of_order_or_without_zone(self):
        start = datetime.datetime(2026, 3, 2, 9, tzinfo=UTC)

        with pytest.raises(ValueError, match="lies before"):
            clocks.business_time(clocks.ALWAYS_OPEN, start, start - HOUR)
        with pytest.raises(clocks.NaiveInstant, match="no time zone"):
            clocks.business_time(clocks.ALWAYS_OPEN, start.replace(tzinfo=None), start)


class TestDeadline:
    @given(calendars, starts, minutes, st.integers(0, 3000))
    @settings(max_examples=60, deadline=None)
    def test_is_the_earliest_instant_with_that_much_open_time(self, calendar, base, offset, length):
        start, duration = base + MINUTE * offset, MINUTE * length

        due = clocks.deadline(calendar, start, duration)

        assert clocks.business_time(calendar, start, due) == duration
        if length:
            before = due - datetime.timedelta(seconds=1)
            assert clocks.business_time(calendar, start, before) < duration

    @given(calendars, starts, minutes, minutes)
    @settings(max_examples=60, deadline=None)
    def test_of_the_time_between_leads_back_to_an_open_end(self, calendar, base, earlier, later):
        start, end = (base + MINUTE * each for each in sorted((earlier, later)))
        was_open = is_open(calendar, end - MINUTE)

        due = clocks.deadline(calendar, start, clocks.business_time(calendar, start, end))

        assert due <= end or due == start
        if was_open and start < end:
            assert due == end

    def test_falls_on_closing_time_not_on_the_next_opening(self):
        calendar = clocks.Calendar("Europe/London", OFFICE)
        friday = local("Europe/London", 2026, 3, 6, 14)

        assert clocks.deadline(calendar, friday, 4 * HOUR) == local("Europe/London", 2026, 3, 6, 18)

    def test_crosses_weekend_holiday_and_change_of_clocks(self):
        closed = frozenset({datetime.date(2026, 3, 9)})
        calendar = clocks.Calendar("America/New_York", OFFICE, closed)
        friday = local("America/New_York", 2026, 3, 6, 17)

        due = clocks.deadline(calendar, friday, 9 * HOUR)

        assert due == local("America/New_York", 2026, 3, 10, 18)

    def test_with_every_hour_open_is_plain_addition(self):
        start = datetime.datetime(2026, 3, 2, 9, tzinfo=UTC)

        assert clocks.deadline(clocks.ALWAYS_OPEN, start, 72 * HOUR) == start + 72 * HOUR

    def test_refuses_a_calendar_that_never_opens(self):
        start = datetime.datetime(2026, 3, 2, 9, tzinfo=UTC)

        with pytest.raises(clocks.NeverOpen, match="does not open"):
            clocks.deadline(clocks.Calendar("UTC", (), version="v1"), start, HOUR)
        with pytest.raises(ValueError, match="before its start"):
            clocks.deadline(clocks.ALWAYS_OPEN, start, -HOUR)


class TestCombinedCalendars:
    manila = clocks.Calendar("Asia/Manila", clocks.weekly_hours({d: ["09:00-18:00"] for d in range(5)}), version="m1")
    bogota = clocks.Calendar(
        "America/Bogota", clocks.weekly_hours({d: ["08:00-17:00"] for d in range(5)}), version="b3"
    )
    monday = datetime.datetime(2026, 3, 2, tzinfo=UTC)

    def test_follow_the_sun_by_union(self):
        both = clocks.Union((self.manila, self.bogota))

        assert both.open_between(self.monday, self.monday + 24 * HOUR) == [
            (self.monday + 1 * HOUR, self.monday + 10 * HOUR),
            (self.monday + 13 * HOUR, self.monday + 22 * HOUR),
        ]
        assert both.version == "any(m1,b3)"

    def test_meet_by_intersection(self):
        london = clocks.Calendar("Europe/London", clocks.weekly_hours({d: ["08:00-18:00"] for d in range(5)}))

        shared = clocks.Intersection((self.manila, london))

        assert shared.open_between(self.monday, self.monday + 24 * HOUR) == [
            (self.monday + 8 * HOUR, self.monday + 10 * HOUR)
        ]
        assert clocks.Intersection(()).open_between(self.monday, self.monday + HOUR) == []

    @given(st.lists(calendars, min_size=1, max_size=3), starts, minutes, minutes)
    @settings(max_examples=40, deadline=None)
    def test_measure_of_union_and_intersection_adds_up(self, members, base, earlier, later):
        start, end = (base + MINUTE * each for each in sorted((earlier, later)))
        first, rest = members[0], clocks.Union(tuple(members[1:]))

        either = clocks.business_time(clocks.Union((first, rest)), start, end)
        both = clocks.business_time(clocks.Intersection((first, rest)), start, end)

        assert either + both == clocks.business_time(first, start, end) + clocks.business_time(rest, start, end)


class TestCalendarText:
    def test_reads_back_what_it_writes(self):
        calendar = clocks.Calendar("Asia/Kathmandu", OFFICE + NIGHT, frozenset({datetime.date(2026, 1, 1)}), "v7")

        assert clocks.Calendar.from_json(calendar.to_json()) == calendar

    @pytest.mark.parametrize(
        "hours",
        [
            {0: ["9-17"]},
            {0: ["09:00"]},
            {0: ["25:00-26:00"]},
            {7: ["09:00-10:00"]},
            {0: ["09:00-11:00", "10:00-12:00"]},
        ],
    )
    def test_refuses_hours_that_cannot_be(self, hours):
        with pytest.raises(clocks.BadHours):
            clocks.weekly_hours(hours)

    def test_refuses_a_zone_that_does_not_exist(self):
        with pytest.raises(clocks.BadHours, match="Mars/Olympus"):
            clocks.Calendar("Mars/Olympus", OFFICE)
