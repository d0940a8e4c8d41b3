"""SQL that makes tables append-only, for use in migrations: the same refusal on SQLite and on PostgreSQL."""

from django.db.migrations.operations.base import Operation


class AppendOnly(Operation):
    """Let the database refuse UPDATE and DELETE (and TRUNCATE, where there is one) on a table."""

    reversible = True
    reduces_to_sql = True
    atomic = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label, state) -> None:
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for statement in _create(self.table, schema_editor.connection.vendor):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        for statement in _drop(self.table, schema_editor.connection.vendor):
            schema_editor.execute(statement)

    def describe(self) -> str:
        return f"Refuse changes to rows of {self.table}"


def _create(table: str, vendor: str) -> list[str]:
    message = f"{table} is append-only"
    function = f"{table}_refuse()"
    if vendor == "sqlite":
        abort = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        return [
            f"CREATE TRIGGER {table}_refuse_{verb} BEFORE {verb.upper()} ON {table} {abort}"
            for verb in ("update", "delete")
        ]
    refuse = f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'"
    row, statement = f"FOR EACH ROW EXECUTE FUNCTION {function}", f"FOR EACH STATEMENT EXECUTE FUNCTION {function}"
    return [
        f"CREATE FUNCTION {function} RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table} {row}",
        f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} {statement}",
    ]


def _drop(table: str, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER {table}_refuse_{verb}" for verb in ("update", "delete")]
    return [
        f"DROP TRIGGER {table}_refuse_change ON {table}",
        f"DROP TRIGGER {table}_refuse_truncate ON {table}",
        f"DROP FUNCTION {table}_refuse()",
    ]
