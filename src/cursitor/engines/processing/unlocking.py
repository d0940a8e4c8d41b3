"""
Office documents that are encrypted with a password, opened with one that is known.

Agile and standard encryption of MS-OFFCRYPTO 2.3.4 (Office 2007 and later), whose content is the document as it was
before. Older documents, and those under rights management, stay locked. Workbooks that are merely write-protected are
encrypted with the password that is public ("VelvetSweatshop"), which is always tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cursitor.engines.processing import compound, markup
from cursitor.engines.processing.exceptions import Class, ProcessingException, Stage
from cursitor.engines.processing.limits import Limits

_PUBLIC_PASSWORD = "VelvetSweatshop"  # noqa: S105 (known to every Office program, a password in name only)
_SEGMENT = 4096
_STANDARD_SPINS, _MOST_SPINS = 50_000, 10_000_000
_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_VALUE = bytes.fromhex("d7aa0f6d3061344e")
_KEY = bytes.fromhex("146e0be7abacd0d6")
_NAMESPACE = "{http://schemas.microsoft.com/office/2006/keyEncryptor/password}"


def unlocked(data: bytes, passwords: tuple[str, ...], limits: Limits) -> bytes:
    """
    Return the document inside an encrypted one.

    :raises ProcessingException: encrypted, when no password opens it or the encryption is not one of those read here.
    """
    try:
        with compound.opened(data) as whole:
            if not (whole.exists("EncryptionInfo") and whole.exists("EncryptedPackage")):
                raise ProcessingException(
                    Stage.TEXT, Class.ENCRYPTED, "The file is protected in a way not opened here."
                )
            information = whole.openstream("EncryptionInfo").read()
            package = whole.openstream("EncryptedPackage").read()
    except (MemoryError, ProcessingException):
        raise
    except Exception as failure:
        raise ProcessingException(Stage.TEXT, Class.ENCRYPTED, "The file is protected.") from failure
    for password in (_PUBLIC_PASSWORD, *passwords):
        try:
            opened = _opened(information, package, password)
        except Exception as failure:
            message = f"The file is protected in a way not opened here: {type(failure).__name__}"
            raise ProcessingException(Stage.TEXT, Class.ENCRYPTED, message) from failure
        if opened is not None:
            return opened[: limits.item_bytes]
    tried = "none of those given opens it" if passwords else "none was given"
    raise ProcessingException(Stage.TEXT, Class.ENCRYPTED, f"The file needs a password, and {tried}.")


def _opened(information: bytes, package: bytes, password: str) -> bytes | None:
    if information[:4] == b"\x04\x00\x04\x00":
        return _agile(information[8:], package, password)
    if information[2:4] == b"\x02\x00":
        return _standard(information, package, password)
    raise ValueError("unknown version")


def _agile(information: bytes, package: bytes, password: str) -> bytes | None:
    root = markup.xml_root(information)
    of_data = root.find("{*}keyData")
    of_key = next(root.iter(f"{_NAMESPACE}encryptedKey"))
    hash_name = _hash_name(of_key)
    spun = _spun(hash_name, _bytes(of_key, "saltValue"), password, min(int(of_key.get("spinCount")), _MOST_SPINS))

    def decrypted(block: bytes, attribute: str) -> bytes:
        key = _fitted(hashlib.new(hash_name, spun + block).digest(), int(of_key.get("keyBits")) // 8, b"\x36")
        return _cbc(key, _bytes(of_key, "saltValue"), _bytes(of_key, attribute))

    proof, expected = decrypted(_INPUT, "encryptedVerifierHashInput"), decrypted(_VALUE, "encryptedVerifierHashValue")
    size = hashlib.new(hash_name).digest_size
    if not hmac.compare_digest(hashlib.new(hash_name, proof[: int(of_key.get("saltSize"))]).digest(), expected[:size]):
        return None
    key = decrypted(_KEY, "encryptedKeyValue")[: int(of_data.get("keyBits")) // 8]
    plain = b"".join(_segments(key, of_data, package[8:]))
    return plain[: int.from_bytes(package[:8], "little")]


def _segments(key: bytes, of_data: Any, package: bytes) -> Iterator[bytes]:
    hash_name, salt, block_size = _hash_name(of_data), _bytes(of_data, "saltValue"), int(of_data.get("blockSize"))
    for number, at in enumerate(range(0, len(package), _SEGMENT)):
        vector = hashlib.new(hash_name, salt + struct.pack("<I", number)).digest()
        piece = package[at : at + _SEGMENT]
        yield _cbc(key, _fitted(vector, block_size, b"\x36"), piece[: len(piece) // block_size * block_size])


def _standard(information: bytes, package: bytes, password: str) -> bytes | None:
    header_size = int.from_bytes(information[8:12], "little")
    key_bytes = int.from_bytes(information[28:32], "little") // 8
    verifier = information[12 + header_size :]
    salt, proof = verifier[4:20], verifier[20:36]
    spun = _spun("sha1", salt, password, _STANDARD_SPINS)
    last = _sha1(spun + bytes(4)).digest()
    pads = (bytes(pad ^ (last[at] if at < len(last) else 0) for at in range(64)) for pad in (0x36, 0x5C))
    key = b"".join(_sha1(pad).digest() for pad in pads)[:key_bytes]
    expected = _sha1(_ecb(key, proof)).digest()
    if not hmac.compare_digest(_ecb(key, verifier[40:72])[:20], expected):
        return None
    content = package[8:]
    return _ecb(key, content[: len(content) // 16 * 16])[: int.from_bytes(package[:8], "little")]


def _sha1(data: bytes) -> Any:
    return hashlib.sha1(data, usedforsecurity=False)


def _spun(hash_name: str, salt: bytes, password: str, spins: int) -> bytes:
    found = hashlib.new(hash_name, salt + password.encode("utf-16-le")).digest()
    for number in range(spins):
        found = hashlib.new(hash_name, struct.pack("<I", number) + found).digest()
    return found


def _hash_name(element: Any) -> str:
    return str(element.get("hashAlgorithm")).replace("-", "").lower()


def _bytes(element: Any, attribute: str) -> bytes:
    return base64.b64decode(element.get(attribute))


def _fitted(value: bytes, size: int, padding: bytes) -> bytes:
    return value[:size].ljust(size, padding)


def _cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor().update(data)


def _ecb(key: bytes, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(data)  # noqa: S305 (as the format has it)
