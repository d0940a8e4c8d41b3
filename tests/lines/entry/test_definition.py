import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import entry as engine
from cursitor.lines.entry import differences, documents, drafts, imports, operations, queries, regions, rule_drafts
from cursitor.lines.entry.operations.defining import DefinitionRefused
from cursitor.plumbing.refusal import Invalid, NotPermitted, NotVisible
from cursitor.spine.audit.models import Entry
from cursitor.spine.work.choices import OrderState
from tests.factories import NOW
from tests.lines.entry import factories

CARD = {
    "title": "Card",
    "properties": {
        "zulu": {"type": "string", "format": "date"},
        "alpha": {"type": "string", "x-region": {"page": 1, "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.05}},
    },
}


@pytest.fixture
def order(world):
    return factories.bare_order(world)


def make(order, by, definition=CARD, *, prefill=False, note=""):
    return operations.make_schema(
        order=order, definition=definition, prefill=prefill, note=note, by=by, at=NOW + timedelta(hours=1)
    )


class TestMakeSchema:
    def test_makes_the_first_version_and_writes_it_to_the_log(self, world, order):
        made = make(order, world.delivery_manager, note="From the intake call")

        logged = Entry.objects.get(type="entry.schema.made")
        assert (made.version, made.note) == (1, "From the intake call")
        assert logged.matter == order.matter.key
        assert logged.data["fields"] == 2

    def test_makes_no_version_of_what_did_not_change(self, world, order):
        first = make(order, world.delivery_manager)

        again = make(order, world.delivery_manager, documents.handed_out(first.definition))

        assert again.pk == first.pk
        assert order.schemas.count() == 1

    def test_makes_a_version_where_only_the_order_of_fields_changed(self, world, order):
        make(order, world.delivery_manager)
        turned = {**CARD, "properties": dict(reversed(CARD["properties"].items()))}

        made = make(order, world.delivery_manager, turned)

        assert made.version == 2
        assert [field.key for field in queries.definition(made).fields] == ["alpha", "zulu"]

    def test_makes_a_version_where_only_the_prefill_or_a_place_changed(self, world, order):
        make(order, world.delivery_manager)
        make(order, world.delivery_manager, prefill=True)
        moved = json.loads(json.dumps(CARD))
        moved["properties"]["alpha"]["x-region"]["x"] = 0.2

        made = make(order, world.delivery_manager, moved, prefill=True)

        assert made.version == 3
        assert queries.regions(made)["alpha"].x == 0.2

    def test_leaves_records_with_the_version_they_were_made_with(self, world):
        order = factories.order(world)
        record = factories.record(factories.batch(order))

        made = make(order, world.delivery_manager)

        record.refresh_from_db()
        assert (made.version, record.schema.version) == (2, 1)
        assert queries.current_schema(order) == made

    def test_keeps_the_order_of_fields_where_the_database_does_not(self, world, order):
        made = make(order, world.delivery_manager)
        shuffled = {**made.definition, "properties": dict(sorted(made.definition["properties"].items()))}

        assert [field.key for field in documents.form(shuffled).fields] == ["zulu", "alpha"]

    def test_tells_every_fault_and_makes_nothing(self, world, order):
        broken = {
            "properties": {
                "amount": {"type": "string", "x-cursitor": {"type": "money", "currency": "XXQ"}},
                "kind": {"type": "string", "x-cursitor": {"type": "choice"}},
            }
        }

        with pytest.raises(DefinitionRefused) as refused:
            make(order, world.delivery_manager, broken)

        assert {key for key, _sentence in refused.value.faults} == {"amount", "kind"}
        assert not order.schemas.exists()

    def test_refuses_a_key_longer_than_a_value_can_be_filed_under(self, world, order):
        with pytest.raises(DefinitionRefused, match="60 characters"):
            make(order, world.delivery_manager, {"properties": {"k" * 61: {"type": "string"}}})

    @pytest.mark.parametrize(
        "off", [{"x": 0.9}, {"page": 0}, {"w": 0}, {"h": "tall"}, {"x": float("nan")}, {"page": 1.5}]
    )
    def test_refuses_a_place_that_lies_on_no_page(self, world, order, off):
        placed = json.loads(json.dumps(CARD))
        placed["properties"]["alpha"]["x-region"] |= off

        with pytest.raises(DefinitionRefused, match="alpha"):
            make(order, world.delivery_manager, placed)

    @pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
    def test_refuses_what_a_database_cannot_keep(self, world, order, text):
        with pytest.raises(DefinitionRefused, match="cannot be kept"):
            make(order, world.delivery_manager, {"properties": {"a": {"type": "string", "title": text}}})

    def test_is_for_those_who_define_and_whoever_holds_the_intake(self, world, order):
        with pytest.raises(NotPermitted):
            make(order, world.specialist)
        factories.task(order, world.specialist, "INTAKE")

        assert make(order, world.specialist).made_by == world.specialist

    def test_refuses_once_the_order_has_ended(self, world, order):
        order.state = OrderState.CLOSED
        order.save()

        with pytest.raises(Invalid, match="has ended"):
            make(order, world.delivery_manager)

    def test_refuses_behind_a_wall(self, world, order):
        order.matter.walls.create(
            person=world.delivery_manager, reason="Acted before", raised_by=world.attorney, raised_at=NOW
        )

        with pytest.raises(NotVisible):
            make(order, world.delivery_manager)


class TestOthers:
    def test_are_the_latest_forms_of_the_same_firm_that_the_person_may_see(self, world, order):
        other = factories.order(world)
        factories.schema(other, factories.SINGLE_FORM)

        found = queries.others(order, person=world.delivery_manager)

        assert [(one.order, one.version) for one in found] == [(other, 2)]
        assert queries.others(order, person=world.outsider) == ()
        assert queries.others(other, person=world.delivery_manager) == ()


class TestDraft:
    @pytest.mark.parametrize("key", imports.STARTERS)
    def test_of_a_starter_is_the_starter_again(self, key):
        found = imports.starter(key)

        draft = drafts.of_form(found.form, found.places, origin="starter")

        assert drafts.read(draft).form == found.form
        assert drafts.read(draft).faults == ()
        assert not draft["warnings"]
        assert not found.warnings

    def test_makes_a_key_of_the_label_once_and_keeps_it(self):
        draft = drafts.act(drafts.empty(), "add")
        drafts.apply(draft, {"entry": "1", "label": "Date filed", "type": "DATE"})
        drafts.apply(draft, {"entry": "1", "label": "Filed on", "type": "DATE", "key": "date_filed"})

        assert [field.key for field in drafts.read(draft).form.fields] == ["date_filed"]

    def test_moves_removes_and_minds_a_button_pressed_twice(self):
        draft = drafts.of_form(factories.FORM, {}, origin="")
        first, second = (entry["id"] for entry in draft["fields"][:2])

        drafts.act(draft, "down", str(first))
        drafts.act(draft, "up", str(second))
        drafts.act(draft, "remove", str(first))
        drafts.act(draft, "remove", str(first))

        assert [entry["key"] for entry in draft["fields"]] == ["number", "filed", "kind", "note"]

    def test_renames_a_field_in_its_rules(self):
        rule = engine.RequiredWhen(field="note", when="kind", equals="AMENDMENT")
        form = engine.FormDefinition(title="", fields=factories.FORM.fields, rules=(rule,))
        draft = drafts.act(drafts.of_form(form, {}, origin=""), "open", "5")

        drafts.apply(draft, {"entry": "5", "label": "Remark", "key": "remark", "type": "TEXT"})

        assert drafts.read(draft).form.rules[0].field == "remark"

    def test_tells_what_is_wrong_by_field_and_input(self):
        draft = drafts.empty()
        for label, more in (
            ("A", {"pattern": "(a"}),
            ("B", {"type": "MONEY", "currency": "dollar"}),
            ("C", {"type": "CHOICE"}),
            ("D", {"n_characters_max": "many"}),
            ("E", {"region_x": "95", "region_y": "1", "region_w": "10", "region_h": "1"}),
            ("F", {"type": "DATE", "minimum": "soon"}),
            ("G", {"key": "k" * 61}),
            ("", {}),
        ):
            drafts.act(draft, "add")
            drafts.apply(draft, {"entry": draft["open"], "label": label, "type": "TEXT", **more})

        told = {(fault.name, fault.input) for fault in drafts.read(draft).faults}

        assert told == {
            ("A", "pattern"),
            ("B", "currency"),
            ("C", "choices"),
            ("D", "n_characters_max"),
            ("E", "region_x"),
            ("F", "minimum"),
            ("G", "key"),
            ("Field without a label", "label"),
        }

    def test_tells_of_keys_used_twice_and_of_rules_that_lost_their_field(self):
        rule = engine.FieldsCompare(left="filed", operator=engine.Operator.LESS, right="number")
        form = engine.FormDefinition(title="", fields=factories.FORM.fields[1:2] * 2, rules=(rule,))
        draft = drafts.of_form(form, {}, origin="")

        told = [fault.sentence for fault in drafts.read(draft).faults]

        assert told == ["The key is used twice.", "It names a field that the form does not have: filed."]

    def test_makes_a_critical_field_double_keyed(self):
        field, _place, wrong = drafts.field_of({"label": "No.", "key": "no", "is_critical": True})

        assert (field.is_double_keyed, wrong) == (True, {})

    def test_lets_options_of_another_type_go(self):
        field, _place, wrong = drafts.field_of(
            {"key": "a", "type": "TEXT", "currency": "zz", "minimum": "soon", "date_order": "DMY", "latest_year": "x"}
        )

        assert field == engine.Field(key="a")
        assert not wrong

    def test_keeps_bars_in_the_values_of_a_list(self):
        choices = (engine.Choice("A|B", "either | or"), engine.Choice("C"))
        field = engine.Field(key="k", type=engine.FieldType.CHOICE, choices=choices)

        assert drafts.field_of(drafts.texts_of(field, None))[0] == field

    def test_says_what_inputs_cannot_hold(self):
        field = engine.Field(key="k", type=engine.FieldType.CHOICE, choices=(engine.Choice(" a"),))

        draft = drafts.of_form(engine.FormDefinition(title="", fields=(field,)), {}, origin="")

        assert draft["warnings"] == ["The field k could not be taken over to the last character."]

    @settings(max_examples=60, deadline=None)
    @given(st.dictionaries(st.sampled_from((*drafts.TEXTS, *drafts.TICKS)), st.text(max_size=30)))
    def test_takes_whatever_is_typed_and_either_keys_by_it_or_says_why_not(self, typed):
        draft = drafts.apply(drafts.act(drafts.empty(), "add"), {"entry": "1", **typed})

        read = drafts.read(draft)

        assert read.faults or documents.form(read.document) == read.form
        assert json.loads(json.dumps(draft)) == draft

    @settings(max_examples=40, deadline=None)
    @given(
        st.sampled_from(sorted(rule_drafts.KINDS)),
        st.dictionaries(
            st.sampled_from(("left", "right", "operator", "field", "when", "equals", "total", "severity")),
            st.sampled_from(("filed", "note", "number", "", "LESS", "\x00")),
        ),
        st.lists(st.sampled_from(("filed", "note", "gone"))),
    )
    def test_takes_whatever_a_rule_says(self, kind, typed, parts):
        draft = drafts.act(drafts.of_form(factories.FORM, {}, origin=""), "add-rule", kind)
        drafts.apply(draft, {"entry": draft["open"], "parts": parts, **typed})

        read = drafts.read(draft)

        assert read.faults or documents.form(read.document) == read.form


class TestImport:
    def test_takes_back_what_was_handed_out_places_and_all(self, world):
        schema = factories.schema(factories.bare_order(world))
        place = regions.Region(2, 0.25, 0.5, 0.125, 0.0625)
        document = documents.handed_out(documents.kept(queries.definition(schema), {"filed": place}))

        found = imports.read(json.dumps(document).encode())

        assert found.form == queries.definition(schema)
        assert found.places == {"filed": place}
        assert found.warnings == ()

    def test_lists_what_it_does_not_understand(self):
        found = imports.read(b'{"properties": {"a": {"type": "string", "oddly": 1}, "b": {"type": "array"}}}')

        assert len(found.warnings) == 2
        assert [field.key for field in found.form.fields] == ["a"]

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "not JSON"),
            (b"{", "not JSON"),
            (b"\xff\xfe{", "not UTF-8"),
            (b"[]", "JSON object"),
            (b"{}", "neither"),
            (b'{"properties": {}}', "at least one field"),
            (b"[" * 100_000, "nested too deeply"),
            (b'{"properties": {"a": {"type": "string", "x-region": 3}}}', "a: a place is"),
            (b'{"properties": {"a": {"x-cursitor": {"type": "date", "minimum": NaN}}}}', "no number of JSON"),
            (b'{"properties": {"a": {"type": "string", "title": "\\u0000"}}}', "cannot be kept"),
            (b" " * (imports.LARGEST + 1), "larger than"),
        ],
    )
    def test_refuses_with_the_reason(self, data, told):
        with pytest.raises(Invalid, match=told):
            imports.read(data)

    @settings(max_examples=60, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ("properties", "type", "x-region", "x-cursitor", "fields", "items", "enum", "$ref", "a")
                    ),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=20,
        )
    )
    def test_reads_or_refuses_any_json(self, document):
        try:
            found = imports.of_document(document)
        except Invalid:
            return
        assert found.form.fields


class TestDifferences:
    def test_tell_fields_options_rules_order_and_places(self):
        name, number, filed, kind, _note = factories.FORM.fields
        rule = engine.FieldsCompare(left="registrant", operator=engine.Operator.DIFFERENT, right="number2")
        before = differences.Version(factories.FORM, {}, prefill=False)
        fee = engine.Field(key="fee", label="Fee", type=engine.FieldType.MONEY)
        later = engine.FormDefinition(
            title="Statement",
            fields=(filed, engine.Field(key=name.key, label="Name", is_double_keyed=True), number, kind, fee),
            rules=(rule,),
        )

        told = differences.between(
            before, differences.Version(later, {"filed": regions.Region(1, 0.1, 0.2, 0.3, 0.4)}, prefill=True)
        )

        assert {(one.subject, one.verb, one.what) for one in told} >= {
            ("The form", "changed", "title"),
            ("The form", "changed", "first pass starts from what the machine read"),
            ("Fee", "added", ""),
            ("Remark", "removed", ""),
            ("Name", "changed", "label"),
            ("Name", "changed", "type"),
            ("Name", "changed", "required"),
            ("Filed", "changed", "place on the page"),
            ("Filed", "moved", "place in the form"),
            ("Rule: Name is different from number2", "added", ""),
        }

    def test_are_none_between_equal_versions(self):
        version = differences.Version(factories.FORM, {}, prefill=False)

        assert differences.between(version, version) == ()

    @pytest.mark.parametrize(
        ("type_", "words"),
        [(engine.FieldType.DATE, "Sent is not after Filed"), (engine.FieldType.INTEGER, "Sent is at most Filed")],
    )
    def test_tell_a_comparison_as_it_is_said_of_what_is_compared(self, type_, words):
        fields = tuple(engine.Field(key=name.lower(), label=name, type=type_) for name in ("Sent", "Filed"))
        rule = engine.FieldsCompare(left="sent", operator=engine.Operator.AT_MOST, right="filed")

        assert (
            differences.rule_in_words(rule, engine.FormDefinition(title="Card", fields=fields, rules=(rule,))) == words
        )
