"""The report of a run as JSON: the one source of every other form. Its schema is report.schema.json beside this file."""

import json
from importlib import metadata, resources
from typing import Any

from conformance.diagnosis import diagnose
from conformance.run import Report
from conformance.transcript import transcript
from conformance.verdict import CheckResult, RequirementResult

SCHEMA = 1
SPEC_VERSION = "1.0"


def version() -> str:
    """The version of this installation."""
    try:
        return metadata.version("chatproto-conformance")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def schema() -> dict[str, Any]:
    """The JSON schema that every report obeys."""
    text = resources.files("conformance").joinpath("report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def as_json(report: Report) -> dict[str, Any]:
    """A report as plain data."""
    data = _bare(report)
    data["diagnosis"] = diagnose(data) if report.role == "server" else []  # what is known are mistakes of servers
    return data


def _bare(report: Report) -> dict[str, Any]:
    confirmed, likely = report.cuts
    return {
        "schema": SCHEMA,
        "spec": SPEC_VERSION,
        "tool": {"name": "chat-conformance", "version": version()},
        "target": report.target,
        "role": report.role,
        "started": report.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "duration_seconds": round(report.duration, 3),
        "seed": report.seed,
        "depth": report.options.depth,
        "selected": [row.requirement.id for row in report.results],
        "verdict": report.verdicts,
        "exit_status": report.exit_status,
        "trouble": "interrupted" if report.interrupted else report.trouble,
        "cuts": {"confirmed": confirmed, "likely": likely, "total": confirmed + likely},
        "choices": report.choices,
        "baseline": {"known": report.known, "stale": report.stale},
        "diagnosis": [],
        "requirements": [_row(row) for row in report.results],
    }


def _row(row: RequirementResult) -> dict[str, Any]:
    requirement = row.requirement
    return {
        "id": requirement.id,
        "class": requirement.cls,
        "keyword": ", ".join(requirement.keywords),
        "role": requirement.role,
        "observable": requirement.observable,
        "sentence": requirement.sentence,
        "verdict": str(row.verdict),
        "because": row.because,
        "checks": [check_as_json(check) for check in row.checks],
    }


def check_as_json(check: CheckResult) -> dict[str, Any]:
    """The result of one check as plain data."""
    failure = check.failure
    return {
        "name": check.name,
        "clause": check.clause,
        "verdict": str(check.verdict),
        "because": check.because,
        "decided_by": check.decided_by,
        "examples": check.examples,
        "repeats": list(check.repeats),
        "seconds": round(check.seconds, 3),
        "failure": None
        if failure is None
        else {
            "expected": failure.expected,
            "seen": failure.seen,
            "who": failure.who,
            "transcript": transcript(failure.trace) if failure.trace is not None else list(failure.entries),
            "capsule": check.capsule,
            "replay": check.replay,
        },
    }
