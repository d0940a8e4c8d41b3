from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from cursitor.web import middleware


class TestSessionsSeen:
    def test_writes_once_in_five_minutes_and_then_again(self, client, world):
        cache.clear()
        client.force_login(world.attorney)
        client.get("/me/")
        UserSession.objects.update(last_seen_at=timezone.now() - timedelta(hours=1))

        client.get("/me/")
        assert UserSession.objects.get().last_seen_at < timezone.now() - timedelta(minutes=59)

        cache.clear()
        client.get("/me/")
        assert UserSession.objects.get().last_seen_at > timezone.now() - timedelta(minutes=1)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/accounts/login/", "/health", "/nothing/here", "/me/"])
    def test_let_no_page_load_from_elsewhere(self, client, db, path):
        policy = client.get(path).headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert policy == middleware.POLICY


class TestErrorPages:
    def test_say_not_found_in_the_house_style(self, client, world):
        client.force_login(world.attorney)

        response = client.get("/nothing/here")

        assert response.status_code == 404
        assert b"There is nothing here that you may see." in response.content
        assert b"cursitor.css" in response.content

    def test_say_what_is_safe_when_something_breaks(self, world, monkeypatch):
        client = Client(raise_request_exception=False)
        client.force_login(world.attorney)
        monkeypatch.setattr("cursitor.spine.people.queries.people_listed", None)

        response = client.get("/people/")

        assert response.status_code == 500
        assert b"What was saved before is safe" in response.content

    def test_show_an_unknown_invitation_to_whoever_has_not_signed_in(self, client, db):
        response = client.get("/invitation/" + "0" * 64 + "/")

        assert response.status_code == 404
        assert b"This invitation is not known here." in response.content

    def test_refuse_a_form_without_its_token(self, world):
        client = Client(enforce_csrf_checks=True)
        client.force_login(world.attorney)

        response = client.post("/me/", {"name": "Somebody"})

        assert response.status_code == 403
        assert b"This page was open too long" in response.content
