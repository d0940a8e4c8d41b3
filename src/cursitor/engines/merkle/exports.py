"""Verification of an exported log from its lines alone: no database, no network, no secret."""

import dataclasses
import json
from collections.abc import Collection, Iterable, Mapping

from cursitor.engines.merkle import canonical, checkpoints, frontier, tree

UNHASHED_MEMBERS = frozenset({"kind", "leaf_hash"})
LEAF_MEMBERS = frozenset({"kind", "sequence", "leaf_hash"})
HASH_BYTES = 32
CHECKPOINT_MEMBERS = frozenset({"kind", "origin", "size", "root", "at", "signature", "public_key"})


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """The first row that does not verify; line counts from 1, sequence is None for checkpoints."""

    line: int
    sequence: int | None
    reason: str

    def __str__(self) -> str:
        where = "" if self.sequence is None else f" (entry {self.sequence})"
        return f"line {self.line}{where}: {self.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class ExportReport:
    """
    What an export proves.

    n_entries, n_checkpoints: rows that verified. n_withheld: entries of which the export gives the leaf hash alone: the
    tree holds them, their content is not shown. covered: entries under the latest good checkpoint; the
    n_entries - covered after it are only as good as the file. root: hexadecimal root over all n_entries.
    origins, public_keys: those that signed, in order of appearance (hexadecimal keys).
    failure: None if every row verified.
    """

    n_entries: int
    n_checkpoints: int
    n_withheld: int
    covered: int
    root: str
    origins: tuple[str, ...]
    public_keys: tuple[str, ...]
    failure: Failure | None

    @property
    def is_verified(self) -> bool:
        """True if no row failed and a signed checkpoint covers every entry."""
        return self.failure is None and self.covered == self.n_entries and self.n_checkpoints > 0


def entry_bytes(entry: Mapping[str, object]) -> bytes:
    """
    Return the leaf bytes of one log entry: the canonical JSON of all its members but `kind` and `leaf_hash`.

    The writer hashes exactly what the exported row shows, so nothing in a row is outside the proof.
    """
    return canonical.canonical_json({k: v for k, v in entry.items() if k not in UNHASHED_MEMBERS})


class RowFailed(ValueError):
    """Raised inside the verifier when one row does not verify."""


def verify_export(lines: Iterable[bytes], *, trusted_keys: Collection[str] | None = None) -> ExportReport:
    """
    Re-compute an exported log line by line and return what it proves; stop at the first row that fails.

    lines: JSON Lines, UTF-8. `{"kind": "entry", "sequence": n, ...}` rows have sequences 0, 1, 2 ... without
    a gap; an optional `leaf_hash` (hexadecimal) is compared. `{"kind": "leaf", "sequence": n, "leaf_hash"}` stands for
    an entry that the reader may not see. `{"kind": "checkpoint", "origin", "size", "root"
    (hexadecimal), "at", "signature" (hexadecimal), "public_key" (hexadecimal)}` stands after the entries it
    covers. Memory use is O(log n).
    trusted_keys: hexadecimal public keys that the reader obtained elsewhere; without them the report proves
    that the file is consistent with the keys it names, not whose keys they are.
    """
    reader = _Reader(trusted_keys)
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            reader.read(line)
        except RowFailed as error:
            return reader.report(Failure(number, reader.sequence, str(error)))
    if reader.n_checkpoints == 0:
        return reader.report(Failure(number, None, "the export holds no checkpoint, so nothing is proved"))
    return reader.report(None)


class _Reader:
    def __init__(self, trusted_keys: Collection[str] | None) -> None:
        self.trusted = None if trusted_keys is None else {key.lower() for key in trusted_keys}
        self.frontier = frontier.Frontier()
        self.n_checkpoints = self.n_withheld = 0
        self.covered = 0
        self.sequence: int | None = None
        self.origins: dict[str, None] = {}
        self.public_keys: dict[str, None] = {}

    def report(self, failure: Failure | None) -> ExportReport:
        return ExportReport(
            n_entries=self.frontier.size,
            n_checkpoints=self.n_checkpoints,
            n_withheld=self.n_withheld,
            covered=self.covered,
            root=self.frontier.root().hex(),
            origins=tuple(self.origins),
            public_keys=tuple(self.public_keys),
            failure=failure,
        )

    def read(self, line: bytes) -> None:
        self.sequence = None
        row = _parse(line)
        if row.get("kind") == "entry":
            self._entry(row)
        elif row.get("kind") == "leaf":
            self._withheld(row)
        elif row.get("kind") == "checkpoint":
            self._checkpoint(row)
        else:
            raise RowFailed(f"the row kind {row.get('kind')!r} is unknown")

    def _take_sequence(self, row: dict[str, object]) -> None:
        sequence = row.get("sequence")
        if not isinstance(sequence, int) or isinstance(sequence, bool):
            raise RowFailed("the entry has no whole number `sequence`")
        self.sequence = sequence
        if sequence != self.frontier.size:
            raise RowFailed(f"sequence {sequence} stands where {self.frontier.size} is due")

    def _withheld(self, row: dict[str, object]) -> None:
        self._take_sequence(row)
        if set(row) != LEAF_MEMBERS:
            raise RowFailed(f"a withheld entry has exactly the members {', '.join(sorted(LEAF_MEMBERS))}")
        leaf = _hexadecimal(row, "leaf_hash")
        if len(leaf) != HASH_BYTES:
            raise RowFailed(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf)}")
        self.frontier = self.frontier.append(leaf)
        self.n_withheld += 1

    def _entry(self, row: dict[str, object]) -> None:
        self._take_sequence(row)
        try:
            computed = tree.leaf_hash(entry_bytes(row))
        except canonical.NotCanonical as error:
            raise RowFailed(str(error)) from error
        if "leaf_hash" in row and row["leaf_hash"] != computed.hex():
            raise RowFailed("the entry does not have the leaf hash it states")
        self.frontier = self.frontier.append(computed)

    def _checkpoint(self, row: dict[str, object]) -> None:
        if set(row) != CHECKPOINT_MEMBERS:
            raise RowFailed(f"a checkpoint has exactly the members {', '.join(sorted(CHECKPOINT_MEMBERS))}")
        size, origin, at = row["size"], row["origin"], row["at"]
        if type(size) is not int or not isinstance(origin, str) or not isinstance(at, str):
            raise RowFailed("the checkpoint's size must be a number, its origin and time must be text")
        if size != self.frontier.size:
            raise RowFailed(f"the checkpoint covers {size} entries, {self.frontier.size} came before it")
        if row["root"] != self.frontier.root().hex():
            raise RowFailed(f"the {size} entries do not have the root that the checkpoint states")
        key = self._signed(row, size, origin, at)
        self.origins[origin] = self.public_keys[key] = None
        if len(self.origins) > 1:
            raise RowFailed(f"the checkpoints belong to several logs: {', '.join(self.origins)}")
        self.n_checkpoints += 1
        self.covered = size

    def _signed(self, row: dict[str, object], size: int, origin: str, at: str) -> str:
        key = _hexadecimal(row, "public_key")
        if self.trusted is not None and key.hex() not in self.trusted:
            raise RowFailed("the checkpoint is signed by a key that is not trusted")
        try:
            note = checkpoints.checkpoint_note(origin, size, self.frontier.root(), at)
            signature = _hexadecimal(row, "signature")
            checkpoints.verify_checkpoint(note=note, signature=signature, public_key=key)
        except (checkpoints.BadSignature, ValueError) as error:
            raise RowFailed(str(error)) from error
        return key.hex()


def _parse(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=_no_repetition)
    except (ValueError, RecursionError) as error:
        raise RowFailed(f"the line is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise RowFailed("the line is not a JSON object")
    return row


def _no_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _hexadecimal(row: Mapping[str, object], name: str) -> bytes:
    value = row[name]
    if not isinstance(value, str) or value != value.lower():
        raise RowFailed(f"{name} must be lower-case hexadecimal text")
    try:
        return bytes.fromhex(value)
    except ValueError as error:
        raise RowFailed(f"{name} must be lower-case hexadecimal text") from error
