"""docs/client.md says what there is."""

import re

import pytest

from reference_client import cli
from reference_client.commands import Command
from reference_client.exits import Exit
from reference_client.frames import Kind
from tests.reference_client.peers import ROOT

PAGE = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")


def test_every_option_command_status_and_kind_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """And in the help, which has the statuses too."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out

    options = set(re.findall(r"--[a-z-]+", shown)) - {"--help", "--version"}
    assert {option for option in options if f"`{option}" not in PAGE} == set()
    assert {f"`--{name}" for name in ("utc", "bell", "no-reconnect", "no-history", "lines", "json", "nick")} == {
        f"`{option}" for option in options
    }
    for command in Command:
        assert f"`/{command.word}" in PAGE
    for status in Exit:
        assert f"\n| {status.value} |" in PAGE
        assert re.search(rf"\b{status.value} [a-z]", shown)
    for kind in Kind:
        assert f"`{kind.value}`" in PAGE
