"""Which fields a body of documents has, and which of them a bare word looks into."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schema:
    """
    The fields of a body of documents.

    text: fields read word by word. default: the text fields that a word without a field looks into.
    dates: instants, asked for by UTC day, month or year. numbers: whole numbers, 0 and up.
    flags: what `has:` may ask for beside the fields themselves.
    groups: a name for several text fields, as (name, fields) pairs.
    relations: what ties documents together, such as family: `family:(...)` finds all of a family with a match.
    :raises ValueError: if a default or grouped field is not a text field, or a name is used twice.
    """

    text: tuple[str, ...]
    default: tuple[str, ...]
    dates: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    relations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*self.text, *self.dates, *self.numbers, *(name for name, _ in self.groups), *self.relations, "has"]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"A field name may be used once: {', '.join(twice)}")
        used = [*self.default, *(field for _, fields in self.groups for field in fields)]
        strange = sorted(set(used) - set(self.text))
        if strange or not self.default:
            raise ValueError(f"Default and grouped fields must be text fields; not so: {', '.join(strange) or '-'}")

    def text_fields(self, name: str) -> tuple[str, ...]:
        """Return the text fields that a field or group name stands for; none if it names neither."""
        if name in self.text:
            return (name,)
        return dict(self.groups).get(name, ())

    def may_have(self) -> tuple[str, ...]:
        """Return every name that `has:` accepts."""
        return (*self.flags, *self.text, *self.dates, *self.numbers, *(name for name, _ in self.groups))

    def names(self) -> tuple[str, ...]:
        """Return every name that may stand before a colon."""
        groups = (name for name, _ in self.groups)
        return (*self.text, *self.dates, *self.numbers, *groups, *self.relations, "has")


MAIL = Schema(
    text=("text", "subject", "from", "to", "cc", "bcc", "name", "custodian", "kind", "number"),
    default=("text", "subject", "from", "to", "cc", "bcc", "name"),
    dates=("sent",),
    numbers=("size", "pages"),
    flags=("attachment",),
    groups=(("participants", ("from", "to", "cc", "bcc")),),
)

ITEMS = Schema(
    text=(
        *("text", "subject", "from", "to", "cc", "bcc", "name"),
        *("path", "custodian", "kind", "mime", "language", "status", "id"),
    ),
    default=("text", "subject", "from", "to", "cc", "bcc", "name"),
    dates=("sent",),
    numbers=("size", "pages", "depth"),
    flags=("attachment", "parent"),
    groups=(("participants", ("from", "to", "cc", "bcc")),),
    relations=("family", "thread"),
)
