"""The line scanner against hand-counted lines and against tomllib."""

from __future__ import annotations

import time
import tomllib

import pytest

from hybridsim.scenario.layers import catalogue_layers
from hybridsim.scenario.toml_lines import key_lines

TEXT = '''# a comment with = and [brackets]
name = "x"      # key = 3
[run]
seed = 7
text = """
[not.a.header]
no = 1
"""
list = [
  "a = 1",
  # ] comment
  "b]",
]
after.the."li st" = 1
[a."b.c".d]
x = { inner = 1, other = [1, 2] }
  y=2
'''


def test_each_key_stands_where_a_reader_counts_it():
    lines = key_lines(TEXT)
    assert lines["name",] == 2
    assert lines["run",] == 3
    assert lines["run", "seed"] == 4
    assert lines["run", "text"] == 5
    assert lines["run", "list"] == 9
    assert lines["run", "after", "the", "li st"] == 14
    assert lines["a", "b.c", "d"] == 15
    assert lines["a", "b.c", "d", "x"] == 16
    assert lines["a", "b.c", "d", "y"] == 17


def test_text_inside_strings_and_lists_is_no_key():
    lines = key_lines(TEXT)
    assert not any("no" in path or "not" in path or "inner" in path for path in lines)


def paths(data, above=()):
    for key, value in data.items():
        yield (*above, key)
        if isinstance(value, dict) and "value" not in value:
            yield from paths(value, (*above, key))


def test_every_key_of_the_catalogue_is_found():
    for layer in catalogue_layers():
        rows = layer.text.split("\n")
        for path in paths(tomllib.loads(layer.text)):
            assert path[-1] in rows[layer.lines[path] - 1]


@pytest.mark.parametrize("text", ["a." * 200_000 + "a = 1", "x = {" + "a." * 200_000 + "a = 1}"])
def test_an_endless_key_is_refused_at_once(text):
    started = time.perf_counter()
    with pytest.raises(ValueError, match="line 1: a key has more than 16 parts"):
        key_lines(text)
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize(
    "text", ['"', "'''", "[", "]", "a = [", "\\", '"\\', "=", "[[a]]\nb=1", "\x00", "é = 1"]
)
def test_broken_text_does_not_stop_the_scanner(text):
    key_lines(text)
