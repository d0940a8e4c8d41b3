"""Error rates: a seeded batch against a count by hand, and every way in which two tables may not fit."""

import csv
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import entry
from cursitor.engines.entry import accuracy, tables

SCHEMA = {
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "filed": {"type": "string", "format": "date"},
        "amount": {"type": "number"},
        "n": {"type": "integer"},
        "is_final": {"type": "boolean"},
    }
}
FORM = entry.from_json_schema(SCHEMA)
KEYED_FIELDS = ["name", "filed", "amount", "n", "is_final"]


def table(rows, name="table.csv", columns=None):
    columns = columns or list(rows[0])
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return tables.read(text.getvalue().encode(), name=name)


def record(number, chance):
    day = f"{chance.randrange(1950, 2020)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    return {
        "id": str(number),
        "name": f"Name {chance.randrange(10**6)}",
        "filed": day,
        "amount": f"{chance.randrange(10**7) / 100:.2f}",
        "n": str(chance.randrange(1000)),
        "is_final": chance.choice(["true", "false"]),
    }


def harmless(row, chance):
    """Return the record written differently where its types allow it."""
    year, month, day = row["filed"].split("-")
    return row | {
        "filed": chance.choice([row["filed"], f"{int(month)}/{int(day)}/{year}"]),
        "amount": chance.choice([row["amount"], f"{float(row['amount']):,.2f}"]),
        "n": row["n"].zfill(4),
        "is_final": {"true": "Yes", "false": "No"}[row["is_final"]],
    }


def harmful(row, field):
    """Return the record with one error that a keyer makes."""
    year, month, day = row["filed"].split("-")
    wrong = {
        "name": row["name"].upper(),
        "filed": f"{int(year) + 1}-{month}-{day}",
        "amount": f"{float(row['amount']) + 0.01:.2f}",
        "n": row["n"] + "0" if row["n"] != "0" else "7",
        "is_final": {"true": "false", "false": "true"}[row["is_final"]],
    }
    return row | {field: wrong[field]}


class TestScore:
    def test_equals_the_hand_count_on_a_seeded_batch(self):
        chance = random.Random(20261122)
        truth = [record(number, chance) for number in range(2_500)]
        planted = dict.fromkeys(KEYED_FIELDS, 0)
        keyed = []
        for row in truth:
            told = harmless(row, chance)
            for field in KEYED_FIELDS:
                if chance.random() < 0.004:
                    told[field] = harmful(row, field)[field]
                    planted[field] += 1
            keyed.append(told)
        chance.shuffle(keyed)

        found = accuracy.score(FORM, table(truth), table(keyed), key="id")

        assert found.total.fields == 12_500
        assert sum(planted.values()) > 20
        assert {name: rate.errors for name, rate in found.by_field.items()} == planted
        assert found.total.errors == sum(planted.values())
        assert found.total.low < found.total.rate < found.total.high

    cells = st.sampled_from(["", "a", "A", "1", "01", "1.0", "2", "2001-02-03", "3 Feb 2001", "true", "yes", "no"])
    rows = st.fixed_dictionaries(dict.fromkeys(KEYED_FIELDS, cells))

    @given(st.dictionaries(st.integers(1, 9), rows, min_size=1), st.dictionaries(st.integers(1, 9), rows, min_size=1))
    @settings(max_examples=100)
    def test_equals_a_count_by_brute_force(self, truth, keyed):
        same = [{"1", "01", "1.0"}, {"2001-02-03", "3 Feb 2001"}]
        as_boolean = [{"1", "true", "yes"}, {"no"}]
        kinds = {"name": [], "filed": same[1:], "amount": same[:1], "n": same[:1], "is_final": as_boolean}

        def is_wrong(field, right, told):
            return right != told and not any({right, told} <= group for group in kinds[field])

        expected = {
            field: sum(is_wrong(field, row[field], keyed.get(key, {}).get(field, "")) for key, row in truth.items())
            for field in KEYED_FIELDS
        }
        as_tables = [table([{"id": str(key), **row} for key, row in rows.items()]) for rows in (truth, keyed)]

        found = accuracy.score(FORM, *as_tables)

        assert {name: rate.errors for name, rate in found.by_field.items()} == expected
        assert set(found.missing) == {str(key) for key in truth.keys() - keyed.keys()}
        assert set(found.extra) == {str(key) for key in keyed.keys() - truth.keys()}

    def test_takes_plain_texts_exactly(self):
        truth = table([{"id": "1", "name": "Jos\u00e9"}, {"id": "2", "name": "Doe"}, {"id": "3", "name": "Roe"}])
        keyed = table([{"id": "1", "name": "Jos\u00e9"}, {"id": "2", "name": "Doe "}, {"id": "3", "name": "roe"}])

        assert accuracy.score(FORM, truth, keyed).total.errors == 2

    @pytest.mark.parametrize(
        ("truth", "keyed", "errors"),
        [("1234.50", "$1,234.5", 0), ("$5", "5.00 USD", 0), ("$5", "5 EUR", 1), ("5", "6", 1), ("5", "12.345", 1)],
    )
    def test_minds_the_currency_only_where_both_tell_one(self, truth, keyed, errors):
        form = entry.from_json_schema({"properties": {"fee": {"type": "string", "format": "money"}}})

        found = accuracy.score(form, table([{"fee": truth}]), table([{"fee": keyed}]))

        assert found.total.errors == errors

    def test_counts_a_record_that_was_not_keyed_in_every_filled_field(self):
        truth = table([{"id": "1", "name": "Doe", "n": "1"}, {"id": "2", "name": "Roe", "n": ""}])
        keyed = table([{"id": "1", "name": "Doe", "n": "1"}, {"id": "7", "name": "Poe", "n": "3"}])

        found = accuracy.score(FORM, truth, keyed)

        assert (found.records, found.total.fields, found.total.errors) == (2, 4, 1)
        assert (found.missing, found.extra) == (("2",), ("7",))

    def test_counts_a_column_that_was_not_keyed_as_wrong(self):
        truth = table([{"id": "1", "name": "Doe", "n": "1"}])

        found = accuracy.score(FORM, truth, table([{"id": "1", "name": "Doe"}]))

        assert {name: rate.errors for name, rate in found.by_field.items()} == {"name": 0, "n": 1}
        assert any("n: is not in" in note for note in found.notes)

    def test_goes_by_the_order_of_rows_without_a_key(self):
        truth, keyed = table([{"name": "Doe"}, {"name": "Roe"}]), table([{"name": "Doe"}])

        found = accuracy.score(FORM, truth, keyed)

        assert (found.key, found.missing, found.total.errors) == (None, ("row 2",), 1)
        assert any("order of rows" in note for note in found.notes)

    @pytest.mark.parametrize(
        ("truth", "keyed", "key", "named"),
        [
            ([{"id": "1", "n": "1"}], [{"id": "1", "n": "1"}, {"id": "01", "n": "1"}], None, "lines 2 and 3"),
            ([{"id": "1", "n": "1"}, {"id": "", "n": "1"}], [{"id": "1", "n": "1"}], None, "line 3"),
            ([{"id": "1", "n": "1"}], [{"id": "1", "n": "1"}], "docket", "no column 'docket'"),
            ([{"id": "1", "x": "1"}], [{"id": "1", "n": "1"}], None, "no field of the form"),
        ],
    )
    def test_refuses_tables_that_do_not_fit(self, truth, keyed, key, named):
        with pytest.raises(accuracy.TablesCannotBeScored, match=named):
            accuracy.score(FORM, table(truth), table(keyed), key=key)


CELLS = st.text(max_size=5) | st.sampled_from(
    ["1", "", " ", "1/2/1999", "13/2/1999", "1999-02-01", "$1", "yes", "Doe, J."]
)
TYPES = st.sampled_from([member for member in entry.FieldType if member is not entry.FieldType.CHOICE])


class TestAnyTables:
    @given(
        st.lists(TYPES, min_size=1, max_size=3),
        st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=5),
        st.data(),
    )
    @settings(max_examples=100)
    def test_are_right_beside_themselves_in_any_order_or_refused(self, types, rows, data):
        fields = tuple(entry.Field(key=f"f{place}", type=kind) for place, kind in enumerate(types))
        columns = ("id", "f0", "f1", "f2")
        other = data.draw(st.permutations(rows))
        truth, keyed = (
            tables.Table("t", columns, tuple(tables.Row(line, tuple(row)) for line, row in enumerate(each, 2)))
            for each in (rows, other)
        )

        try:
            found = accuracy.score(entry.FormDefinition(title="", fields=fields), truth, keyed)
        except accuracy.TablesCannotBeScored as refused:
            is_as_promised = str(refused).startswith("t")
        else:
            is_as_promised = found.total.errors == 0 and not found.missing

        assert is_as_promised


class TestDatesWithoutAnOrder:
    @pytest.mark.parametrize(
        ("truth", "keyed", "errors"),
        [
            (["1999-03-04"], ["3/4/1999"], 0),
            (["1999-03-04", "1999-03-25"], ["4/3/1999", "25/3/1999"], 0),
            (["1999-03-04", "1999-03-25"], ["4/3/1999", "3/25/1999"], 1),
            (["04/03/1999", "25/03/1999"], ["1999-03-04", "25.3.1999"], 0),
            (["1999-03-04", "1999-03-25"], ["3/4/99", "3/25/99"], 0),
        ],
    )
    def test_are_read_as_the_columns_prove(self, truth, keyed, errors):
        right, told = (table([{"filed": day} for day in days]) for days in (truth, keyed))

        found = accuracy.score(FORM, right, told)

        assert found.total.errors == errors

    def test_do_not_let_one_slip_turn_the_column(self):
        days = [f"1999-01-{day:02}" for day in range(1, 29)]
        keyed = [f"1/{day}/1999" for day in range(1, 29)]
        keyed[20] = "21/1/1999"

        found = accuracy.score(FORM, *(table([{"filed": day} for day in column]) for column in (days, keyed)))

        assert found.total.errors == 1


class TestGrouped:
    def test_gives_every_group_its_own_interval(self):
        keyed = [(("ada", 1), False)] * 99 + [(("ada", 1), True)] + [(("ben", 2), False)] * 10

        found = accuracy.grouped(keyed)

        assert (found["ada", 1].errors, found["ada", 1].fields) == (1, 100)
        assert found["ada", 1].high == pytest.approx(0.0545, abs=0.0001)
        assert found["ben", 2].rate == 0

    def test_knows_nothing_of_nothing(self):
        assert accuracy.grouped([]) == {}
        assert accuracy.rate(errors=0, fields=0) == accuracy.Rate(0, 0, None, 0.0, 1.0)
