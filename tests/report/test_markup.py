from __future__ import annotations

from hybridsim.report.markup import Markup, escape, fill, join


def test_values_are_escaped_and_markup_is_not():
    assert fill('<p title="{a}">{b}</p>', a='"<&', b=Markup("<b>x</b>")) == (
        '<p title="&quot;&lt;&amp;"><b>x</b></p>'
    )


def test_filled_templates_are_markup_and_are_not_escaped_twice():
    inner = fill("<i>{x}</i>", x="a & b")
    assert fill("{x}", x=inner) == "<i>a &amp; b</i>"
    assert fill("{x}", x=join([inner, escape("<")], "")) == "<i>a &amp; b</i>&lt;"


def test_braces_in_values_are_text():
    assert fill("{x}", x="{0} {x.__class__} {{") == "{0} {x.__class__} {{"


def test_numbers_are_formatted_before_they_are_escaped():
    assert fill("{x:.2f}", x=1.005) == "1.00"
