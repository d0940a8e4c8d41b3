"""Set-up that every test shares: fast password hashing, a data folder and a world of its own."""

import pytest
from django.conf import settings as installed

from tests import factories, flushing


@pytest.fixture(autouse=True)
def _test_settings(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True  # else every client of a test looks for files that are not collected
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CURSITOR_DATA = tmp_path


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Give SQLite a file of this run's own: threads of a test do not see each other's rows in memory."""
    from django.db import connection

    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{installed.DATA_FOLDER}/test.sqlite3"


@pytest.fixture(autouse=True, scope="session")
def _append_only_tables_can_be_flushed():
    with flushing.lifting_triggers():
        yield


@pytest.fixture
def world(db) -> factories.World:
    """Two parties, their people, a matter, an engagement in force and a draft order."""
    return factories.World()
