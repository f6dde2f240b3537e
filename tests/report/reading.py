"""Reading a report back: elements, tables and data blocks."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """A page as a list of elements (tag, attributes, text inside)."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.unclosed = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attributes": dict(attrs), "text": "", "inside": [x["tag"] for x in self.open]}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1]["tag"] == tag, (
            f"</{tag}> closes {self.open[-1]['tag'] if self.open else 'nothing'}"
        )
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attributes):
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            e for e in self.elements
            if e["tag"] == tag and all(e["attributes"].get(key) == value for key, value in wanted.items())
        ]  # fmt: skip


def charts(text):
    """The data of all charts by the id of their element."""
    (block,) = Page(text).all("script", id="charts")
    return json.loads(block["text"])


def rows(text, caption):
    """The body rows of the table with this caption, as lists of texts."""
    start = text.index(f"<caption>{caption}</caption>")
    body = text[text.index("<tbody>", start) : text.index("</tbody>", start)]
    found = []
    for row in body.split("<tr>")[1:]:
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)
        found.append([Page(f"<p>{cell}</p>").all("p")[0]["text"] for cell in cells])
    return found


def without_scripts(text):
    """The page without plotly and its own script, whose source mentions addresses."""
    return re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
