"""The one family of exceptions a person may read."""


class Refusal(Exception):
    """
    Raised when something asked for is not done. Its text is a sentence the person who asked may read.

    Subclasses live beside the function that raises them. `code` is stable: the API answers with it.
    """

    status = 409

    @property
    def code(self) -> str:
        return type(self).__name__

    @property
    def sentence(self) -> str:
        return str(self)


class NotVisible(Refusal):
    """Raised when an object does not exist for this person. Says nothing of whether it exists at all."""

    status = 404

    def __init__(self, sentence: str = "There is nothing here that you may see.") -> None:
        super().__init__(sentence)


class NotPermitted(Refusal):
    """Raised when a person sees an object but may not do this to it. The sentence names who may."""

    status = 403


class StepUpNeeded(Refusal):
    """Raised when a sensitive act needs the person to prove again, now, who they are."""

    status = 401

    def __init__(self, sentence: str = "Confirm that it is you, then do this again.") -> None:
        super().__init__(sentence)


class Invalid(Refusal):
    """Raised when what was entered cannot be used. `field` names the entry, where there is one."""

    status = 422

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
