"""Where a server under test is: addresses good and bad, and knocking there."""

import socket

import pytest

from conformance.target import Target, TargetError, UsageError, free_port, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:5050", ("127.0.0.1", 5050)),
        ("localhost:1", ("localhost", 1)),
        ("chat.example.org:65535", ("chat.example.org", 65535)),
        ("[::1]:5050", ("::1", 5050)),
        ("[fe80::1%eth0]:5050", ("fe80::1%eth0", 5050)),
        ("[127.0.0.1]:5050", ("127.0.0.1", 5050)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """A host and a port; IPv6 in brackets."""
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        ":5050",
        "[]:5050",
        "localhost:",
        "localhost:x",
        "localhost:0",
        "localhost:65536",
        "h:-1",
        "h:٥",
        "h:+5",
        "h: 5",
    ],
)
def test_what_is_no_address(text: str) -> None:
    """The message shows what was given, and two that would do."""
    with pytest.raises(UsageError, match="HOST:PORT") as error:
        parse_address(text)
    assert repr(text) in str(error.value)
    assert "[::1]:5050" in str(error.value)


@pytest.mark.parametrize("text", ["::1:5050", "::1", "fe80::1:5050"])
def test_ipv6_without_brackets_is_told_so(text: str) -> None:
    """Where the port begins cannot be known."""
    with pytest.raises(UsageError, match="brackets"):
        parse_address(text)


def test_the_name_is_the_address_as_a_user_writes_it() -> None:
    """It can be read again."""
    for text in ("127.0.0.1:5050", "[::1]:5050"):
        assert Target(parse_address(text)).name == text


def test_a_free_port_is_free() -> None:
    """It can be listened on, and is not one that the system gives to the next outgoing connection."""
    port = free_port()

    socket.create_server(("127.0.0.1", port)).close()
    assert port < 32_768


def test_what_is_taken_is_no_free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one drawn is given, and in the end whatever the system has."""
    with socket.socket() as taken, socket.socket() as probe:
        taken.bind(("127.0.0.1", 0))
        probe.bind(("127.0.0.1", 0))
        ports = [taken.getsockname()[1], probe.getsockname()[1]]
        probe.close()
        monkeypatch.setattr("random.SystemRandom.sample", lambda self, population, count: ports)
        assert free_port() == ports[1]
        del ports[1]
        assert free_port() not in (0, ports[0])


@pytest.mark.parametrize("command", [None, ["server"], []])
def test_a_target_needs_an_address_or_a_command_with_a_port(command: list[str] | None) -> None:
    """Else nobody knows where it listens."""
    with pytest.raises(UsageError, match=r"\{port\}"):
        Target(None, command)


def test_a_running_server_is_knocked_at() -> None:
    """With nobody there, that is said in a line; nothing is started or stopped."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        target = Target(listener.getsockname(), pid=17)
        target.start()
        assert (target.pid, target.ended, target.restart()) == (17, None, False)
        target.stop()
    with pytest.raises(TargetError, match=r"^nobody listens on 127\.0\.0\.1:\d+: [^\n]+$"):
        target.start()


def test_ipv6() -> None:
    """A server on [::1] is reached."""
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with listener:
        target = Target(("::1", listener.getsockname()[1]))
        target.start()
        assert target.resolve() == (socket.AF_INET6, ("::1", target.port))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "é..x", "xn--\udcff"])
def test_an_unknown_host(host: str) -> None:
    """However odd it is, it is a line and no exception of another kind."""
    with pytest.raises(TargetError, match="the host is unknown"):
        Target((host, 5050)).start()
