"""Scripts for clients are data."""

from conformance.clients.steps import Admit, Heard, Script, Send, Shown, Type, awaited, spoken, token
from conformance.octets import Out


def test_a_script_has_its_steps_in_order() -> None:
    """The head, the blocks, the tail; and what is sent and typed in them."""
    one, two = Out("ann", f"hi {token(1)}"), Out("bob", token(2))
    script = Script(blocks=(*awaited(one), *spoken(["so", "é"])), tail=(Send((two, b"x")),))

    assert script.steps == (
        Admit(), Send((one,)), Shown(token(1)), Type(b"so\n"), Heard("so"), Type("é\n".encode()), Heard("é"), Send((two, b"x")),
    )  # fmt: skip
    assert script.sent == [one, two]
    assert script.typed == [b"so", "é".encode()]
    assert script.steps[-1] == Send((two, b"x"))
    assert Send((two, b"x")).octets == two.octets + b"x"


def test_no_token_begins_with_another() -> None:
    """So that one is never found in another's place."""
    tokens = [token(number) for number in range(3000)]
    assert len({word[:8] for word in tokens}) == 3000
    assert {len(word) for word in tokens} == {8}
