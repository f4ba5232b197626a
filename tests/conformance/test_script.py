"""Conversations as data: tags that keep every length and cut, pieces, and the builders."""

import pytest

from conformance.octets import Out
from conformance.script import (
    TAG,
    Apart,
    Close,
    Fence,
    Fin,
    Open,
    Script,
    Send,
    Settle,
    burst,
    cast,
    enter,
    nick,
    plain,
    say,
    script,
    sentinel,
)


def sends(conversation: Script) -> list[Send]:
    """Its writes."""
    return [step for step in conversation.steps if isinstance(step, Send)]


def test_a_tag_keeps_lengths_and_cuts() -> None:
    """A script with its tag in it is cut at the same octets, and none of the placeholder is left in any part."""
    frame = Out(nick("ann"), f"é{TAG}", f"t{TAG}", header="right")
    before = script(Open("ann"), Send("ann", (frame, f"raw {TAG}".encode()), (3, 11, 40)), Settle())
    after = before.tagged("abcd1234")

    assert [len(piece) for piece in sends(after)[0].pieces] == [len(piece) for piece in sends(before)[0].pieces]
    assert sends(after)[0].octets == sends(before)[0].octets.replace(TAG.encode(), b"abcd1234")
    assert TAG.encode() not in sends(after)[0].octets
    assert sends(after)[0].parts[0] == Out("ann-abcd1234", "éabcd1234", "tabcd1234", header="right")
    assert [type(step) for step in after.steps] == [type(step) for step in before.steps]


def test_a_tag_of_another_width_is_refused() -> None:
    """It would move the cuts."""
    with pytest.raises(ValueError, match="8 characters, not 3"):
        script(say("ann", "x")).tagged("abc")


@pytest.mark.parametrize("cuts", [(), (1,), (10,), (3, 10, 11), (11, 3, 3), (0, 5), (5, 999)])
def test_pieces_add_up(cuts: tuple[int, ...]) -> None:
    """Cut anywhere, in any order, twice, or beyond its ends, a stretch is sent whole, in pieces that are not empty."""
    step = Send("ann", (Out("ann", "hello"), b"raw"), cuts)
    inner = {cut for cut in cuts if 0 < cut < len(step.octets)}

    assert b"".join(step.pieces) == step.octets
    assert all(step.pieces)
    assert len(step.pieces) == len(inner) + 1
    assert Script((Open("ann"), step)).cuts == len(inner)


def test_scripts_are_values() -> None:
    """Equal scripts are one key: outcomes are remembered by them."""
    assert script(cast("ann", "bob")) == script(cast("ann", "bob"))
    assert len({script(cast("ann")), script(cast("ann")), script(cast("bob"))}) == 2


def test_parties_are_those_who_connect_in_order() -> None:
    """Each once."""
    assert script(cast("bob", "ann"), say("ann", "x"), enter("carl")).parties == ["bob", "ann", "carl"]


def test_the_builders() -> None:
    """Joining is connect, join, wait; saying is one write and one proof for each text; a sentinel is awaited."""
    join = Out(f"ann-{TAG}")

    assert enter("ann") == [Open("ann"), Send("ann", (join,)), Settle()]
    assert enter("ann", "other", header="right", text="t")[1] == Send("ann", (Out("other", "t", header="right"),))
    assert enter("ann", "")[1] == Send("ann", (Out(""),))
    assert cast("ann", "bob") == [*enter("ann"), *enter("bob")]
    assert say("ann", "a", "b") == [
        Send("ann", (Out(nick("ann"), "a"),)),
        Apart(),
        Send("ann", (Out(nick("ann"), "b"),)),
        Apart(),
    ]
    assert say("ann", "a", name="x", time="t")[0] == Send("ann", (Out("x", "a", "t"),))
    assert burst("ann", "a", "b") == [Send("ann", (Out(nick("ann"), text),)) for text in ("a", "b")]
    assert sentinel("ann", 3) == [*burst("ann", f"sentinel 3 {TAG}"), Settle()]
    assert TAG in plain(1)
    assert plain(1) != plain(2)


def test_script_takes_steps_and_lists_of_steps() -> None:
    """In their order."""
    assert script(Open("a"), [Fence(), Fin("a")], [], Close("a")).steps == (Open("a"), Fence(), Fin("a"), Close("a"))
