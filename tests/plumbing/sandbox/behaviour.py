"""What a worker is asked to do in the tests of the sandbox."""

import time

from cursitor.engines.imaging import PageFailure
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage


def wait(seconds: str, number: int) -> int:
    """Return the number after some seconds."""
    time.sleep(float(seconds))
    return number


def failure_of_a_page(page: int, message: str) -> PageFailure:
    """Return what stands for a page that could not be read."""
    return PageFailure(page, ProcessingException(Stage.READ, Class.CORRUPT, message))
