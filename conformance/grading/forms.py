"""The forms of a report that are written beside report.json, and of all reports together."""

import importlib
import sys
from pathlib import Path
from typing import Any

FORMS = {
    "report.html": "conformance.reports.html",
    "report.md": "conformance.reports.markdown",
    "junit.xml": "conformance.reports.junit",
}


def write_forms(data: dict[str, Any], place: Path) -> None:
    """Writes each form of a report; one that fails leaves the others, and a line on standard error."""
    for name, module in FORMS.items():
        write_form(module, data, place / name)


def write_form(module: str, data: Any, path: Path) -> str | None:
    """Writes one form; gives what went wrong, if anything."""
    try:
        text = importlib.import_module(module).render(data)
        path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except Exception as error:  # noqa: BLE001  # whatever a server has put into its report: its points stand in report.json
        print(f"{path.name} could not be written: {type(error).__name__}: {error}", file=sys.stderr)
        return f"{type(error).__name__}: {error}"
    return None
