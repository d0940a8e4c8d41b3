"""The API answers whatever its own description allows without an error of the server, whoever asks."""

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from cursitor.spine.work import operations as work
from cursitor.web.api import api
from cursitor.web.wsgi import application
from tests import factories
from tests.web.conftest import Program

EXAMPLES = 5
schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app, schema.location = application, "/api/v1/openapi.json"


@pytest.fixture
def _connection_stays():
    """Keep the test's own connection open over requests, as Django's test client does."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def tokens(translating, _connection_stays) -> list[str]:
    """Tokens of both sides of an order in work, and of the provider's finance."""
    world = translating
    brief = {"source_language": "de", "n_pages": 30}
    parties = {"matter": world.matter, "engagement": world.engagement, "by": world.legal_operations}
    kind = {"line": "translation", "work_kind": "translation.certified", "fee_basis": "UNIT", "budget_amount": 100_00}
    order = work.draft_order(title="Contracts", brief=brief, at=factories.NOW, **parties, **kind)
    order = work.issue(order=order, by=world.legal_operations, at=factories.NOW)
    order = work.accept(order=order, by=world.delivery_manager, at=factories.NOW)
    work.start(order=order, by=world.delivery_manager, at=factories.NOW)
    return [Program(who).text for who in (world.legal_operations, world.delivery_manager, world.finance)]


@pytest.mark.slow
@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_no_error_of_the_server(case, tokens):
    known = {"ref": "WO-1", "matter": "2026-0031", "number": 1, "version": 1}
    asks_about_what_is_there = len(str(sorted(case.path_parameters.items()))) % 2
    if asks_about_what_is_there:
        case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})

    for token in tokens:
        response = case.call(headers={"Authorization": f"Bearer {token}"})

        assert response.status_code < 500, response.text
