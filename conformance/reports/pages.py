"""What the HTML pages share: templates in which nothing untrusted can act, put together into one file.

Three things keep a server's text inert. Every string that a template prints goes through `spec.display.safe` and then
through jinja2's escaping, without anybody having to remember it; no text ever comes to stand in a script; and the
Content-Security-Policy of the page lets nothing run, and nothing be fetched, but the page's own style and script, which
it names by their hashes.
"""

import base64
import functools
import hashlib
import re
from collections.abc import Collection, Iterable
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from spec.display import safe

VERDICTS = ("fail", "warn", "inconclusive", "not-run", "pass")  # worst first
SYMBOLS = {"pass": "✓", "fail": "✗", "warn": "!", "inconclusive": "?", "not-run": "–", "incomplete": "?"}
TITLES = {
    "FRAME": "Framing",
    "BODY": "The body",
    "TIME": "Times",
    "NICK": "Nicknames",
    "JOIN": "Joining",
    "RELAY": "Relaying",
    "LEAVE": "Leaving",
    "SERVICE": "Service messages",
    "ROBUST": "Staying up",
    "CLIENT": "Clients",
}

_MARKS = re.compile(r"`([^`]+)`|\b([A-Z]+-[0-9]+)\b")


def prose(text: str, ids: Collection[str] = ()) -> Markup:
    """Plain text with `code` in backticks, and each of these ids made a link to its place in the page."""
    text = safe(text)
    out, end = [], 0
    for mark in _MARKS.finditer(text):
        out.append(escape(text[end : mark.start()]))
        end = mark.end()
        if mark[1]:
            out.append(Markup("<code>{}</code>").format(mark[1]))
        elif mark[2] in ids:
            out.append(Markup('<a href="#{0}">{0}</a>').format(mark[2]))
        else:
            out.append(escape(mark[0]))
    return Markup().join([*out, escape(text[end:])])


def spaced(octets: str) -> str:
    """Hexadecimal digits with a space between octets."""
    return " ".join(re.findall("..", octets))


def counted(verdicts: Iterable[str]) -> dict[str, int]:
    """How many there are of each verdict that occurs, worst first."""
    found = list(verdicts)
    return {verdict: found.count(verdict) for verdict in VERDICTS if verdict in found}


def bar(counts: dict[str, int]) -> list[tuple[str, float, float]]:
    """A bar of 100 units as (verdict, from, width)."""
    total, done, segments = sum(counts.values()) or 1, 0, []
    for verdict, count in counts.items():
        segments.append((verdict, round(100 * done / total, 2), round(100 * count / total, 2)))
        done += count
    return segments


def section_of(identifier: str) -> str:
    """The section of an id, such as FRAME."""
    return identifier.partition("-")[0]


def render(template: str, name: str, **values: Any) -> str:
    """A page.

    Args:
        template: the file under templates/ to begin with.
        name: of the page's own style and script, `NAME.css` and `NAME.js`, which follow the shared ones.
        values: what the template speaks of.
    """
    style, script = (_text(f"base.{kind}") + _text(f"{name}.{kind}") for kind in ("css", "js"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    # The files' own text, which holds neither </style> nor </script> (a test sees to that), is markup as it stands.
    return page.render(style=Markup(style), script=Markup(script), policy=policy, **values)  # noqa: S704


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _text(name: str) -> str:
    return resources.files("conformance.reports").joinpath("templates", name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    return safe(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"prose": prose, "spaced": spaced, "section": section_of}
    environment.globals |= {"SYMBOLS": SYMBOLS, "TITLES": TITLES, "VERDICTS": VERDICTS}
    return environment
