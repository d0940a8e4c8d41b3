import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from cursitor.web.parts import clocks, figures, marks
from cursitor.web.parts.custody import Lane, Stretch, custody_line

NOW = datetime(2026, 11, 24, 14, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>"


def rendered(source: str, path: str = "/", **values: object) -> str:
    context = Context({"zone": "America/Chicago", "now": NOW, "request": RequestFactory().get(path), **values})
    return Template(source).render(context)


class TestIcon:
    def test_is_decoration_unless_it_has_a_label(self):
        assert 'aria-hidden="true"' in marks.icon("home")
        assert 'role="img" aria-label="Home"' in marks.icon("home", label="Home")

    def test_refuses_a_name_that_is_not_vendored(self):
        with pytest.raises(marks.NoSuchIcon, match="no-such-icon"):
            marks.icon("no-such-icon")


class TestWords:
    @pytest.mark.parametrize(
        "source",
        [
            "{% chip words %}",
            '{% party "CLIENT" words %}',
            '{% icon "home" label=words %}',
            "{% kbd words %}",
            '{% empty_state "inbox" words words url=words action=words %}',
            "{% key_values pairs %}",
            "{% stage_bar stages %}",
            "{% digest words %}",
            "{% mini_stages 1 3 words %}",
            '{% clock "RUNS" 0.5 length what=words waits_for=words %}',
            "{% verdict item %}",
            '{% sorted_by "name" words %}',
        ],
    )
    def test_are_escaped_wherever_they_come_from(self, source):
        values = {"words": HOSTILE, "pairs": [(HOSTILE, HOSTILE)], "stages": [(HOSTILE, HOSTILE, 0.5)], "length": HOUR}
        item = {"kind": "BLOCK", "sentence": HOSTILE, "found": HOSTILE, "rule": HOSTILE, "who": HOSTILE}

        html = rendered(source, item=item, **values)

        assert "<scr" not in html
        assert "&lt;scr" in html

    def test_refuse_a_tone_nobody_drew(self):
        with pytest.raises(ValueError, match="green"):
            marks.chip("Fine", "green")


class TestStageBar:
    def test_marks_the_first_unfinished_stage_as_current(self):
        html = marks.stage_bar([("Scoped", "16 Nov", 1.0), ("In work", "71 %", 0.71), ("Quality", "", 0.0)])

        assert html.count('aria-current="step"') == 1
        assert 'class="now" style="--share:71%" aria-current="step"' in html
        assert 'class="done"' in html
        assert 'class="later"' in html

    def test_has_no_current_stage_when_all_is_done(self):
        assert "aria-current" not in marks.stage_bar([("Scoped", "", 1.0)])


class TestTiles:
    def test_say_how_many_of_five_are_written(self):
        html = marks.tiles({"severity", "state", "actions"})

        assert 'aria-label="3 of 5 written"' in html
        assert html.count('class="tile on"') == 3


class TestClock:
    def test_says_all_of_it_in_its_label(self):
        html = clocks.clock(
            state="RISK",
            used=0.93,
            length=timedelta(hours=9, minutes=48),
            due=datetime(2026, 11, 25, 0, 0, tzinfo=UTC),
            zone="America/Chicago",
            now=NOW,
            what="Sign release 2, attorney",
        )

        expected = "Sign release 2, attorney, 9 hours 48 minutes left, due Tue 24 Nov, 18:00 CST (UTC−06:00)"
        assert f'aria-label="{expected}"' in html
        assert "9 h 48 m" in html
        assert "18:00 CST" in html

    def test_names_whom_a_paused_one_waits_for(self):
        html = clocks.clock(
            state="PAUSED", used=0.4, length=timedelta(days=2), due=None, zone="UTC", now=NOW, waits_for="the client"
        )

        assert 'aria-label="paused 2 days, waits for the client"' in html

    def test_refuses_a_state_it_does_not_know(self):
        with pytest.raises(ValueError, match="ROTTEN"):
            clocks.clock(state="ROTTEN", used=0, length=HOUR, due=None, zone="UTC", now=NOW)

    def test_fills_its_ring_with_the_share_used(self):
        assert 'stroke-dasharray="19.6 39.27"' in clocks.ring("RUNS", 0.5)
        assert 'stroke-dasharray="39.3 39.27"' in clocks.ring("RUNS", 1.7)


class TestInterval:
    @pytest.mark.parametrize(
        ("low", "estimate", "high", "words"),
        [
            (0.004, 0.009, 0.016, "inside the limit"),
            (0.002, 0.012, 0.05, "cannot tell yet"),
            (0.03, 0.045, 0.058, "beyond the limit"),
        ],
    )
    def test_says_how_it_stands_to_the_limit(self, low, estimate, high, words):
        assert words in figures.interval(low=low, estimate=estimate, high=high, scale=0.06, limit=0.02, n=400)

    def test_says_estimate_interval_and_n(self):
        html = figures.interval(low=0.004, estimate=0.009, high=0.016, scale=0.06, n=1400)

        assert "0.9 % (0.4 to 1.6), 95 % interval, n 1,400" in html

    def test_draws_an_open_dot_only_while_it_cannot_tell(self):
        decided = figures.interval(low=0.0, estimate=0.009, high=0.016, scale=0.06, limit=0.02)
        undecided = figures.interval(low=0.0, estimate=0.009, high=0.03, scale=0.06, limit=0.02)
        still_read = figures.interval(low=0.0, estimate=0.009, high=0.016, scale=0.06, limit=0.02, decided=False)

        assert 'fill="var(--surface)"' not in decided
        assert 'fill="var(--surface)"' in undecided
        assert 'fill="var(--surface)"' in still_read

    def test_refuses_numbers_out_of_order(self):
        with pytest.raises(ValueError, match="low <= estimate <= high"):
            figures.interval(low=0.2, estimate=0.1, high=0.3, scale=1)


class TestCustodyLine:
    def test_is_heard_as_a_table_and_shows_a_gap(self):
        lane = Lane("Work", "PROVIDER", (Stretch("Pune", NOW - 9 * HOUR, NOW - 3 * HOUR), Stretch("", NOW - 3 * HOUR)))

        html = custody_line([lane], begin=NOW - 10 * HOUR, end=NOW + 2 * HOUR, now=NOW, zone="America/Chicago")

        assert "<td>Work</td><td>Pune</td><td>Mon 23 Nov 2026 23:12 CST</td><td>Tue 24 Nov 2026 05:12 CST</td>" in html
        assert 'class="gap"' in html
        assert "<td>nobody</td>" in html

    def test_marks_acceptance_and_leaves_out_what_lies_outside(self):
        past = Stretch("Cebu", NOW - 90 * HOUR, NOW - 80 * HOUR)
        held = Stretch("Tulsa", NOW - 3 * HOUR, accepted_at=NOW - 3 * HOUR)

        html = custody_line(
            [Lane("Work", "PROVIDER", (past, held))], begin=NOW - 5 * HOUR, end=NOW + HOUR, now=NOW, zone="UTC"
        )

        assert html.count('class="accepted"') == 1
        assert "<title>Cebu</title>" not in html

    def test_marks_round_hours_once_however_short_or_long(self):
        def hours(length: timedelta) -> list[str]:
            html = custody_line([], begin=NOW, end=NOW + length, now=NOW, zone="America/Chicago")
            return re.findall(r'class="m">([^<]+)<', html)

        assert hours(3 * HOUR) == ["Tue 09:00", "10:00", "11:00"]
        assert hours(36 * HOUR) == ["Tue 12:00", "18:00", "Wed 00:00", "06:00", "12:00", "18:00"]
        assert hours(timedelta(days=30))[:2] == ["Sun 29 Nov", "Fri 4 Dec"]


class TestTags:
    def test_write_an_instant_in_the_readers_zone_with_its_offset(self):
        html = rendered("{% when at %}", at=NOW)

        assert "Tue 24 Nov, 08:12 CST" in html
        assert "UTC−06:00" in html

    def test_write_an_instant_in_a_given_zone(self):
        assert "19:42 IST" in rendered('{% when at "near" zone="Asia/Kolkata" %}', at=NOW)

    def test_write_a_day_without_a_zone(self):
        assert rendered("{% when day %}", day=date(2027, 1, 4)) == '<time datetime="2027-01-04">Mon 4 Jan 2027</time>'

    def test_keep_the_other_parameters_of_an_address(self):
        html = rendered("{% address page=3 sort=None %}", path="/?text=a%26b&sort=name&page=2")

        assert html == "?text=a%26b&amp;page=3"

    def test_turn_a_sorted_column_round(self):
        html = rendered('{% sorted_by "name" "Name" %}', path="/?sort=name&page=2")

        assert 'href="?sort=-name"' in html
        assert 'aria-label="ascending"' in html
