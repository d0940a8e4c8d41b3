"""
One page image in, Tesseract's table of words out.

Give it only images that were made here (a page rendered in the sandbox), never bytes as they came: what decodes a
stranger's image must run without network, and this process does not.
"""

import os
import resource
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import lru_cache

from cursitor.engines.processing.exceptions import Class, LimitHit, ProcessingException, Stage

SECONDS = 60.0
MEMORY_BYTES = 2 * 1024**3
_NEEDED = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TESSDATA_PREFIX")


@dataclass(frozen=True)
class Recognition:
    """What was read on one page. tsv: Tesseract's own table, one row a block, paragraph, line and word."""

    tsv: str
    language: str


def recognise(image: bytes, *, language: str = "eng", dpi: int = 300, seconds: float = SECONDS) -> Recognition:
    """
    Return the words of a page image (PNG, JPEG or PNM) with their boxes in pixels and confidences, 0 to 100.

    dpi: resolution the page was rendered at. One thread only, so that several pages side by side do not fight.
    :raises LimitHit: of class timeout. :raises ProcessingException: OCR failed, or Tesseract is not installed.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise ProcessingException(Stage.OCR, Class.OCR_FAILED, "Tesseract is not installed on this machine.")
    command = [program, "stdin", "stdout", "-l", language, "--dpi", str(dpi), "--psm", "3", "tsv"]
    environment = {name: os.environ[name] for name in _NEEDED if name in os.environ} | {"OMP_THREAD_LIMIT": "1"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        preexec_fn=_limit_memory,
    )
    try:
        out, said = process.communicate(image, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise LimitHit(Stage.OCR, Class.TIMEOUT, f"Recognition was stopped after {seconds:g} seconds.") from None
    finally:
        _kill(process)
    if process.returncode:
        words = said.decode("utf-8", "replace").strip().splitlines()
        message = words[-1][:200] if words else f"exit code {process.returncode}"
        raise ProcessingException(Stage.OCR, Class.OCR_FAILED, f"Tesseract could not read the page: {message}")
    return Recognition(out.decode("utf-8", "replace"), language)


def is_installed() -> bool:
    return shutil.which("tesseract") is not None


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Return the codes of the languages that are installed (eng, deu, ...); none without Tesseract."""
    program = shutil.which("tesseract")
    if program is None:
        return ()
    listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False, timeout=20)
    return tuple(line for line in listed.stdout.splitlines()[1:] if line and line != "osd")


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
