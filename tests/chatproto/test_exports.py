"""The public face of chatproto."""

import doctest
from importlib import resources

import chatproto


def test_the_public_names_are_these() -> None:
    """At most 20 names are public, and a change of them is a decision that is made here."""
    assert sorted(chatproto.__all__) == [
        "CLIENT",
        "Chat",
        "Closed",
        "Codec",
        "Connection",
        "Event",
        "Join",
        "Joined",
        "LocalProtocolError",
        "NEED_DATA",
        "NeedData",
        "ProtocolError",
        "Refused",
        "RemoteProtocolError",
        "Role",
        "SERVER",
        "Service",
        "State",
    ]
    assert len(chatproto.__all__) <= 20
    assert all(hasattr(chatproto, name) for name in chatproto.__all__)


def test_the_example_of_the_docstring_runs() -> None:
    """The docstring's example says what happens."""
    failed, attempted = doctest.testmod(chatproto)
    assert failed == 0
    assert attempted >= 8


def test_types_are_shipped() -> None:
    """Type checkers of other projects may read ours; `State` comes from the specification."""
    for package in ("chatproto", "spec", "conformance", "reference_server", "reference_client", "reference_tools"):
        assert resources.files(package).joinpath("py.typed").is_file()
