"""The `cursitor` command."""

import os

import click


@click.group()
@click.version_option(package_name="cursitor")
def main() -> None:
    """Run legal process outsourcing: a deliverable carries its own proof."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cursitor.web.settings")
    import django

    django.setup()
