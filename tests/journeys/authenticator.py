"""An authenticator app beside the site, and the clock that both read."""

import base64
import hmac
import struct


def totp(secret: str, at: float) -> str:
    """Return the code of RFC 6238 (SHA-1, 30 s, six digits), written here so that the site is not its own oracle."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Clock:
    """The time that the site and the authenticator app share; it stands still, so that no test waits for a code."""

    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


class Codes:
    """An authenticator app that gives each code once."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self.secret, self.clock = secret, clock

    def next(self) -> str:
        self.clock.now += 30
        return totp(self.secret, self.clock.now)
