"""Texts in the reader's language: `texts/<language>.yaml`, filled in. Pure.

Templates run in Jinja's sandbox: they are data, and later ones may not be ours. Times, days and sums are written as the
language has them (CLDR, by Babel), times in the zone where the thing takes place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.outreach.kinds import Kind

FOLDER = Path(__file__).parent / "texts"
FALLBACK = "en"
TITLE_LENGTH = 200
TEXT_LENGTH = 2_000
SMS_LENGTH = 300
"""Characters of a text message: two or three parts. Further words are in the inbox."""

_plain = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
_html = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


@cache
def _template(source: str, *, html: bool = False) -> Template:
    """A template, compiled once: there are only those of the files and of this module."""
    return (_html if html else _plain).from_string(source)


_TEXT_MAIL = """\
{{ greeting }}

{{ text }}
{% if link %}
{{ open }} {{ link }}
{% endif %}{% if code %}
{{ code_line }}
{{ code }}
{% endif %}
--\x20
{{ footer }}
"""

_HTML_MAIL = """\
<!doctype html>
<html lang="{{ language }}"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em; margin: 2em auto; padding: 0 1em">
<p>{{ greeting }}</p>
<p>{{ text }}</p>
{% if link %}<p>{{ open }} <a href="{{ link }}">{{ link }}</a></p>
{% endif %}{% if code %}<p>{{ code_line }}<br><code>{{ code }}</code></p>
{% endif %}\
<p style="color: #666; font-size: 85%">{{ footer }}</p>
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is filled into a text."""

    people: Mapping[str, str] = field(default_factory=dict)
    """Names by place; empty for somebody who is gone."""
    times: Mapping[str, datetime] = field(default_factory=dict)
    days: Mapping[str, date] = field(default_factory=dict)
    sums: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)
    """Amount and ISO 4217 code."""
    words: Mapping[str, str] = field(default_factory=dict)
    count: int = 1
    """How many events the text stands for."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A notification as its reader sees it."""

    title: str
    text: str
    language_code: str


@dataclass(frozen=True, slots=True)
class Mail:
    """The parts of a mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Texts:
    """One language."""

    language_code: str
    layout: Mapping[str, str]
    kinds: Mapping[str, Mapping[str, str]]


@cache
def languages() -> Mapping[str, Texts]:
    """Every language that there is, read once."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = Texts(path.stem, content["layout"], content["kinds"])
    return found


def texts_for(language_code: str) -> Texts:
    """The texts for a BCP 47 tag: of the language itself, of the same without region, or the English ones."""
    known = languages()
    parts = language_code.lower().replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        found = known.get("-".join(parts[:length]))
        if found is not None:
            return found
    return known[FALLBACK]


def write(kind: Kind, facts: Facts, *, language_code: str, time_zone: str) -> Wording:
    """Write what a notification says.

    Args:
        kind: Which text.
        facts: What is filled in.
        language_code: The reader's, as a BCP 47 tag.
        time_zone: IANA name of the zone in which times are read.

    Raises:
        jinja2.TemplateError: the text names a fact that there is not.
    """
    texts = texts_for(language_code)
    locale = _locale(language_code, texts)
    zone = zone_of(time_zone)
    values: dict[str, Any] = {
        **{name: facts.people[name] or texts.layout["somebody"] for name in facts.people},
        **{name: format_datetime(moment, "full", tzinfo=zone, locale=locale) for name, moment in facts.times.items()},
        **{name: format_date(day, "long", locale=locale) for name, day in facts.days.items()},
        **{name: format_currency(amount, code, locale=locale) for name, (amount, code) in facts.sums.items()},
        **facts.words,
        "count": facts.count,
    }
    template = texts.kinds[kind]
    title = _one_line(_template(template["title"]).render(values))[:TITLE_LENGTH]
    text = _one_line(_template(template["text"]).render(values))[:TEXT_LENGTH]
    return Wording(title, text, texts.language_code)


def mail(wording: Wording, *, name: str, link: str, code: str = "", about_account: bool = False) -> Mail:
    """Put a notification into a mail, as text and as HTML.

    Args:
        wording: What it says.
        name: Of the reader; empty where it is not known.
        link: Where it goes on; empty for nowhere.
        code: A secret for its reader, shown as it is.
        about_account: It is a message of identity, which cannot be switched off.
    """
    layout = texts_for(wording.language_code).layout
    greeting = layout["greeting" if name else "greeting_unnamed"]
    values = {
        "language": wording.language_code,
        "title": wording.title,
        "greeting": _one_line(_template(greeting).render(name=name)),
        "text": wording.text,
        "open": layout["go_on" if about_account else "open"],
        "link": link,
        "code_line": layout["code"],
        "code": code,
        "footer": layout["footer_account" if about_account else "footer"],
    }
    return Mail(
        wording.title,
        _template(_TEXT_MAIL).render(values),
        _template(_HTML_MAIL, html=True).render(values),
    )


def sms(wording: Wording) -> str:
    """Put a notification into a text message."""
    return wording.text if len(wording.text) <= SMS_LENGTH else wording.text[: SMS_LENGTH - 1] + "…"


def _locale(language_code: str, texts: Texts) -> Locale:
    """How dates and sums are written: with the reader's region where the texts are in the reader's language."""
    if language_code.lower().replace("_", "-").split("-")[0] == texts.language_code.split("-")[0]:
        try:
            return Locale.parse(language_code.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            pass  # a region that CLDR does not know
    return Locale.parse(texts.language_code.replace("-", "_"))


def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name; UTC where there is no such zone."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _one_line(text: str) -> str:
    """Line breaks in what others wrote must not become headers of a mail, nor lines of ours."""
    return re.sub(r"\s+", " ", text).strip()
