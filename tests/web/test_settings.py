"""What the settings make of the environment, each time read by a process of its own."""

import json
import os
import stat
import subprocess
import sys

import pytest

NAMES = (
    "SECURE_PROXY_SSL_HEADER",
    "ACCOUNT_DEFAULT_HTTP_PROTOCOL",
    "ALLAUTH_TRUSTED_PROXY_COUNT",
    "SECURE_HSTS_SECONDS",
)
PROGRAM = (
    f"import json; from cursitor.web import settings as s; print(json.dumps([getattr(s, n, None) for n in {NAMES}]))"
)


@pytest.fixture
def read(tmp_path):
    """Return a function that gives the values of NAMES under some variables of the environment."""

    def read(**variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CURSITOR_")}
        environment = {**kept, "CURSITOR_DATA": str(tmp_path / "data"), **variables}
        told = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True).stdout
        return dict(zip(NAMES, json.loads(told), strict=True))

    return read


class TestBehindAProxy:
    def test_https_believes_what_the_proxy_says(self, read):
        behind = read(CURSITOR_URL="https://cursitor.example", CURSITOR_PROXIES="2")

        assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
        assert behind["ACCOUNT_DEFAULT_HTTP_PROTOCOL"] == "https"
        assert behind["ALLAUTH_TRUSTED_PROXY_COUNT"] == 2
        assert behind["SECURE_HSTS_SECONDS"] > 0

    def test_without_https_headers_of_a_client_are_not_believed(self, read):
        plain = read(CURSITOR_URL="http://127.0.0.1:8000", CURSITOR_PROXIES="2")

        assert set(plain.values()) == {None, 0}


class TestData:
    def test_is_the_owners_alone(self, read, tmp_path):
        read()

        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "data/master_key.hex").stat().st_mode) == 0o600
