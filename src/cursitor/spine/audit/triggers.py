"""SQL that makes tables append-only or freezes rows, for use in migrations: the same on SQLite and on PostgreSQL."""

from collections.abc import Sequence

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


class Frozen(AppendOnly):
    """
    Let the database refuse to change a row, all but a few columns of it, while a condition holds.

    when: SQL condition over the row, written with `row.` before its columns, false for rows that may change.
    but: columns that may still change. never: SQL condition over OLD and NEW that is refused whatever the columns.
    guards_insert: whether the condition keeps new rows out, too.
    """

    def __init__(
        self, table: str, *, when: str, but: Sequence[str] = (), never: str = "", guards_insert: bool = False
    ) -> None:
        super().__init__(table)
        self.when, self.but, self.never, self.guards_insert = when, tuple(but), never, guards_insert

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        connection = schema_editor.connection
        make = _frozen_sqlite if connection.vendor == "sqlite" else _frozen_postgresql
        for statement in make(self.table, self._refusals(connection)):
            schema_editor.execute(statement)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        if schema_editor.connection.vendor == "sqlite":
            for verb in self._verbs():
                schema_editor.execute(f"DROP TRIGGER {self.table}_frozen_{verb}")
            return
        for verb in (*self._verbs(), "truncate"):
            schema_editor.execute(f"DROP TRIGGER {self.table}_frozen_{verb} ON {self.table}")
            schema_editor.execute(f"DROP FUNCTION {self.table}_frozen_{verb}()")

    def describe(self) -> str:
        return f"Refuse changes to rows of {self.table} while {self.when}"

    def _columns(self, connection) -> list[str]:
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, self.table)
        return [column.name for column in described if column.name not in self.but]

    def _verbs(self) -> tuple[str, ...]:
        return ("insert", "update", "delete") if self.guards_insert else ("update", "delete")

    def _refusals(self, connection) -> dict[str, str]:
        """Return the condition of refusal by verb."""
        differs = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
        changed = " OR ".join(f'OLD."{column}" {differs} NEW."{column}"' for column in self._columns(connection))
        held = self.when.replace("row.", "OLD.")
        conditions = {
            "insert": self.when.replace("row.", "NEW."),
            "update": f"({held}) AND ({changed}{f' OR {self.never}' if self.never else ''})",
            "delete": held,
        }
        return {verb: conditions[verb] for verb in self._verbs()}


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


def _frozen_sqlite(table: str, refusals: dict[str, str]) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_frozen_{verb} BEFORE {verb.upper()} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: this row is frozen'); END"
        for verb, condition in refusals.items()
    ]


def _frozen_postgresql(table: str, refusals: dict[str, str]) -> list[str]:
    refuse = f"RAISE EXCEPTION '{table}: this row is frozen' USING ERRCODE = 'integrity_constraint_violation'"
    statements = []
    for verb, condition in refusals.items():
        name, kept = f"{table}_frozen_{verb}", "OLD" if verb == "delete" else "NEW"
        body = f"BEGIN IF {condition} THEN {refuse}; END IF; RETURN {kept}; END"
        statements += [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]
    name = f"{table}_frozen_truncate"
    return [
        *statements,
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse}; END $$",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]
