"""Probes of the faults about nicks."""

from tests.conformance.faults.probing import PROBES, bears, beside, probe, refuses
from tests.conformance.faults.stage import Stage

PROBES.update(
    {
        "ascii-nicks-only": bears("né"),
        "no-space-in-nicks": bears("a b"),
        "no-brackets-in-nicks": bears("[a]"),
        "no-digit-nicks": bears("42"),
        "two-characters-at-least": bears("a"),
        "sixty-three-at-most": bears("x" * 64),
        "counts-nick-octets": bears("é" * 33),
        "counts-nick-units": bears("\U0001f600" * 33),
        "printable-nicks-only": bears("a\u200db"),
        "ignores-accents": beside("eric", "éric"),
        "compares-thirty-two": beside("x" * 32 + "a", "x" * 32 + "b"),
        "lower-cases-nick": bears("Eric"),
        "normalises-nick": bears("e\u0301ric"),
        "cuts-nick-at-thirty-two": bears("x" * 33),
        "collapses-spaces": bears("a  b"),
        "lower-cases-relayed-nick": bears("Eric"),
        "leaves-in-lower-case": bears("Eric"),
        "accepts-empty-nick": refuses(""),
        "accepts-sixty-five": refuses("x" * 65),
        "accepts-any-length": refuses("x" * 66),
        "accepts-controls": refuses("a\x1b"),
        "accepts-c1-controls": refuses("a\x85"),
        "accepts-line-separators": refuses("a\u2028b"),
        "accepts-outer-space": refuses(" a"),
        "checks-ascii-space-only": refuses("a\u3000"),
        "checks-leading-space-only": refuses("a "),
        "trims-nick": refuses(" a "),
        "accepts-server": refuses("Server"),
        "accepts-server-in-capitals": refuses("SERVER"),
        "accepts-duplicates": refuses("alice"),
        "nicks-are-case-sensitive": refuses("ALICE"),
        "later-throws-out-earlier": refuses("alice"),
        "holds-nick-late": refuses("alice"),
        "refusal-frees-nick": refuses("alice", "alice"),
    }
)


# Nicks that are free again.


@probe("never-frees-nick", "frees-nick-late")
def rejoin_after_fin(stage: Stage) -> None:
    alice, bob = stage.pair()
    bob.finish()
    alice.until(b"[bob] left the chat")
    stage.join(b"bob")


@probe("keeps-nick-after-reset")
def rejoin_after_reset(stage: Stage) -> None:
    alice, bob = stage.pair()
    bob.reset()
    alice.until(b"[bob] left the chat")
    stage.join(b"bob")
