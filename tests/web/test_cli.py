"""Commands: each answers as JSON, refuses in one sentence, and says by its exit code whether all is well."""

import json

import click
import pytest
from click.testing import CliRunner
from django.utils import timezone

from cursitor.spine.audit import operations as audit
from cursitor.spine.people import tokens
from cursitor.spine.people.choices import Role
from cursitor.spine.people.models import Organisation, Person
from cursitor.spine.work import operations as work
from cursitor.web import cli
from tests import factories

pytestmark = pytest.mark.django_db
BRIEF = {"prefix": "CF", "streams": 1}


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli.main, words)
    return result.exit_code, result.stdout or result.output


def commands(group: click.Group, *path: str):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


@pytest.fixture
def order(world):
    """A review order in work."""
    parties = {"matter": world.matter, "engagement": world.engagement, "by": world.legal_operations}
    kind = {"line": "review", "work_kind": "review.first_level", "fee_basis": "UNIT", "budget_amount": 100_00}
    made = work.draft_order(title="Set A", brief=BRIEF, at=factories.NOW, **parties, **kind)
    made = work.issue(order=made, by=world.legal_operations, at=factories.NOW)
    return work.accept(order=made, by=world.delivery_manager, at=factories.NOW)


class TestEveryCommand:
    @pytest.mark.parametrize("command", [pytest.param(found, id=" ".join(path)) for path, found in commands(cli.main)])
    def test_takes_json_and_says_what_it_does(self, command):
        names = {option for parameter in command.params for option in parameter.opts}

        assert "--json" in names
        assert command.help


class TestAudit:
    def test_verifies_and_says_so_by_its_exit_code(self, world, order):
        code, told = run("audit", "verify", "--json")

        assert code == 0
        assert json.loads(told)["is_verified"]

    def test_exports_what_verifies_from_the_file_alone(self, order, tmp_path):
        file = tmp_path / "log.jsonl"

        code, told = run("audit", "export", str(file), "--json")
        trusted, _ = run("audit", "verify", "--file", str(file), "--key", json.loads(told)["public_key"])
        foreign, _ = run("audit", "verify", "--file", str(file), "--key", "00" * 32)

        assert (code, trusted, foreign) == (0, 0, 1)

    def test_names_the_line_that_does_not_verify(self, order, tmp_path):
        file = tmp_path / "log.jsonl"
        with file.open("wb") as stream:
            audit.export(stream, at=timezone.now(), by=None)
        file.write_bytes(file.read_bytes().replace(b"drafted", b"dreamed", 1))

        code, told = run("audit", "verify", "--file", str(file), "--json")

        assert code == 1
        assert "line 1" in json.loads(told)["failure"] or "entry" in json.loads(told)["failure"]


class TestOrders:
    def test_lists_what_a_person_may_see(self, world, order):
        _, all_of_them = run("orders", "list", "--json")
        _, seen = run("orders", "list", "--as", world.outsider.email, "--json")

        assert [row["ref"] for row in json.loads(all_of_them)] == [order.ref]
        assert json.loads(seen) == []

    def test_narrows_by_state(self, order):
        _, accepted = run("orders", "list", "--state", "accepted", "--json")
        _, closed = run("orders", "list", "--state", "closed", "--json")

        assert (len(json.loads(accepted)), json.loads(closed)) == (1, [])


class TestCollect:
    def test_takes_files_and_folders_into_an_order(self, order, tmp_path):
        (tmp_path / "mail").mkdir()
        (tmp_path / "mail" / "1.txt").write_text("one")
        (tmp_path / "2.txt").write_text("two")

        code, told = run(
            "collect",
            order.ref,
            str(tmp_path / "mail"),
            str(tmp_path / "2.txt"),
            "--custodian",
            "P. Ostrander",
            "--json",
        )

        assert code == 0
        assert json.loads(told)["inputs"] == 2
        paths = list(order.collections.get().inputs.order_by("position").values_list("path", flat=True))
        assert paths == ["mail/1.txt", "2.txt"]

    def test_keeps_to_the_rights_of_who_collects(self, world, order, tmp_path):
        (tmp_path / "1.txt").write_text("one")

        code, told = run("collect", order.ref, str(tmp_path), "--custodian", "x", "--as", world.outsider.email)

        assert code == 1
        assert "nothing here that you may see" in told
        assert not order.collections.exists()

    @pytest.mark.parametrize("words", [["WO-999"], ["nonsense"]])
    def test_refuses_an_order_that_is_not_there(self, world, words, tmp_path):
        (tmp_path / "1.txt").write_text("one")

        assert run("collect", *words, str(tmp_path), "--custodian", "x")[0] == 1


class TestPeople:
    def test_founds_an_organisation_with_an_administrator_who_can_sign_in(self, client):
        code, told = run(
            *("organisation", "add", "--name", "Brisk Provider", "--kind", "provider", "--site", "Lisbon"),
            *("--country", "PT", "--zone", "Europe/Lisbon", "--administrator", "Ines Prata"),
            *("--email", "ines@brisk.example", "--password", "a sentence nobody guesses", "--json"),
        )

        made = Organisation.objects.get(pk=json.loads(told)["organisation"])
        assert code == 0
        assert made.memberships.get().role == Role.ADMINISTRATOR
        answer = client.post(
            "/accounts/login/", {"login": "ines@brisk.example", "password": "a sentence nobody guesses"}
        )
        assert answer.status_code == 302

    def test_enters_nothing_when_the_password_is_weak(self, db):
        code, _ = run(
            *("organisation", "add", "--name", "Brisk Provider", "--kind", "provider", "--site", "Lisbon"),
            *("--country", "PT", "--zone", "Europe/Lisbon", "--administrator", "Ines Prata"),
            *("--email", "ines@brisk.example", "--password", "password"),
        )

        assert code == 1
        assert not Organisation.objects.exists()
        assert not Person.objects.exists()

    def test_makes_a_token_that_is_recognised(self, world):
        _, told = run("user", "token", world.finance.email, "--name", "billing", "--scope", "invoices:read", "--json")

        found = tokens.recognise(text=json.loads(told)["token"], at=timezone.now())
        assert found is not None
        assert found.person == world.finance

    def test_refuses_a_token_for_nobody(self, db):
        code, told = run("user", "token", "nobody@example.org", "--name", "x", "--scope", "orders:read")

        assert code == 1
        assert "Nobody here has the mail address" in told


class TestHealth:
    def test_answers_as_the_page_does(self, client, db):
        code, told = run("health", "--json")

        assert code == 0
        assert json.loads(told) == client.get("/health").json()
