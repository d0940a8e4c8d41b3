"""
Tags of the home pages.

    {% shifts rows begin %}      sites around the clock; rows: queries.provider.Shift
    {% p_chart lots %}           defect rate by lot; lots: queries.provider.ChartedLot
    {{ 6|in_words }}             six; from thirteen on the figure
"""

from datetime import datetime

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from cursitor.spine.insight import charts

register = template.Library()
register.simple_tag(charts.p_chart)
WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@register.simple_tag(takes_context=True)
def shifts(context: Context, rows: list, begin: datetime) -> SafeString:
    return charts.shifts(rows, begin=begin, now=context["now"], zone="UTC")


@register.filter
def in_words(number: int) -> str:
    return WORDS[number] if number < len(WORDS) else f"{number:,}"
