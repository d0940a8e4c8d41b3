"""Checkpoints and the verification of an export that someone may have altered."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given, settings
from hypothesis import strategies as st

from cursitor.engines import merkle

PRIVATE_KEY = bytes(range(32))
FOREIGN_KEY = bytes(range(1, 33))
ORIGIN = "firm.example/matter-7"
AT = "2026-11-22T17:00:00Z"


def public_key(private_key=PRIVATE_KEY):
    key = ed25519.Ed25519PrivateKey.from_private_bytes(private_key).public_key()
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def checkpoint_row(frontier, *, private_key=PRIVATE_KEY, origin=ORIGIN):
    note = merkle.checkpoint_note(origin, frontier.size, frontier.root(), AT)
    return {
        "kind": "checkpoint",
        "origin": origin,
        "size": frontier.size,
        "root": frontier.root().hex(),
        "at": AT,
        "signature": merkle.sign_checkpoint(note, private_key).hex(),
        "public_key": public_key(private_key).hex(),
    }


def export_rows(n_entries=7, checkpoints_after=(3, 7)):
    frontier, rows = merkle.Frontier(), []
    for sequence in range(n_entries):
        entry = {
            "kind": "entry",
            "sequence": sequence,
            "event": "work.issued",
            "data": {"order": sequence * 10},
        }
        leaf = merkle.leaf_hash(merkle.entry_bytes(entry))
        frontier = frontier.append(leaf)
        rows.append({**entry, "leaf_hash": leaf.hex()})
        if frontier.size in checkpoints_after:
            rows.append(checkpoint_row(frontier))
    return rows


def lines(rows):
    return [json.dumps(row).encode() + b"\n" for row in rows]


class TestCheckpointNote:
    def test_has_the_lines_of_the_published_form(self):
        root = bytes(range(32))

        note = merkle.checkpoint_note(ORIGIN, 20852163, root, AT)

        assert note == (
            b"firm.example/matter-7\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n2026-11-22T17:00:00Z\n"
        )

    @pytest.mark.parametrize(
        ("origin", "size", "root", "at"),
        [
            ("", 1, bytes(32), ""),
            ("two\nlines", 1, bytes(32), ""),
            (ORIGIN, -1, bytes(32), ""),
            (ORIGIN, 1, bytes(31), ""),
            (ORIGIN, 1, bytes(32), "now\nforged line"),
        ],
    )
    def test_refuses_what_would_make_two_statements_of_one(self, origin, size, root, at):
        with pytest.raises(ValueError, match=r"must|needs"):
            merkle.checkpoint_note(origin, size, root, at)

    def test_signature_holds_for_this_note_and_key_only(self):
        note = merkle.checkpoint_note(ORIGIN, 1, bytes(32), AT)
        signature = merkle.sign_checkpoint(note, PRIVATE_KEY)

        merkle.verify_checkpoint(note=note, signature=signature, public_key=public_key())

        for changed in (
            {"note": note + b"x"},
            {"signature": signature[:-1]},
            {"public_key": public_key(FOREIGN_KEY)},
            {"public_key": b"short"},
        ):
            stated = {"note": note, "signature": signature, "public_key": public_key(), **changed}
            with pytest.raises(merkle.BadSignature):
                merkle.verify_checkpoint(**stated)


class TestVerifyExport:
    def test_proves_an_untouched_export(self):
        report = merkle.verify_export(lines(export_rows()))

        assert report.failure is None
        assert report.is_verified
        assert (report.n_entries, report.n_checkpoints, report.covered) == (7, 2, 7)
        assert (report.origins, report.public_keys) == ((ORIGIN,), (public_key().hex(),))

    def test_says_how_many_entries_no_checkpoint_covers(self):
        report = merkle.verify_export(lines(export_rows(checkpoints_after=(3,))))

        assert report.failure is None
        assert (report.n_entries, report.covered, report.is_verified) == (7, 3, False)

    def test_names_the_first_entry_that_was_altered(self):
        rows = export_rows()
        rows[1]["data"] = {"order": 11}

        report = merkle.verify_export(lines(rows))

        assert str(report.failure) == "line 2 (entry 1): the entry does not have the leaf hash it states"

    def test_finds_an_alteration_that_also_corrects_the_leaf_hash(self):
        rows = export_rows()
        rows[1]["data"] = {"order": 11}
        rows[1]["leaf_hash"] = merkle.leaf_hash(merkle.entry_bytes(rows[1])).hex()

        report = merkle.verify_export(lines(rows))

        assert report.failure.line == 4
        assert "do not have the root" in report.failure.reason

    def test_finds_a_rewrite_signed_by_another_key_when_told_whom_to_trust(self):
        frontier, rows = merkle.Frontier(), []
        for sequence in range(2):
            entry = {"kind": "entry", "sequence": sequence, "event": "rewritten"}
            frontier = frontier.append(merkle.leaf_hash(merkle.entry_bytes(entry)))
            rows.append(entry)
        rows.append(checkpoint_row(frontier, private_key=FOREIGN_KEY))

        report = merkle.verify_export(lines(rows), trusted_keys=[public_key().hex()])

        assert "a key that is not trusted" in report.failure.reason

    @pytest.mark.parametrize("member", ["origin", "size", "root", "at", "signature", "public_key"])
    def test_finds_every_change_of_a_checkpoint(self, member):
        rows = export_rows()
        value = rows[-1][member]
        rows[-1][member] = value + 1 if isinstance(value, int) else ("f" if value[0] != "f" else "e") + value[1:]

        report = merkle.verify_export(lines(rows))

        assert report.failure.line == 9

    @given(st.data())
    @settings(max_examples=60)
    def test_finds_any_row_dropped_repeated_or_moved(self, data):
        rows = export_rows(checkpoints_after=(7,))
        place = data.draw(st.integers(0, 6))
        how = data.draw(st.sampled_from(["drop", "repeat", "move"]))
        taken = rows.pop(place)
        if how == "repeat":
            rows[place:place] = [taken, taken]
        if how == "move":
            elsewhere = data.draw(st.integers(0, 6).filter(lambda other: other != place))
            rows.insert(elsewhere, taken)

        report = merkle.verify_export(lines(rows))

        assert report.failure is not None
        assert not report.is_verified

    @given(st.data())
    @settings(max_examples=150)
    def test_finds_any_changed_byte_or_reads_the_same_values(self, data):
        original = lines(export_rows())
        altered = [*original]
        row = data.draw(st.integers(0, len(original) - 1))
        place = data.draw(st.integers(0, len(original[row]) - 2))
        byte = data.draw(st.integers(0, 255))
        altered[row] = original[row][:place] + bytes([byte]) + original[row][place + 1 :]

        report = merkle.verify_export(altered)

        if report.failure is None:
            before, after = json.loads(original[row]), json.loads(altered[row])
            # A row may lose nothing but the repetition of its leaf hash, which the root still covers.
            assert merkle.entry_bytes(before) == merkle.entry_bytes(after) or "leaf_hash" not in after
            assert report.root == merkle.verify_export(original).root

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"{", "not JSON"),
            (b"\xff", "not JSON"),
            (b"[]", "not a JSON object"),
            (b'{"kind": "entry", "sequence": 0, "sequence": 0}', "occurs twice"),
            (b'{"kind": "entry"}', "no whole number `sequence`"),
            (b'{"kind": "entry", "sequence": 1}', "sequence 1 stands where 0 is due"),
            (b'{"kind": "entry", "sequence": 0, "x": NaN}', "is nan"),
            (b'{"kind": "note"}', "row kind 'note' is unknown"),
            (b'{"kind": "checkpoint", "size": 0}', "exactly the members"),
        ],
    )
    def test_names_the_line_that_cannot_be_read(self, line, reason):
        report = merkle.verify_export([line])

        assert report.failure.line == 1
        assert reason in report.failure.reason

    def test_proves_nothing_without_a_checkpoint(self):
        report = merkle.verify_export([])

        assert "nothing is proved" in report.failure.reason

    def test_refuses_checkpoints_of_two_logs(self):
        rows = export_rows(n_entries=1, checkpoints_after=(1,))
        frontier = merkle.Frontier().append(bytes.fromhex(rows[0]["leaf_hash"]))
        rows.append(checkpoint_row(frontier, origin="other.example/log"))

        report = merkle.verify_export(lines(rows))

        assert "belong to several logs" in report.failure.reason


def withholding(rows, *sequences):
    """Return the rows with some entries replaced by their leaf hash alone."""
    return [
        {"kind": "leaf", "sequence": row["sequence"], "leaf_hash": row["leaf_hash"]}
        if row["kind"] == "entry" and row["sequence"] in sequences
        else row
        for row in rows
    ]


class TestWithheldEntries:
    def test_verify_to_the_same_root_as_the_whole_log(self):
        rows = export_rows()

        whole = merkle.verify_export(lines(rows))
        part = merkle.verify_export(lines(withholding(rows, 0, 2, 6)))

        assert part.is_verified
        assert (part.root, part.n_entries, part.n_withheld) == (whole.root, 7, 3)
        assert whole.n_withheld == 0

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"leaf_hash": "00" * 32}, "do not have the root"),
            ({"leaf_hash": "00"}, "32 bytes"),
            ({"leaf_hash": "zz" * 32}, "hexadecimal"),
            ({"sequence": 5}, "stands where"),
            ({"actor": "somebody"}, "exactly the members"),
        ],
    )
    def test_do_not_verify_when_they_are_altered(self, change, reason):
        rows = withholding(export_rows(), 1)
        rows[1] = {**rows[1], **change}

        report = merkle.verify_export(lines(rows))

        assert not report.is_verified
        assert reason in str(report.failure)
