"""Which requirements a run is about: ids or sections, checked against the register."""

import difflib
from collections.abc import Iterable

from conformance.check import CHECKS, Check
from conformance.target import UsageError
from spec.requirements import Requirement, register

# First what the others rest on: a server that nobody can join is told so once, and not forty times. Ids, and names of
# single checks: before somebody is left in silence for ten seconds beside everything else, silence must be known to harm
# nobody; and what a process holds tells the more the sooner it is measured.
FIRST = [
    "JOIN-2",
    "FRAME-1",
    "BODY-1",
    "JOIN-3",
    "RELAY-1",
    "RELAY-6",
    "LEAVE-1",
    "FRAME-2",
    "RELAY-2",
    "NICK-2",
    "ROBUST-6/coming-and-going",
    "RELAY-3",
    "FRAME-5",
    "ROBUST-2",
    "ROBUST-1/silence",
]


# Of these one clause binds clients, though the others bind servers.
ALSO_CLIENTS = ("JOIN-1", "SERVICE-1")


def select(role: str, only: Iterable[str] = (), skip: Iterable[str] = ()) -> list[Requirement]:
    """The requirements of a role that are selected, in the order of the specification.

    Raises:
        UsageError: a word is neither an id nor a section; the message has a suggestion.
    """
    wanted, unwanted = _words(only), _words(skip)
    return [
        row
        for row in register().values()
        if (row.binds(role) or (role == "client" and row.id in ALSO_CLIENTS))
        and (not wanted or row.id in wanted or row.section in wanted)
        and not (row.id in unwanted or row.section in unwanted)
    ]


def _words(texts: Iterable[str]) -> set[str]:
    words = {word.strip().upper() for text in texts for word in text.split(",") if word.strip() or not text.strip(" ,")}
    known = {row.id for row in register().values()} | {row.section for row in register().values()}
    for word in sorted(words - known):
        check = next((check for check in CHECKS.values() if check.name.upper() == word), None)
        if check is not None:
            raise UsageError(f"{check.name} is a check: name its requirement, {check.requirement}")
        close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
        hint = f" (did you mean {close[0]}?)" if close else "; `chat-conformance list` shows them all"
        raise UsageError(f"no requirement or section {word!r}{hint}")
    return words


def checks_for(requirements: Iterable[Requirement]) -> list[Check]:
    """The checks of requirements, each behind those that it needs; what is played in the background is judged at the end,
    and then what takes all the room."""
    ids = [row.id for row in requirements]
    rank = {identifier: place for place, identifier in enumerate(dict.fromkeys([*FIRST, *ids]))}

    def place(check: Check) -> tuple[bool, bool, bool, bool, int]:
        requirement = rank.get(check.name, rank[check.requirement])
        return (check.last, check.background, check.quiet, check.late, requirement)

    selected = [check for check in CHECKS.values() if {check.requirement, *check.beside} <= set(ids)]
    waiting = sorted(selected, key=place)
    ordered: list[Check] = []
    while waiting:
        open_ids = {check.requirement for check in waiting if check.is_awaited}
        ready = next(
            (check for check in waiting if not (set(check.needs) & open_ids - {check.requirement})), waiting[0]
        )
        waiting.remove(ready)
        ordered.append(ready)
    return ordered
