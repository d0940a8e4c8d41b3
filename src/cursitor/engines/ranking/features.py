"""Documents as rows of numbers: words and their beginnings, neighbouring pairs, subject, people and their domains."""

import io
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from cursitor.engines.search import tokens

Floats = npt.NDArray[np.float32]

_ORIGINAL = re.compile(r"^[ >]*-{2,}\s*Original Message\s*-{2,}", re.IGNORECASE | re.MULTILINE)
_WROTE = re.compile(r"^On .{4,120} wrote:\s*$", re.MULTILINE)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
FEWEST_OWN_WORDS = 5
BEGINNING = 5


@dataclass(frozen=True)
class Record:
    """A document to be ranked. people: sender and recipients, as `Name <address>` or either part alone."""

    text: str
    subject: str = ""
    people: tuple[str, ...] = ()


def without_quotes(text: str) -> str:
    """
    Return a message without the older messages that it repeats; whole if little else is in it.

    Dropped: what follows an `Original Message` or `On ... wrote:` line, and lines that begin with `>`. A forward keeps
    its text, since what was forwarded is what the message says.

    >>> without_quotes("I agree with this and will sign.\\n-----Original Message-----\\nPlease sign.").strip()
    'I agree with this and will sign.'
    """
    cuts = [match.start() for match in (_ORIGINAL.search(text), _WROTE.search(text)) if match]
    own = _QUOTED_LINE.sub("", text[: min(cuts)] if cuts else text)
    return own if len(own.split()) >= FEWEST_OWN_WORDS else text


def words(record: Record) -> Iterator[str]:
    """
    Yield the words of a document, then its subject's and people's words, marked by where they stand.

    A word of six letters or more also gives its first five, so that `failed` and `failure` are not strangers.
    """
    for word in own_words(record):
        yield word
        if len(word) > BEGINNING:
            yield f"begins:{word[:BEGINNING]}"
    for word in subject_words(record):
        yield word
        yield f"subject:{word}"
    yield from people(record)


def own_words(record: Record) -> list[str]:
    """Return the words of a document's own text, of two letters or more."""
    return _long_words(without_quotes(record.text))


def subject_words(record: Record) -> list[str]:
    """Return the words of a document's subject, of two letters or more."""
    return _long_words(record.subject)


def people(record: Record) -> Iterator[str]:
    """Yield the addresses, domains and names of a document's people, each marked as what it is."""
    for person in record.people:
        found = tokens.tokenise(person)
        addresses = tokens.find_addresses(person, found)
        covered = {at for address in addresses for at in range(address.first, address.last + 1)}
        for address in addresses:
            yield f"address:{address.text}"
            yield f"domain:{address.text.partition('@')[2]}"
        yield from (f"name:{token.text}" for at, token in enumerate(found) if at not in covered)


def word_pairs(record: Record) -> Iterator[str]:
    """Yield each pair of neighbouring words of a document's own text."""
    yield from (f"{first} {second}" for first, second in pairwise(_long_words(without_quotes(record.text))))


def _long_words(text: str) -> list[str]:
    return [token.text for token in tokens.tokenise(text) if len(token.text) > 1]


@dataclass(frozen=True)
class Block:
    """
    One family of features. terms: their columns in order. rarity: float32 (n_terms,), log((1+N)/(1+df)) + 1.
    weight: the length of a row's share.
    """

    terms: tuple[str, ...]
    rarity: Floats
    weight: float


def block(
    records: Iterable[Record], analyse: Callable[[Record], Iterator[str]], *, weight: float, rarest: int, most: int
) -> tuple[Block, Any]:
    """
    Return a block of features and its matrix, float32 CSR (n_records, n_terms).

    An entry is (1 + log count) x rarity; each row is then brought to length `weight`. Kept are the `most` terms found
    in the most documents, each in at least `rarest`; among equals those seen first.
    """
    counts = Counts()
    for record in records:
        counts.add(analyse(record))
    return counts.block(weight=weight, rarest=rarest, most=most)


class Counts:
    """How often each term occurs in each document, gathered document by document."""

    def __init__(self) -> None:
        self._vocabulary: dict[str, int] = {}
        self._columns, self._counts, self._ends = array("i"), array("f"), array("q", [0])

    def add(self, terms: Iterable[str]) -> None:
        """Count the terms of one more document."""
        counted = Counter(terms)
        vocabulary = self._vocabulary
        self._columns.extend(vocabulary.setdefault(term, len(vocabulary)) for term in counted)
        self._counts.extend(counted.values())
        self._ends.append(len(self._columns))

    def block(self, *, weight: float, rarest: int, most: int) -> tuple[Block, Any]:
        """Return the block of what was counted, and its matrix, as the function `block` describes them."""
        shape = (len(self._ends) - 1, len(self._vocabulary))
        parts = (np.array(self._counts, np.float32), np.array(self._columns), np.array(self._ends))
        matrix = sparse.csr_matrix(parts, shape=shape)
        df = np.bincount(matrix.indices, minlength=shape[1])
        ranked = np.argsort(-df, kind="stable")[:most]
        kept = np.sort(ranked[df[ranked] >= rarest])
        names = list(self._vocabulary)
        rarity = (np.log((1 + shape[0]) / (1 + df[kept])) + 1).astype(np.float32)
        made = Block(tuple(names[at] for at in kept), rarity, weight)
        return made, _weigh(matrix[:, kept], made)


def row(record: Record, made: Block, analyse: Callable[[Record], Iterator[str]]) -> Any:
    """Return one more document as a row of a block, float32 CSR (1, n_terms); terms outside the block are left out."""
    return row_of(analyse(record), made)


def row_of(terms: Iterable[str], made: Block) -> Any:
    """Return the terms of one more document as a row of a block, float32 CSR (1, n_terms)."""
    columns = {term: at for at, term in enumerate(made.terms)}
    counted = Counter(term for term in terms if term in columns)
    places = ([0] * len(counted), [columns[term] for term in counted])
    values = np.array(list(counted.values()), np.float32)
    return _weigh(sparse.csr_matrix((values, places), shape=(1, len(columns))), made)


def _weigh(matrix: Any, made: Block) -> Any:
    matrix = matrix.tocsr()
    matrix.data = ((1 + np.log(matrix.data)) * made.rarity[matrix.indices]).astype(np.float32)
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    factors = np.divide(made.weight, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    return sparse.diags(factors.astype(np.float32)).dot(matrix).tocsr()


def to_bytes(blocks: tuple[Block, ...], matrix: Any) -> bytes:
    """Return blocks and matrix as one NumPy archive; `from_bytes` takes it back. Holds no code."""
    arrays: dict[str, Any] = {
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "shape": matrix.shape,
        "weights": [made.weight for made in blocks],
    }
    for at, made in enumerate(blocks):
        arrays[f"terms_{at}"] = np.frombuffer("\n".join(made.terms).encode(), np.uint8)
        arrays[f"rarity_{at}"] = made.rarity
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def from_bytes(data: bytes) -> tuple[tuple[Block, ...], Any]:
    """Return the blocks and the matrix that `to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        blocks = tuple(
            Block(
                tuple(arrays[f"terms_{at}"].tobytes().decode().split("\n")) if arrays[f"rarity_{at}"].size else (),
                arrays[f"rarity_{at}"],
                float(weight),
            )
            for at, weight in enumerate(arrays["weights"])
        )
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        return blocks, sparse.csr_matrix(parts, shape=tuple(arrays["shape"]))
