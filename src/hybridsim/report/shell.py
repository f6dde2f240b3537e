"""What all pages share: one file that needs nothing else, with its own style, scripts and policy."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from hybridsim.report import charts, theme
from hybridsim.report.charts import Chart
from hybridsim.report.markup import Markup, fill, join

Sections = Sequence[tuple[str, str, Markup]]
"""Name, title and body of each section."""

_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{tab}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
{head}
</header>
<main id="main">
{first}
{sections}
</main>
<footer><p>{foot}</p></footer>
{data}
<script type="application/json" id="config">{config}</script>
<script>{plotly}</script>
<script>{script}</script>
</body>
</html>
"""
_FIRST = """<div class="cards">
{cards}
</div>
{notes}
{contents}"""
_SECTION = """<section id="{name}" aria-labelledby="head-{name}">
<h2 id="head-{name}">{title}</h2>
{body}
</section>"""


def whole_page(
    tab: str, head: Markup, first: Markup, sections: Sections, drawn: Sequence[Chart], foot: str
) -> Markup:
    """A page: title of its tab, header, what comes first, sections with the charts drawn in them, footer."""
    from plotly.offline import get_plotlyjs

    plotly, script = Markup(get_plotlyjs()), Markup(resource("page.js"))
    return fill(
        _SHELL,
        policy=policy([plotly, script]),
        tab=tab,
        style=Markup(resource("style.css")),
        head=head,
        first=first,
        sections=join(fill(_SECTION, name=name, title=title, body=body) for name, title, body in sections),
        foot=foot,
        data=charts.data_block(drawn),
        config=Markup(json.dumps(theme.CONFIG, sort_keys=True)),
        plotly=plotly,
        script=script,
    )


def first_screen(cards: Markup, found: Sequence[str], sections: Sections) -> Markup:
    """Cards, notes and links to the sections."""
    return fill(_FIRST, cards=cards, notes=notes(found), contents=_contents(sections))


def _contents(sections: Sections) -> Markup:
    links = join(
        fill('<li><a href="#{name}">{title}</a></li>', name=name, title=title) for name, title, _ in sections
    )
    return fill('<nav aria-label="Sections"><ul>{links}</ul></nav>', links=links)


def write_page(text: str, target: Path) -> Path:
    """Write a page whole or not at all; returns its path."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.tmp")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def warning(notes: Sequence[str]) -> Markup:
    """The first note above the fold; nothing if there is none."""
    if not notes:
        return Markup()
    more = f"All {len(notes)} notes" if len(notes) > 1 else "Details"
    return fill(
        '<p class="warning"><strong>Note:</strong> {first} <a href="#notes">{more}</a></p>',
        first=_sentence(notes[0]),
        more=more,
    )


def notes(found: Sequence[str]) -> Markup:
    """The section of notes; nothing if there is none."""
    if not found:
        return Markup()
    items = join(fill("<li>{note}</li>", note=_sentence(note)) for note in found)
    return fill(
        '<section id="notes" class="notes" aria-labelledby="head-notes">'
        '<h2 id="head-notes">Notes</h2><ul>{items}</ul></section>',
        items=items,
    )


def _sentence(note: str) -> str:
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")


def policy(scripts: Sequence[str]) -> str:
    """Only these scripts may run, and nothing may be loaded from anywhere."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def resource(name: str) -> str:
    """A text file of this room, with plain newlines."""
    text = resources.files("hybridsim.report").joinpath(name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")
