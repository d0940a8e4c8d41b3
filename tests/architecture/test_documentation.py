"""What a person can set, call, meet or press has a heading in the documentation."""

import ast
import re

import click
from django.conf import settings

from cursitor.spine.audit import words
from cursitor.spine.work import registry, transitions
from cursitor.web import cli
from tests.architecture import code


def named_events() -> set[str]:
    """Return every event type that some code names: `app.thing.happened`; and those that an order's steps end in."""
    pattern = re.compile(r"[a-z]+\.[a-z_]+\.[a-z_]+")
    apps = {event.split(".")[0] for event in words.events()}
    nodes = (node for path in code.python_files("spine", "lines") for node in ast.walk(code.tree(path)))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    named = {text for text in texts if pattern.fullmatch(text) and text.split(".")[0] in apps}
    return named | {step.event for step in transitions.STEPS}


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

    def test_every_event_type_has_words(self):
        assert not named_events() - set(words.events())

    def test_every_event_type_has_a_heading(self):
        assert not set(words.events()) - code.headings("operating/events.md")

    def test_events_that_nobody_records_have_no_heading(self):
        documented = {heading for heading in code.headings("operating/events.md") if "." in heading}

        assert not documented - set(words.events())

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
