"""Let the test runner empty append-only tables between tests that commit; nothing else may."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from cursitor.spine.audit.triggers import AppendOnly


def lifting_triggers():
    """Wrap the flush of the database, so that triggers are away while it runs and back when it is over."""
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def execute_sql_flush(self, sql_list):
        with triggers_lifted():
            flush(self, sql_list)

    return mock.patch.object(operations, "execute_sql_flush", execute_sql_flush)


@contextmanager
def triggers_lifted() -> Iterator[None]:
    """Do what an attacker with full rights over the database could do. Needs a test that commits."""
    steps = _append_only()
    with connection.schema_editor() as editor:
        for step in steps:
            step.database_backwards("", editor, None, None)
    yield
    with connection.schema_editor() as editor:
        for step in steps:
            step.database_forwards("", editor, None, None)


def _append_only() -> list[AppendOnly]:
    migrations = MigrationLoader(None).disk_migrations.values()
    return [step for migration in migrations for step in migration.operations if isinstance(step, AppendOnly)]
