"""The options of `chat-server` that bound and show it: each of them changes what the process does."""

import pytest

from reference_server.cli import main, parser
from reference_server.guests import FULL, TOO_MANY
from reference_server.options import USAGE, warnings
from reference_server.settings import Settings
from tests.reference_server.helpers import frame
from tests.reference_server.test_cli import ROOT, started
from tests.reference_server.test_guests import refused
from tests.reference_server.test_status import FIELDS


@pytest.mark.parametrize(("option", "told"), [("--max-clients", FULL), ("--max-per-address", TOO_MANY)])
def test_a_limit_of_connections(option: str, told: str) -> None:
    """It is obeyed; and that it breaks ROBUST-6 is said before the server listens."""
    with started(option, "2") as server, server.client("alice"), server.client("bob"), server.client() as carol:
        assert refused(carol) == told
        assert f"{option} 2 breaks ROBUST-6".encode() in server.errors
        assert server.errors.count(b"WARNING") == 1


def test_an_option_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    """What is short for one now may be short for two in the next release."""
    with pytest.raises(SystemExit) as raised:
        main(["--po", "5051"])
    assert raised.value.code == USAGE
    assert "--po" in capsys.readouterr().err


def test_who_keeps_to_robust_6_hears_nothing() -> None:
    """No warning without a reason."""
    assert not list(warnings(Settings(), 50))
    assert not list(warnings(Settings(max_clients=50, max_per_address=50), 50))


@pytest.mark.parametrize(("settings", "room"), [(Settings(), 49), (Settings(max_clients=200), 199)])
def test_too_few_descriptors_are_said(settings: Settings, room: int) -> None:
    """Fewer than ROBUST-6 asks for, or than the operator did."""
    (warning,) = warnings(settings, room)

    assert f"about {room} connections" in warning


def test_too_few_descriptors_are_seen() -> None:
    """By the process, of its own."""
    with started(shell="ulimit -n 40") as server:
        assert b"there are descriptors for about" in server.errors


@pytest.mark.parametrize(
    "options",
    [
        ["--max-clients", "0"],
        ["--max-clients", "x"],
        ["--max-per-address", "0.5"],
        ["--rate", "0"],
        ["--rate", "1/0"],
        ["--rate", "1/"],
        ["--rate", "1/nan"],
        ["--rate", "x/1"],
    ],
)
def test_a_wrong_value(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says what is wrong, and 2."""
    with pytest.raises(SystemExit) as raised:
        main(options)

    assert raised.value.code == USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert options[0] in line
    assert f"not {options[1]!r}" in line or options[0] == "--rate"


def test_the_page_names_every_option_and_every_field() -> None:
    """docs/server.md is where an operator looks."""
    page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    options = [option for action in parser()._actions for option in action.option_strings if option != "-h"]

    assert [option for option in options if f"`{option}" not in page] == []
    assert [field for field in FIELDS if f"`{field}`" not in page] == []


def test_a_rate() -> None:
    """`--rate`: beyond it a member's messages wait, however long, and those of others do not."""
    with (
        started("--rate", "2/3600") as server,
        server.client("alice") as alice,
        server.client("bob") as bob,
        server.client("carol") as carol,
    ):
        alice.send(frame("?", "one") + frame("?", "two") + frame("?", "three"))
        assert bob.read_until("two")[1:] == [("alice", "one"), ("alice", "two")]
        carol.say("canary")
        assert bob.read()[1:] == ("carol", "canary")
