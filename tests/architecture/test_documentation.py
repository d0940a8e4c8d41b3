"""What a person can set, call, meet or press has a heading in the documentation."""

import re

import click
from django.conf import settings

from cursitor.spine.work import registry
from cursitor.web import cli
from tests.architecture import code


def event_types() -> set[str]:
    """Return every event type that some code records."""
    pattern = re.compile(r"event=\"([a-z_]+(?:\.[a-z_]+)+)\"")
    return {found for path in code.python_files("spine", "lines") for found in pattern.findall(path.read_text())}


def keys_in_templates() -> set[str]:
    pattern = re.compile(r"data-key=\"([^\"{]+)\"")
    return {key for path in code.SOURCE.rglob("*.html") for key in pattern.findall(path.read_text())}


class TestDocumentation:
    def test_every_setting_has_a_heading(self):
        ours = {name for name in dir(settings) if name.startswith("CURSITOR_")}
        from_environment = set(re.findall(r"\"(CURSITOR_[A-Z_]+)\"", (code.SOURCE / "web/settings.py").read_text()))

        missing = (ours | from_environment) - code.headings("operating/settings.md")

        assert not missing

    def test_every_command_has_a_heading(self):
        missing = set(_commands(cli.main, "cursitor")) - code.headings("operating/commands.md")

        assert not missing

    def test_every_event_type_has_a_heading(self):
        assert event_types()
        assert not event_types() - code.headings("operating/events.md")

    def test_every_work_kind_has_a_heading(self):
        kinds = {kind.key for line in registry.lines().values() for kind in line.work_kinds}

        assert not kinds - code.headings("using/work-kinds.md")

    def test_every_key_has_a_heading(self):
        assert not keys_in_templates() - code.headings("using/keyboard.md")

    def test_every_engine_has_its_page(self):
        engines = {path.name for path in (code.SOURCE / "engines").iterdir() if (path / "__init__.py").exists()}

        assert not {name for name in engines if not (code.ROOT / f"docs/algorithms/{name}.md").exists()}


def _commands(group: click.Group, prefix: str):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"
