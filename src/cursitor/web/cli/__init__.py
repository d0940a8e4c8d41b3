"""The `cursitor` command: one module per group of commands."""

import os

import click


class Commands(click.Group):
    """Commands are imported when they are called, so that `--help` answers at once."""

    modules = {
        "start": "service",
        "worker": "service",
        "setup": "service",
        "tour": "demo",
        "demo": "demo",
        "audit": "log",
        "user": "people",
        "organisation": "people",
        "process": "process",
        "orders": "work",
        "collect": "work",
        "health": "monitor",
        "simulate": "ranking",
        "entry": "entry",
        "index": "search",
        "search": "search",
        "hits": "search",
        "loadfile": "loadfile",
        "produce": "produce",
        "production": "produce",
        "pii": "facts",
        "chronology": "facts",
    }
    without_server = frozenset({"entry", "facts", "loadfile", "process", "produce", "ranking", "search"})

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(self.modules)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        module = self.modules.get(name)
        if module is None:
            return None
        if module not in self.without_server:
            _set_up_django()
        from importlib import import_module

        return getattr(import_module(f"cursitor.web.cli.{module}"), name)


@click.group(cls=Commands)
@click.version_option(package_name="cursitor")
def main() -> None:
    """Run legal process outsourcing: a deliverable carries its own proof."""


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cursitor.web.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
