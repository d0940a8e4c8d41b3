"""Signed statements about the log: the text of a checkpoint and its Ed25519 signature (RFC 8032)."""

import base64

from cryptography import exceptions
from cryptography.hazmat.primitives.asymmetric import ed25519

from cursitor.engines.merkle import tree


class BadSignature(ValueError):
    """Raised when a signature does not belong to the checkpoint and the key."""


def checkpoint_note(origin: str, size: int, root: bytes, at: str = "") -> bytes:
    """
    Return the bytes that a checkpoint signs: origin, size, base64 root and, if given, the time, by line.

    The form is that of C2SP tlog-checkpoint (the time is its extension line), so other log tools read it.
    origin: name of the log, one non-empty line. at: ISO 8601 instant as text; a time that is shown beside the
    checkpoint must be given here, otherwise nothing proves it.
    :raises ValueError: if origin or at would break the lines, size is negative, or root has not 32 bytes.

    >>> checkpoint_note("firm.example/log", 0, tree.EMPTY_ROOT)
    b'firm.example/log\\n0\\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\\n'
    """
    if not origin or origin.strip() != origin or any(c.isspace() and c != " " for c in origin):
        raise ValueError(f"the origin {origin!r} must be one line of text")
    if any(c.isspace() for c in at):
        raise ValueError(f"the time {at!r} must hold no blank")
    if size < 0 or len(root) != tree.HASH_BYTES:
        raise ValueError("a checkpoint needs a size of 0 or more and a root of 32 bytes")
    lines = [origin, str(size), base64.b64encode(root).decode("ascii")]
    return "".join(f"{line}\n" for line in (*lines, *([at] if at else []))).encode()


def sign_checkpoint(note: bytes, private_key: bytes) -> bytes:
    """Return the 64-byte Ed25519 signature of a checkpoint note; private_key: 32 raw bytes."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(private_key).sign(note)


def verify_checkpoint(*, note: bytes, signature: bytes, public_key: bytes) -> None:
    """
    Check an Ed25519 signature over a checkpoint note; public_key: 32 raw bytes.

    :raises BadSignature: if key or signature are malformed or do not fit the note.
    """
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, note)
    except (exceptions.InvalidSignature, ValueError) as error:
        raise BadSignature("the signature does not fit the checkpoint") from error
