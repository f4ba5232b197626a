"""Plots are well-formed, complete and to scale."""

import itertools
import math
import re
import xml.etree.ElementTree as ET

from benchmarks.plots import BOTTOM, LEFT, RIGHT, TOP, Axis, logarithmic, number

SVG = "{http://www.w3.org/2000/svg}"


def test_equal_factors_are_equal_distances() -> None:
    """From one end to the other."""
    axis = Axis([1, 100], 0, 50)
    assert [axis.place(value) for value in (1, 10, 100)] == [0, 25, 50]
    assert {1, 2, 5, 10, 20, 50, 100} == {round(tick) for tick in axis.ticks()}
    assert 0 < Axis([7, 7], 0, 50).place(7) < 50


def test_every_line_is_drawn_in_the_grid_with_its_name() -> None:
    """Names are text, whatever is in them; a line without points is left out."""
    lines = {"a <b> & c": [(10.0, 1.0), (1000.0, 50.0)], "other": [(10.0, 5.0)], "empty": []}
    root = ET.fromstring(logarithmic("title", "members", lines))
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"title", "members", "a <b> & c", "other", "10", "1,000"} <= set(texts)
    assert "empty" not in texts
    dots = [(float(dot.get("cx", "nan")), float(dot.get("cy", "nan"))) for dot in root.iter(f"{SVG}circle")]
    assert len(dots) == 3
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in dots)
    assert math.isclose(dots[0][1], BOTTOM)  # the smallest stands lowest


def test_names_do_not_overlap() -> None:
    """Lines that end at the same place have their names below each other."""
    root = ET.fromstring(logarithmic("t", "x", {name: [(1.0, 3.0), (2.0, 4.0)] for name in "abcd"}))
    heights = [
        float(text.get("y", "nan")) for text in root.iter(f"{SVG}text") if re.fullmatch("[abcd]", text.text or "")
    ]
    assert all(later - earlier >= 16 for earlier, later in itertools.pairwise(heights))


def test_no_points_are_no_mistake() -> None:
    """A run that measured nothing has an empty plot."""
    ET.fromstring(logarithmic("t", "x", {}))


def test_ticks_are_short() -> None:
    """As people say them."""
    assert [number(value) for value in (0.5, 20, 2000, 5e6)] == ["0.5", "20", "2 k", "5 M"]
