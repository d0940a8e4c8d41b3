"""Template tags and filters of the design language: small pure functions that return safe markup."""

from django import template

register = template.Library()
