"""What the API shows and takes. Instants are ISO 8601 with offset; money is integer minor units and a currency."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Path, Schema
from pydantic import Field, StringConstraints

from cursitor.spine.engagements.choices import RateBasis
from cursitor.spine.ledger.choices import LineVerdict
from cursitor.spine.work import queries as work_queries
from cursitor.spine.work import transitions
from cursitor.spine.work.choices import OrderState, TaskState

Item = TypeVar("Item")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Reference = Annotated[str, Path(max_length=24, pattern=r"^[^\x00]*$", description="e.g. WO-1187")]
Key = Annotated[int, Field(ge=1, le=2**31 - 1)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00]*$")]
Minor = Annotated[int, Field(ge=0, le=10**15, description="minor units of the currency")]


class Page(Schema, Generic[Item]):
    items: list[Item]
    next: str | None = Field(None, description="cursor of the next page; null on the last")


class Person(Schema):
    id: int = Field(alias="pk")
    name: str


class Organisation(Schema):
    id: int = Field(alias="pk")
    name: str
    kind: str


class Matter(Schema):
    number: str
    caption: str
    short_name: str
    jurisdiction: str
    practice_area: str
    status: str
    client: str
    supervising_attorney: Person
    opened_at: datetime

    @staticmethod
    def resolve_client(matter: Any) -> str:
        return matter.client.name


class Engagement(Schema):
    number: str
    title: str
    status: str
    client: Organisation
    provider: Organisation
    signed_date: date


class Order(Schema):
    ref: str
    title: str
    matter: str
    engagement: str
    provider: str
    line: str
    work_kind: str
    state: OrderState
    fee_basis: RateBasis
    budget_amount: Minor
    currency: str
    holder: Person = Field(description="who carries the work now")
    duty_holder: Person = Field(description="who carries the legal duty now")
    made_at: datetime
    issued_at: datetime | None
    due_at: datetime | None

    @staticmethod
    def resolve_matter(order: Any) -> str:
        return order.matter.number

    @staticmethod
    def resolve_engagement(order: Any) -> str:
        return order.engagement.number

    @staticmethod
    def resolve_provider(order: Any) -> str:
        return order.provider.name

    @staticmethod
    def resolve_currency(order: Any) -> str:
        return order.terms.currency


class Clock(Schema):
    milestone: str
    round: int
    party: str
    state: str
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    used_seconds: int = Field(description="business time")
    left_seconds: int = Field(description="business time; negative: past due")
    waits_for: str

    @staticmethod
    def resolve_used_seconds(clock: Any) -> int:
        return int(clock.used.total_seconds())

    @staticmethod
    def resolve_left_seconds(clock: Any) -> int:
        return int(clock.left.total_seconds())


class Step(Schema):
    name: str
    verb: str
    asks_reason: str

    @staticmethod
    def resolve_verb(step: Any) -> str:
        return str(step.verb)

    @staticmethod
    def resolve_asks_reason(step: Any) -> str:
        return str(step.asks_reason)


class Transition(Schema):
    name: str
    from_state: OrderState
    to_state: OrderState
    by: Person | None
    at: datetime
    reason: str


class OrderInFull(Order):
    brief: dict[str, Any]
    instructions: str
    settlement: str
    clocks: list[Clock]
    steps: list[Step] = Field(description="the steps that lead out of its state and that this API can take")
    transitions: list[Transition]

    @staticmethod
    def resolve_clocks(order: Any, context: Any) -> Any:
        return work_queries.clocks(order, context["request"].now)

    @staticmethod
    def resolve_steps(order: Any) -> Any:
        return [step for step in transitions.steps_from(order.state) if not step.via]

    @staticmethod
    def resolve_transitions(order: Any) -> Any:
        return order.transitions.select_related("by").order_by("pk")


class NewOrder(Schema):
    matter: Line
    engagement: Line
    work_kind: Line
    title: Line
    brief: dict[str, Any] = Field(default_factory=dict, description="what the brief of the work kind asks")
    instructions: Words = ""
    fee_basis: RateBasis
    budget_amount: Minor


class NewStep(Schema):
    name: Line
    reason: Words = ""


class Task(Schema):
    order: str
    number: int
    kind: str
    title: str
    state: TaskState
    holder: Person
    is_assigned: bool = Field(description="false: free to be claimed")
    lease_until: datetime | None
    made_at: datetime
    done_at: datetime | None

    @staticmethod
    def resolve_order(task: Any) -> str:
        return task.order.ref


class Claim(Schema):
    task: Task | None = Field(description="null: no task is free")


class Assignment(Schema):
    person: Key


class Question(Schema):
    order: str
    number: int
    text: str
    about: str
    is_blocking: bool
    asked_by: Person
    asked_at: datetime
    answer: str
    answered_by: Person | None
    answered_at: datetime | None

    @staticmethod
    def resolve_order(question: Any) -> str:
        return question.order.ref


class NewQuestion(Schema):
    text: Words
    is_blocking: bool = False
    about: Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00]*$")] = ""


class NewAnswer(Schema):
    text: Words


class FileVersion(Schema):
    id: int = Field(alias="pk")
    name: str
    matter: str
    order: str
    version: int
    sha256: str
    size: int
    mime: str
    added_by: Person
    added_at: datetime
    note: str

    @staticmethod
    def resolve_name(version: Any) -> str:
        return version.file.name

    @staticmethod
    def resolve_matter(version: Any) -> str:
        return version.file.matter.number

    @staticmethod
    def resolve_order(version: Any) -> str:
        return version.file.order_ref

    @staticmethod
    def resolve_version(version: Any) -> int:
        return version.number

    @staticmethod
    def resolve_sha256(version: Any) -> str:
        return version.blob.sha256

    @staticmethod
    def resolve_size(version: Any) -> int:
        return version.blob.size


class FilePlace(Schema):
    order: Line = Field("", description="the order it belongs to")
    note: Line = ""


class DeliverableFile(Schema):
    id: int = Field(alias="pk")
    path: str
    sha256: str
    size: int
    mime: str


class Deliverable(Schema):
    order: str
    version: int
    made_by: Person
    made_at: datetime
    inputs_digest: str
    summary: dict[str, Any]

    @staticmethod
    def resolve_order(deliverable: Any) -> str:
        return deliverable.order.ref


class Signature(Schema):
    attorney: Person
    licence: str
    at: datetime
    statement: str
    statement_sha256: str
    holds: bool = Field(description="every byte, read now, is what was signed")
    changed: list[str] = Field(description="paths that are not what was signed")


class DeliverableInFull(Deliverable):
    files: list[DeliverableFile]
    signature: Signature | None


class Invoice(Schema):
    id: int = Field(alias="pk")
    number: str
    state: str
    engagement: str
    matter: str
    provider: str
    period_from: date
    period_to: date = Field(description="first day no longer billed")
    currency: str
    total_amount: int
    issued_at: datetime | None
    due_date: date | None

    @staticmethod
    def resolve_engagement(invoice: Any) -> str:
        return invoice.engagement.number

    @staticmethod
    def resolve_matter(invoice: Any) -> str:
        return invoice.matter.number

    @staticmethod
    def resolve_provider(invoice: Any) -> str:
        return invoice.provider.name


class InvoiceLine(Schema):
    id: int = Field(alias="pk")
    position: int
    order: str
    kind: str
    date: date
    units: str = Field(description="decimal")
    unit_amount: int
    adjustment_amount: int
    adjustment_reason: str
    total_amount: int
    description: str
    verdict: LineVerdict
    verdict_reason: str

    @staticmethod
    def resolve_order(line: Any) -> str:
        return line.order.ref

    @staticmethod
    def resolve_units(line: Any) -> str:
        return f"{line.units:f}"


class InvoiceInFull(Invoice):
    lines: list[InvoiceLine]

    @staticmethod
    def resolve_lines(invoice: Any) -> Any:
        return invoice.lines.select_related("order").order_by("position")


class Period(Schema):
    engagement: Line
    period_from: date
    period_to: date = Field(description="first day no longer billed")


class Verdict(Schema):
    verdict: LineVerdict
    reason: Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")] = ""


class Entry(Schema):
    sequence: int
    at: datetime
    type: str
    actor: str
    actor_name: str
    subject: str
    matter: str
    data: dict[str, Any]
    leaf_hash: str

    @staticmethod
    def resolve_leaf_hash(entry: Any) -> str:
        return bytes(entry.leaf_hash).hex()
