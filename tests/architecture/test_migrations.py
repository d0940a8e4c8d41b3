"""Migrations stand alone, reverse, and leave nothing unsaid."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import migrations

from tests.architecture import code

MIGRATIONS = sorted(path for path in code.SOURCE.rglob("migrations/0*.py"))
MAY_IMPORT = ("django", "cursitor.spine.audit.triggers", "cursitor.plumbing.vault.migrations")


class TestMigrations:
    @pytest.mark.django_db
    def test_models_and_migrations_agree(self):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)

    @pytest.mark.parametrize("path", MIGRATIONS, ids=code.place)
    def test_a_migration_imports_no_app_code(self, path):
        foreign = [name for name, _ in code.imports(path) if name.startswith("cursitor") and name not in MAY_IMPORT]

        assert not foreign

    @pytest.mark.parametrize("config", [c for c in apps.get_app_configs() if c.name.startswith("cursitor.")], ids=str)
    def test_every_operation_reverses(self, config):
        from django.db.migrations.loader import MigrationLoader

        loader = MigrationLoader(None, ignore_no_migrations=True)
        mine = [m for (label, _), m in loader.disk_migrations.items() if label == config.label]

        stuck = [
            f"{m}: {operation}"
            for m in mine
            for operation in m.operations
            if isinstance(operation, migrations.RunPython | migrations.RunSQL) and not operation.reversible
        ]

        assert not stuck


class TestDeployment:
    def test_the_deployment_checks_are_clean(self, settings, monkeypatch):
        settings.DEBUG = False
        monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # the browser journeys need it

        call_command("check", deploy=True, fail_level="WARNING")
