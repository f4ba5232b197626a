"""Medians, ratios and goals of the fan-out benchmark, on results made by hand."""

from typing import Any

import pytest

from benchmarks.fanout_report import Goal, Results, markdown
from benchmarks.rivals import LIMIT, REFERENCE


def cell(server: str, members: int, repetition: int, deliveries: float, **other: float) -> dict[str, Any]:
    """A cell of one second; the server takes all of it, the generator `share` of its core."""
    share, p99 = other.get("share", 0.1), other.get("p99", 1000.0)
    full = {"seconds": 1.0, "deliveries": deliveries, "server_cpu_s": other.get("cpu", 1.0), "generator_share": share}
    paced = {"p50_us": p99 / 2, "p99_us": p99}
    single = {"server_cpu_s": members * 1e-6, "messages": 1}
    memory = {"rss_before": 0, "rss_joined": 2000 * members}
    place = {"server": server, "members": members, "repetition": repetition}
    return {**place, "full": full, "paced": paced, "single": single, **memory}


def results(*cells: dict[str, Any]) -> Results:
    """Results of these cells."""
    plan = {"repetitions": 1, "seconds": 1.0, "window": 256, "rate": 40_000}
    return Results({"machine": "a machine", "at": "now", "duration_seconds": 1, "plan": plan, "cells": list(cells)})


def test_a_ratio_is_the_median_of_the_repetitions_ratios() -> None:
    """Not the ratio of medians: what slowed both down at once does not count."""
    pairs = [(80.0, 100.0), (9.0, 10.0), (500.0, 1000.0)]
    found = results(
        *(cell(REFERENCE, 10, number, ours) for number, (ours, _) in enumerate(pairs)),
        *(cell(LIMIT, 10, number, theirs) for number, (_, theirs) in enumerate(pairs)),
    )
    assert found.ratio(REFERENCE, LIMIT, 10, lambda each: float(each["full"]["deliveries"])) == 0.8
    assert found.median(REFERENCE, 10, lambda each: float(each["full"]["deliveries"])) == 80
    assert found.ratio(REFERENCE, LIMIT, 11, lambda each: 1.0) is None


@pytest.mark.parametrize(
    ("share", "cpu", "verdict"),
    [(0.1, 1.0, "| **not met** |"), (0.1, 0.5, "| met |"), (0.95, 0.95, "| **not met** |"), (0.95, 0.5, "| met |")],
)
def test_where_a_server_had_to_wait_the_cpu_second_decides(share: float, cpu: float, verdict: str) -> None:
    """Half the deliveries with half the processor time is as good, if no more was offered, or others had its core."""
    found = results(cell(LIMIT, 10, 0, 100, share=share), cell(REFERENCE, 10, 0, 50, cpu=cpu))
    line = Goal(10, 0.9).line(found)
    assert line is not None
    assert line.endswith(verdict)


def test_a_latency_is_to_be_at_most_its_bound() -> None:
    """And a goal that was not measured has no line."""
    found = results(cell(LIMIT, 10, 0, 1, p99=1000), cell(REFERENCE, 10, 0, 1, p99=1400))
    lines = [Goal(10, bound, latency=True).line(found) for bound in (1.5, 1.3)]
    assert [line is not None and line.split("|")[-2].strip() for line in lines] == ["met", "**not met**"]
    assert Goal(10, 1, other="nobody").line(found) is None


def test_the_report_names_what_was_not_measured() -> None:
    """With the sentence of whoever failed, and the cost of a silent member of the others."""
    broken = {"server": "broken", "members": 10, "repetition": 0, "error": "it fell over"}
    text = "\n".join(markdown(results(cell(LIMIT, 10, 0, 1), cell(LIMIT, 20, 0, 1), broken)))
    assert "- broken, 10 members: it fell over" in text
    assert f"| {LIMIT} | 2.0 | 1.00 |" in text
