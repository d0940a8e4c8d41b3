"""Start and stop the parts of an installation: web server, worker, first set-up."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from django.conf import settings
from django.core.management import call_command

HERE = Path(sys.executable).parent
SIGN_IN = "/accounts/login/"
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the web server on this machine.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--fresh", is_flag=True, help="Remove what lies under CURSITOR_DATA and make the demo anew.")
@click.option("--no-demo", is_flag=True, help="Do not make the demo on first start.")
@click.option("--check", is_flag=True, help="Start, ask the sign-in page and the health page, stop, say what failed.")
@AS_JSON
def start(*, port: int, host: str, fresh: bool, no_demo: bool, check: bool, as_json: bool) -> None:
    """Start the web server and one worker together; Ctrl-C stops both."""
    if fresh:
        _clear()
    _prepare(demo=not no_demo)
    port = _free_port() if check else port
    with _running(host, port) as parts:
        _wait_until_up(host, port, parts)
        if check:
            _ask(host, port, as_json=as_json)
            return
        _greet(host, port, demo=not no_demo, as_json=as_json)
        _watch(parts)


@click.command()
@AS_JSON
def worker(*, as_json: bool) -> None:
    """Run one worker: it takes messages from the outbox until it is told to stop."""
    from cursitor.plumbing.outbox import operations as outbox
    from cursitor.plumbing.outbox import worker as outbox_worker

    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    outbox_worker.run(stop=stop)
    waiting = outbox.waiting()
    click.echo(json.dumps({"waiting": waiting}) if as_json else f"Stopped; {waiting} messages wait.")


@click.command()
@click.option("--demo/--no-demo", default=True, help="Make the demo if this installation is empty.")
@AS_JSON
def setup(*, demo: bool, as_json: bool) -> None:
    """Make the database, collect static files, and make the demo if this installation is empty."""
    _prepare(demo=demo)
    told = {"data": str(settings.CURSITOR_DATA), "demo": demo}
    click.echo(json.dumps(told) if as_json else f"Ready. Data: {told['data']}")


def _prepare(*, demo: bool) -> None:
    click.echo("Preparing the database ...", err=True)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if demo:
        from cursitor.web.demo import story

        story.make_if_empty(say=lambda words: click.echo(words, err=True))


def _clear() -> None:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        from django.db import connection

        connection.close()
        for path in settings.CURSITOR_DATA.glob("cursitor.sqlite3*"):
            path.unlink()
    else:
        call_command("flush", verbosity=0, interactive=False)
    for folder in ("vault", "cache", "work", "mail", "static"):
        shutil.rmtree(settings.CURSITOR_DATA / folder, ignore_errors=True)


@contextmanager
def _running(host: str, port: int) -> Iterator[list[subprocess.Popen]]:
    """Yield the web server and the worker as child processes and stop both cleanly, in every case."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A shell starts what it puts in the background with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    web = [str(HERE / "granian"), "--interface", "wsgi", "cursitor.web.wsgi:application"]
    web += ["--host", host, "--port", str(port), "--workers", "1", "--blocking-threads", "4", "--log-level", "warning"]
    environment = {**os.environ, "CURSITOR_URL": os.environ.get("CURSITOR_URL", f"http://{host}:{port}")}
    commands = (web, [str(HERE / "cursitor"), "worker"])
    parts = [subprocess.Popen(command, env=environment, start_new_session=True) for command in commands]
    try:
        yield parts
    except KeyboardInterrupt:
        click.echo("\nStopping ...", err=True)
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            _end(part)


def _end(part: subprocess.Popen) -> None:
    try:
        part.wait(timeout=20)
    except subprocess.TimeoutExpired:
        part.kill()
        part.wait()


def _watch(parts: list[subprocess.Popen]) -> None:
    """Wait until Ctrl-C; when one part ends by itself, say so and stop the other."""
    while True:
        for part in parts:
            if part.poll() is not None:
                raise click.ClickException(f"{Path(part.args[0]).name} ended by itself with code {part.returncode}.")
        time.sleep(0.5)


def _wait_until_up(host: str, port: int, parts: list[subprocess.Popen]) -> None:
    for _ in range(240):
        if any(part.poll() is not None for part in parts):
            raise click.ClickException("The web server or the worker did not start; its words stand above.")
        try:
            _get(host, port, SIGN_IN)
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise click.ClickException(f"The web server does not answer on {host}:{port}.")


def _ask(host: str, port: int, *, as_json: bool) -> None:
    if 'type="password"' not in _get(host, port, SIGN_IN):
        raise click.ClickException("The sign-in page has no field for a password.")
    for _ in range(60):
        try:
            health = _get(host, port, "/health").strip()
        except urllib.error.HTTPError as refused:
            health = refused.read().decode().strip()
            time.sleep(0.5)
        else:
            click.echo(health if as_json else f"The sign-in page and the health page answer: {health}")
            return
    raise click.ClickException(f"The health page says: {health}")


def _get(host: str, port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=20) as answer:
        return answer.read().decode()


def _greet(host: str, port: int, *, demo: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"address": f"http://{host}:{port}/", "data": str(settings.CURSITOR_DATA)}))
        return
    click.echo(f"\nCursitor runs at http://{host}:{port}/   (Ctrl-C stops it; data: {settings.CURSITOR_DATA})")
    if demo:
        from cursitor.web.demo import story

        click.echo(story.sign_ins())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
