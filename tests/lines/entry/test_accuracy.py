"""Error rates, by what was seeded and counted by hand: the engine and the database count nothing here."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cursitor.engines.entry.definition import DateOrder, Field, FieldType, FormDefinition
from cursitor.lines.entry import operations, queries
from cursitor.lines.entry.choices import How, Pass, Stage, TaskKind
from cursitor.lines.entry.models import Keying, Record, Value
from cursitor.spine.quality.choices import LotState, Scheme
from cursitor.spine.quality.models import Defect, Inspection, Lot, Sample
from tests.factories import NOW
from tests.lines.entry import factories
from tests.lines.entry.factories import RIGHT

pytestmark = pytest.mark.django_db

DOUBLE = ("name", "number", "filed", "amount", "city", "office", "agent")
SINGLE = ("remark", "box", "shelf")
TYPES = {"name": FieldType.NAME, "number": FieldType.IDENTIFIER, "filed": FieldType.DATE, "amount": FieldType.MONEY}
CRITICAL = ("number", "amount")
FORM = FormDefinition(
    title="Ledger of filings",
    fields=tuple(
        Field(
            key=key,
            type=TYPES.get(key, FieldType.TEXT),
            is_double_keyed=key in DOUBLE,
            is_critical=key in CRITICAL,
            date_order=DateOrder.MDY,
        )
        for key in (*DOUBLE, *SINGLE)
    ),
)
N_RECORDS = 1000
WRONG_ONE_IN = 25
ALIKE_ONE_IN = 200


def truth(number: int) -> dict[str, str]:
    return {
        "name": f"Akin Firm {number}, Inc.",
        "number": f"A-{number:05d}",
        "filed": f"{1 + number % 12}/{1 + number % 28}/1999",
        "amount": f"{number * 7:,}.50",
        **{key: f"{key} {number}" for key in ("city", "office", "agent", *SINGLE)},
    }


def written_otherwise(key: str, number: int) -> str:
    """The same value as `truth` has, as another keyer may write it."""
    forms = {
        "name": f"AKIN FIRM {number} INC",
        "number": f"a {number:05d}",
        "filed": f"1999-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "amount": f"{number * 7}.5",
    }
    return forms.get(key, truth(number)[key])


class Seeded:
    """What two keyers type of every record, with slips put in by chance, and the slips counted as they are put in."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.typed: dict[tuple[int, str], dict[str, str]] = {}
        self.errors: Counter[tuple[str, str]] = Counter()
        self.disputed: set[tuple[int, str]] = set()
        for number in range(1, N_RECORDS + 1):
            self._key(number)

    def _key(self, number: int) -> None:
        right = truth(number)
        first, second = dict(right), {key: right[key] for key in DOUBLE}
        for key in DOUBLE:
            if self.chance.randrange(ALIKE_ONE_IN) == 0:
                first[key] = second[key] = self._slip(key, number, "both")
                continue
            if self.chance.randrange(3) == 0:
                second[key] = written_otherwise(key, number)
            for who, keyed in (("first", first), ("second", second)):
                if self.chance.randrange(WRONG_ONE_IN) == 0:
                    keyed[key] = self._slip(key, number, who)
                    self.errors[who, key] += 1
                    self.disputed.add((number, key))
        for key in SINGLE:
            if self.chance.randrange(WRONG_ONE_IN) == 0:
                first[key] = "slip that nobody compares"
        self.typed[number, "first"], self.typed[number, "second"] = first, second

    def _slip(self, key: str, number: int, who: str) -> str:
        away = {"first": 1, "second": 2, "both": 3}[who]
        slips = {
            "number": f"B-{number:05d}-{away}",
            "filed": f"{1 + number % 12}/{1 + number % 28}/{1999 + away}",
            "amount": f"{number * 7 + away:,}.50",
        }
        return slips.get(key, f"{truth(number)[key]} slip {away}")


@pytest.mark.slow
class TestTenThousandFields:
    """A thousand records of ten fields, keyed by two people and settled by a third."""

    @pytest.fixture
    def order(self, world):
        return factories.order(world, FORM)

    @pytest.fixture
    def seeded(self):
        return Seeded(20261123)

    @pytest.fixture
    def keyed(self, world, order, seeded):
        """Everything keyed twice and compared; what differs waits for a person."""
        batch = factories.batch(order)
        source, schema = factories.file(batch), order.schemas.get()
        records = Record.objects.bulk_create(
            Record(
                order=order,
                number=number,
                batch=batch,
                file=source,
                schema=schema,
                first_page=number,
                last_page=number,
                stage=Stage.SECOND,
                first_doer=world.specialist,
                second_doer=world.second_specialist,
            )
            for number in range(1, N_RECORDS + 1)
        )
        people = {Pass.FIRST: ("first", world.specialist), Pass.SECOND: ("second", world.second_specialist)}
        Keying.objects.bulk_create(
            Keying(
                record=record,
                schema=schema,
                of_pass=of_pass,
                by=by,
                at=NOW + timedelta(seconds=40 * record.number),
                values={key: {"raw": raw} for key, raw in seeded.typed[record.number, who].items()},
                effort={"seconds": 40, "idle_seconds": 4, "keystrokes": 100},
            )
            for of_pass, (who, by) in people.items()
            for record in records
        )
        for record in records:
            operations.settle(record=record, at=NOW)
        return records

    def test_reports_exactly_what_was_put_in_and_settles_nothing_without_a_person(self, world, order, keyed, seeded):
        waiting = {record.number for record in keyed if record.stage == Stage.ADJUDICATE}
        assert waiting == {number for number, _key in seeded.disputed}
        assert not Value.objects.filter(record__number__in=waiting).exists()

        adjudicate(keyed, seeded, by=world.qc_lead)

        assert settled_by(order, world.qc_lead) == {(number, key) for number, key in seeded.disputed if key in CRITICAL}
        assert Value.objects.filter(record__order=order).count() == 10_000
        source = queries.accuracy(order=order, person=world.qc_lead).sources[0]
        n_compared = 2 * N_RECORDS * len(DOUBLE)
        assert (source.total.n, source.total.errors) == (n_compared, seeded.errors.total())
        assert source.total.share == seeded.errors.total() / n_compared
        assert source.total.low < source.total.share < source.total.high
        by_keyer = {group.name: group.rate.errors for group in source.groups["keyer"]}
        assert by_keyer == {
            person.name: sum(n for (keyer, _key), n in seeded.errors.items() if keyer == who)
            for who, person in (("first", world.specialist), ("second", world.second_specialist))
        }
        by_field = {group.name: group.rate.errors for group in source.groups["field"]}
        assert by_field == {key: seeded.errors["first", key] + seeded.errors["second", key] for key in DOUBLE}
        assert sum(group.rate.n for group in source.groups["hour"]) == n_compared
        # Midnight in Pune falls into the fourth hour, and a shift begins anew: 3.5 hours, then 7.6.
        assert [group.name for group in source.groups["hour"]] == [f"Hour {hour}" for hour in range(1, 9)]


def adjudicate(records, seeded, *, by):
    """Settle every difference as an adjudicator does who reads what is true."""
    for record in records:
        disputed = [key for key in DOUBLE if (record.number, key) in seeded.disputed]
        if not disputed:
            continue
        Keying.objects.create(
            record=record,
            schema=record.schema,
            of_pass=Pass.ADJUDICATION,
            by=by,
            at=NOW + timedelta(hours=12),
            values={key: {"raw": truth(record.number)[key]} for key in disputed},
        )
        operations.settle(record=record, at=NOW)


def settled_by(order, person):
    """Return which critical values of which records a person settled."""
    rows = Value.objects.filter(record__order=order, field__in=CRITICAL, how=How.ADJUDICATED, settled__by=person)
    return set(rows.values_list("record__number", "field"))


class TestAccuracy:
    def test_tells_nothing_of_a_record_before_it_is_settled(self, world, order, record, first, second):
        factories.key(record, first, RIGHT)
        factories.key(record, second, RIGHT | {"number": "B-1"})

        figures = queries.accuracy(order=order, person=world.qc_lead)

        assert [source.total.n for source in figures.sources] == [0, 0, 0]

    def test_shows_a_keyer_their_own_figures_alone(self, world, order, record, first, second):
        factories.key(record, first, RIGHT)
        factories.key(record, second, RIGHT)

        figures = queries.accuracy(order=order, person=first.holder)

        assert figures.is_own
        assert [group.name for group in figures.sources[0].groups["keyer"]] == [first.holder.name]
        assert [pace.person for pace in figures.paces] == [first.holder]
        assert figures.sources[0].total.n == 2

    def test_counts_a_flag_apart_from_errors(self, world, order, record, first, second):
        factories.key(record, first, RIGHT, "number")
        factories.key(record, second, RIGHT)
        adjudication = factories.task(order, world.qc_lead, TaskKind.ADJUDICATE)
        factories.settle(record, adjudication, {"number": factories.own(RIGHT["number"])})

        total = queries.accuracy(order=order, person=world.qc_lead).sources[0].total

        assert (total.n, total.errors, total.n_flagged) == (3, 0, 1)

    def test_counts_hours_from_the_first_keying_of_the_day_at_the_site(self, world, order, first, second):
        batch = factories.batch(order)
        # Half past midnight in Pune is the evening before in UTC: a new day begins there.
        for at in (NOW, NOW + timedelta(minutes=61), NOW + timedelta(hours=4)):
            record = factories.record(batch)
            factories.key(record, first, RIGHT, at=at)
            factories.key(record, second, RIGHT, at=at)

        hours = queries.accuracy(order=order, person=first.holder).sources[0].groups["hour"]

        assert [(group.name, group.rate.n) for group in hours] == [("Hour 1", 4), ("Hour 2", 2)]

    def test_counts_findings_of_inspectors_for_the_first_keyer(self, world, order, record, first, second):
        factories.key(record, first, RIGHT | {"note": "Stamped once."})
        factories.key(record, second, RIGHT)
        inspect(record, world, RIGHT)

        source = queries.accuracy(order=order, person=world.qc_lead).sources[2]

        assert (source.total.n, source.total.errors) == (5, 1)
        assert {group.name: group.rate.errors for group in source.groups["field"]}["Remark"] == 1
        assert [group.name for group in source.groups["keyer"]] == [first.holder.name]

    def test_leaves_out_findings_that_were_set_aside(self, world, order, record, first, second):
        factories.key(record, first, RIGHT | {"note": "Stamped once."})
        factories.key(record, second, RIGHT)
        inspect(record, world, RIGHT)
        Defect.objects.update(set_aside_by=world.qc_lead, set_aside_reason="The stamp is of later.")

        assert queries.accuracy(order=order, person=world.qc_lead).sources[2].total.errors == 0

    def test_tells_what_became_of_the_guesses_of_the_machine(self, world, order, first, second):
        schema = factories.schema(order, prefill=True)
        guesses = {"note": {"value": "Stamped twlce.", "confidence": 0.4}, "filed": {"value": "March 4, 1999"}}
        record = factories.record(factories.batch(order), schema=schema, prefill=guesses)

        factories.key(record, first, RIGHT)
        factories.key(record, second, RIGHT)

        prefilled = queries.accuracy(order=order, person=world.qc_lead).prefilled
        assert (prefilled.n, prefilled.n_prefilled, prefilled.n_corrected) == (5, 2, 1)

    def test_tells_keystrokes_and_idle_time(self, world, order, first, second):
        batch = factories.batch(order)
        for _ in range(20):
            factories.done(batch, first, second)

        (pace,) = queries.accuracy(order=order, person=first.holder).paces

        assert (pace.n_records, pace.keystrokes, pace.seconds, pace.idle) == (20, 2400, 800, "10.0 %")
        assert pace.per_hour == 2400 * 3600 / 720


def inspect(record, world, raw):
    """Let an inspector read a settled record as `raw` says."""
    order = record.order
    lot = Lot.objects.create(
        order=order,
        number=1,
        scheme=Scheme.ZERO_ACCEPTANCE,
        state=LotState.DRAWN,
        seed=b"s",
        size=1,
        sample_size=1,
        made_by=world.qc_lead,
        committed_at=NOW,
        seed_sealed=b"s",
        units=[record.name],
    )
    doer = record.first_doer.key
    sample = Sample.objects.create(lot=lot, unit=record.name, position=1, doer=doer, n_opportunities=5)
    reading = {f"value-{key}": text for key, text in raw.items()}
    found = Inspection.objects.create(sample=sample, inspector=world.qc_lead, reading=reading, at=NOW)
    for finding in queries.judge(order, record.name, reading):
        Defect.objects.create(inspection=found, kind=finding.defect, severity="MAJOR", note=finding.note)


class TestAccuracyPage:
    @pytest.fixture
    def settled(self, order, first, second):
        return factories.done(factories.batch(order), first, second)

    def page(self, person, order, name="accuracy", **kwargs):
        client = Client()
        client.force_login(person)
        return client.get(reverse(f"entry:{name}", args=[order.ref, *kwargs.values()]))

    def test_names_the_other_keyer_to_those_who_measure_and_not_to_a_keyer(self, world, order, settled):
        measured = self.page(world.qc_lead, order).content.decode()
        own = self.page(world.specialist, order).content.decode()

        assert world.second_specialist.name in measured
        assert world.second_specialist.name not in own

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_is_handed_out_as_a_table(self, world, order, settled, form):
        answer = self.page(world.qc_lead, order, "export", table="accuracy", form=form)

        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].endswith(f'accuracy.{form}"')
