"""What a worker is asked to do in the tests of the sandbox."""

import time


def wait(seconds: str, number: int) -> int:
    """Return the number after some seconds."""
    time.sleep(float(seconds))
    return number
