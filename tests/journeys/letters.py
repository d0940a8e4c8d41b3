"""A dozen invented letters as EML, and what a careful reader says of each. Nobody in them exists."""

from dataclasses import dataclass
from email.message import EmailMessage

PELLA, HUGO, EMIL = "pella@corbel.example", "hugo@brandvold.example", "emil@surv.example"
COUNSEL = "imre@corbel.example"
RESPONSIVE, NOT_RESPONSIVE, PRIVILEGED = "1n", "2", "1a"


@dataclass(frozen=True)
class Letter:
    """codes: the keys of the bench that say what a careful reader decides."""

    subject: str
    text: str
    codes: str
    sender: str = PELLA
    to: str = EMIL
    attachment: str = ""


LETTERS = (
    Letter("Car 61 pressure reading", "The seal on car 61 failed under load on 3 March.", RESPONSIVE),
    Letter("Lunch on Thursday", "Shall we say half past twelve by the canal?", NOT_RESPONSIVE),
    Letter("Gasket batch numbers", "The gasket batch is outside the specification.", RESPONSIVE, attachment="Batch 7."),
    Letter("Advice on the survey", "Imre, I ask for your advice as counsel on the seal.", PRIVILEGED, to=COUNSEL),
    Letter("Parking at the yard", "The north gate is closed until Monday.", NOT_RESPONSIVE, sender=EMIL, to=PELLA),
    Letter("Wash-out schedule", "The gasket of car 44 was changed at the wash-out.", RESPONSIVE, sender=EMIL, to=PELLA),
    Letter("Leave in August", "I am away for the first two weeks of August.", NOT_RESPONSIVE, sender=HUGO, to=PELLA),
    Letter("Seal of car 62", "Car 62 shows the same seal failure as car 61.", RESPONSIVE, sender=EMIL, to=PELLA),
    Letter("Printer on the second floor", "It is out of paper again.", NOT_RESPONSIVE, sender=HUGO, to=PELLA),
    Letter("Choir practice", "We meet in the canteen at six.", NOT_RESPONSIVE, sender=HUGO, to=PELLA),
    Letter("New telephone list", "Please find the extensions below.", NOT_RESPONSIVE, sender=EMIL, to=PELLA),
    Letter("Bicycle shed", "The key hangs at the porter's.", NOT_RESPONSIVE, sender=HUGO, to=PELLA),
)
BY_SUBJECT = {letter.subject: letter for letter in LETTERS}


def files() -> list[dict[str, object]]:
    """Return the letters as a file chooser takes them; the first one lies there twice, as it does in life."""
    made = [_file(number, letter) for number, letter in enumerate(LETTERS, start=1)]
    return [*made, {**made[0], "name": "copy-of-01.eml"}]


def _file(number: int, letter: Letter) -> dict[str, object]:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = letter.sender, letter.to, letter.subject
    message["Date"] = f"Mon, {number + 2:02d} Mar 2025 09:{number:02d}:00 +0000"
    message["Message-ID"] = f"<{number}@corbel.example>"
    message.set_content(letter.text)
    if letter.attachment:
        message.add_attachment(letter.attachment, filename="batch.txt")
    return {"name": f"{number:02d}.eml", "mimeType": "message/rfc822", "buffer": message.as_bytes()}
