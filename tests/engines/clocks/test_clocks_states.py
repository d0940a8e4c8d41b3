"""Clocks computed from events: properties, and the bugs that other projects had as named cases."""

import datetime
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import clocks

UTC = datetime.UTC
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
OFFICE = clocks.Calendar("UTC", clocks.weekly_hours({day: ["09:00-17:00"] for day in range(5)}), version="office")
MONDAY = datetime.datetime(2026, 3, 2, tzinfo=UTC)
EIGHT_HOURS = clocks.Target(8 * HOUR, OFFICE)


def at(hours, *, day=0):
    """An instant by hours after midnight of a day counted from Monday, 2 March 2026."""
    return MONDAY + datetime.timedelta(days=day) + hours * HOUR


def state_at(now, *events, target=EIGHT_HOURS):
    return clocks.clock_state(events=events, target=target, now=now)


def waiting(hours, *, day=0, reason="QUESTION", party="client"):
    return clocks.pause(at(hours, day=day), reason=reason, party=party)


def going_on(hours, *, day=0, reason="", party=""):
    return clocks.resume(at(hours, day=day), reason=reason, party=party)


def walked(events, target, now):
    """Used time by asking, for every minute, what held at that minute."""
    used, instant = datetime.timedelta(), min(event.at for event in events)
    while instant < now:
        started, stopped, pauses, calendar = False, False, set(), target.calendar
        for event in events:
            if event.at > instant:
                break
            match event.kind:
                case "START":
                    started, stopped = True, False
                case "STOP":
                    stopped = True
                case "PAUSE":
                    pauses.add((event.party, event.reason))
                case "RESUME":
                    pauses = pauses - {(event.party, event.reason)} if event.reason else set()
                case "RETARGET":
                    calendar = event.target.calendar
        if started and not stopped and not pauses and calendar.open_between(instant, instant + MINUTE):
            used += MINUTE
        instant += MINUTE
    return used


@st.composite
def histories(draw):
    """Events that follow each other as an operation would let them."""
    instant = at(draw(st.integers(0, 30)))
    events, running, pauses = [clocks.start(instant)], True, set()
    for _ in range(draw(st.integers(0, 7))):
        instant += MINUTE * draw(st.integers(0, 12)) * 37
        party = draw(st.sampled_from(["client", "supervisor"]))
        choice = draw(st.sampled_from(["pause", "resume", "all", "stop", "start", "retarget"]))
        if choice == "pause" and party not in pauses:
            events.append(clocks.pause(instant, reason="QUESTION", party=party))
            pauses.add(party)
        elif choice == "resume" and party in pauses:
            events.append(clocks.resume(instant, reason="QUESTION", party=party))
            pauses.discard(party)
        elif choice == "all" and pauses:
            events.append(clocks.resume(instant))
            pauses.clear()
        elif choice == "stop" and running:
            events.append(clocks.stop(instant))
            running = False
        elif choice == "start" and not running:
            events.append(clocks.start(instant))
            running = True
        elif choice == "retarget":
            calendar = draw(st.sampled_from([OFFICE, clocks.ALWAYS_OPEN]))
            events.append(clocks.retarget(instant, clocks.Target(draw(st.integers(1, 40)) * HOUR, calendar)))
    return events


class TestClockState:
    @given(histories(), st.integers(0, 80))
    @settings(max_examples=40, deadline=None)
    def test_counts_what_a_walker_counts(self, events, later):
        now = events[-1].at + later * 17 * MINUTE

        assert state_at(now, *events).used == walked(events, EIGHT_HOURS, now)

    @given(histories(), st.integers(0, 3000), st.integers(0, 3000))
    @settings(max_examples=60, deadline=None)
    def test_never_gives_time_back(self, events, first, second):
        earlier, later = (events[0].at + each * MINUTE for each in sorted((first, second)))

        assert state_at(earlier, *events).used <= state_at(later, *events).used

    @given(histories(), st.integers(0, 3000))
    @settings(max_examples=60, deadline=None)
    def test_keeps_its_due_time_while_nothing_happens(self, events, minutes):
        now = events[-1].at
        before = state_at(now, *events)
        after = state_at(now + minutes * MINUTE, *events)

        if before.state in ("RUNNING", "WATCH", "RISK", "LATE", "MET", "MISSED"):
            assert after.due_at == before.due_at

    @given(histories(), st.integers(0, 3000))
    @settings(max_examples=60, deadline=None)
    def test_is_late_exactly_from_the_due_time_on(self, events, minutes):
        now = events[-1].at + minutes * MINUTE

        state = state_at(now, *events)

        if state.state in ("RUNNING", "WATCH", "RISK"):
            assert state.due_at >= now or state.left == datetime.timedelta()
        if state.state == "LATE":
            assert state.due_at < now
            assert state.left < datetime.timedelta()

    @given(histories(), st.randoms(use_true_random=False))
    @settings(max_examples=30, deadline=None)
    def test_does_not_depend_on_the_order_of_recording_for_different_instants(self, events, random):
        if len({event.at for event in events}) < len(events):
            return
        shuffled = [*events]
        random.shuffle(shuffled)
        now = events[-1].at + 5 * HOUR

        assert state_at(now, *shuffled) == state_at(now, *events)

    @pytest.mark.parametrize(
        ("hours", "state"),
        [(8, "RUNNING"), (9, "RUNNING"), (14.9, "RUNNING"), (15, "WATCH"), (16, "WATCH"), (16.2, "RISK"), (17, "RISK")],
    )
    def test_warns_at_three_quarters_and_nine_tenths(self, hours, state):
        assert state_at(at(hours), clocks.start(at(8))).state == state

    def test_is_late_once_open_time_passes_after_the_due_time(self):
        evening, next_morning = at(23), at(9, day=1) + MINUTE

        assert state_at(evening, clocks.start(at(9))).state == "RISK"
        late = state_at(next_morning, clocks.start(at(9)))

        assert (late.state, late.left, late.due_at) == ("LATE", -MINUTE, at(17))

    @pytest.mark.parametrize(("end", "state"), [(at(17), "MET"), (at(9, day=1) + MINUTE, "MISSED"), (at(12), "MET")])
    def test_says_whether_the_promise_was_kept(self, end, state):
        stopped = state_at(at(12, day=3), clocks.start(at(9)), clocks.stop(end))

        assert (stopped.state, stopped.due_at) == (state, at(17))

    def test_has_not_started_before_its_first_event(self):
        state = state_at(at(8), clocks.start(at(9)))

        assert (state.state, state.used, state.left, state.due_at) == ("NOT_STARTED", 0 * HOUR, 8 * HOUR, None)

    def test_explains_itself_to_the_reader(self):
        state = state_at(at(16), clocks.start(at(9)), waiting(11), going_on(14))

        assert state.explanation == (
            "2026-03-02 09:00 UTC to 2026-03-02 11:00 UTC: 2 h of open time counted.",
            (
                "2026-03-02 11:00 UTC to 2026-03-02 14:00 UTC: waiting for client (QUESTION), "
                "3 h of open time not counted."
            ),
            "2026-03-02 14:00 UTC to 2026-03-02 16:00 UTC: 2 h of open time counted.",
            "4 h used of 8 h.",
        )
        assert (state.paused, state.due_at) == (3 * HOUR, at(12, day=1))


class TestPauses:
    def test_stop_the_clock_and_name_who_is_waited_for(self):
        state = state_at(at(16), clocks.start(at(9)), waiting(11))

        assert (state.state, state.used, state.paused_by) == ("PAUSED", 2 * HOUR, (("client", "QUESTION"),))
        # If the answer came now, six hours would be left: one today, five tomorrow.
        assert state.due_at == at(14, day=1)

    def test_outside_the_hours_change_nothing(self):
        # ERPNext pull requests 47029 to 52489: a hold from 17:00 to 09:00 moved the due time by sixteen hours.
        plain = state_at(at(12, day=1), clocks.start(at(13)))
        held = state_at(at(12, day=1), clocks.start(at(13)), waiting(17), going_on(9, day=1))

        assert (held.used, held.due_at, held.state) == (plain.used, plain.due_at, plain.state)

    def test_that_overlap_count_once_and_end_one_by_one(self):
        # Frappe Helpdesk issues 1554 and 1675: a second hold reset or doubled the first.
        events = [
            clocks.start(at(9)),
            waiting(10),
            waiting(11, party="supervisor", reason="APPROVAL"),
            going_on(12, reason="QUESTION", party="client"),
            going_on(13, reason="APPROVAL", party="supervisor"),
        ]

        assert state_at(at(12.5), *events).paused_by == (("supervisor", "APPROVAL"),)
        assert state_at(at(14), *events).used == 2 * HOUR
        assert state_at(at(14), *events).paused == 3 * HOUR

    def test_survive_a_change_of_the_promise(self):
        # GLPI issues 6902 and 15605: changing the agreement dropped the accumulated waiting time.
        longer = clocks.Target(16 * HOUR, OFFICE)
        events = [clocks.start(at(9)), waiting(10), clocks.retarget(at(12), longer), going_on(15)]

        state = state_at(at(16), *events)

        assert (state.used, state.paused, state.left) == (2 * HOUR, 5 * HOUR, 14 * HOUR)

    def test_that_exceed_their_limit_let_the_clock_run_again(self):
        target = clocks.Target(8 * HOUR, OFFICE, longest_pause=2 * HOUR)

        within = state_at(at(11), clocks.start(at(9)), waiting(10), target=target)
        beyond = state_at(at(15), clocks.start(at(9)), waiting(10), target=target)

        assert (within.state, within.used) == ("PAUSED", HOUR)
        assert (beyond.state, beyond.used, beyond.paused) == ("RUNNING", 4 * HOUR, 2 * HOUR)
        assert beyond.paused_by == ()

    def test_do_not_mend_a_promise_that_is_broken(self):
        state = state_at(at(12, day=2), clocks.start(at(9)), waiting(10, day=1))

        assert (state.state, state.due_at) == ("LATE", at(17))
        assert state.paused_by == (("client", "QUESTION"),)


class TestRetargeting:
    def test_measures_every_stretch_with_the_calendar_then_in_force(self):
        # FreeITSM computes on reading, so a later edit of the hours rewrote what had been reported.
        round_the_clock = clocks.Target(24 * HOUR, clocks.ALWAYS_OPEN)
        events = [clocks.start(at(9)), clocks.retarget(at(9, day=1), round_the_clock)]

        state = state_at(at(12, day=1), *events)

        assert state.used == 11 * HOUR
        assert state.due_at == at(1, day=2)

    def test_to_less_than_was_used_is_late_at_once(self):
        events = [clocks.start(at(9)), clocks.retarget(at(15), clocks.Target(4 * HOUR, OFFICE))]

        state = state_at(at(15), *events)

        assert (state.state, state.left, state.due_at) == ("LATE", -2 * HOUR, at(13))


class TestReopening:
    def test_goes_on_where_the_clock_stopped(self):
        events = [clocks.start(at(9)), clocks.stop(at(12)), clocks.start(at(9, day=2))]

        state = state_at(at(11, day=2), *events)

        assert (state.state, state.used, state.due_at) == ("RUNNING", 5 * HOUR, at(14, day=2))

    def test_of_a_clock_stopped_in_the_same_instant_counts_nothing(self):
        state = state_at(at(12), clocks.start(at(9)), clocks.stop(at(9)))

        assert (state.state, state.used, state.share_used) == ("MET", 0 * HOUR, 0.0)


class TestZones:
    def test_give_one_due_instant_whoever_asks(self):
        # Plane issue 3903, OpenProject 49779: due dates one day off for people in another zone.
        manila = clocks.Calendar("Asia/Manila", clocks.weekly_hours({day: ["09:00-18:00"] for day in range(5)}))
        target = clocks.Target(9 * HOUR, manila)
        start = datetime.datetime(2026, 3, 2, 9, tzinfo=zoneinfo.ZoneInfo("Asia/Manila"))
        seen_from = [
            start.astimezone(zoneinfo.ZoneInfo(zone))
            for zone in ("Asia/Manila", "America/Los_Angeles", "Asia/Kathmandu")
        ]

        states = {state_at(instant + HOUR, clocks.start(instant), target=target) for instant in seen_from}

        assert {state.due_at for state in states} == {datetime.datetime(2026, 3, 2, 10, tzinfo=UTC)}

    def test_refuse_an_instant_without_one(self):
        with pytest.raises(clocks.NaiveInstant):
            state_at(at(9).replace(tzinfo=None), clocks.start(at(8)))


class TestCheckNext:
    @pytest.mark.parametrize(
        ("events", "event", "message"),
        [
            ([clocks.start(at(9))], clocks.start(at(10)), "started already"),
            ([], clocks.stop(at(9)), "did not run"),
            ([clocks.start(at(9)), waiting(10)], waiting(11), "waited for client"),
            ([clocks.start(at(9))], going_on(10), "no such pause"),
            ([clocks.start(at(9)), waiting(10)], going_on(11, reason="OTHER", party="client"), "no such pause"),
            ([clocks.start(at(9))], clocks.pause(at(10), reason="", party="client"), "needs a reason"),
            ([clocks.start(at(9))], clocks.stop(at(8)), "before one already recorded"),
            ([clocks.start(at(9))], clocks.Event("RETARGET", at(10)), "has no target"),
        ],
    )
    def test_refuses_an_event_that_contradicts_the_history(self, events, event, message):
        with pytest.raises(clocks.EventsRefused, match=message):
            clocks.check_next(events, event, EIGHT_HOURS)

    def test_lets_a_fitting_event_follow(self):
        clocks.check_next([clocks.start(at(9)), waiting(10)], going_on(11), EIGHT_HOURS)


class TestTarget:
    @pytest.mark.parametrize(
        "changes", [{"duration": 0 * HOUR}, {"watch_share": 0.95}, {"risk_share": 1.5}, {"watch_share": 0}]
    )
    def test_refuses_a_promise_that_cannot_be(self, changes):
        with pytest.raises(ValueError, match=r"promise|shares"):
            clocks.Target(**{"duration": HOUR, "calendar": OFFICE, **changes})
