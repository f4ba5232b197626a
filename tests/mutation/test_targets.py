"""What is broken, and who has to notice."""

from conformance.check import CHECKS
from conformance.faults import FAULTS
from tests.mutation.mutants import mutants
from tests.mutation.targets import INNOCENT, MOST, ROOT, SLOW, judging, known_servers, targets

TARGETS = {target.name: target for target in targets()}


def test_every_judge_of_a_check_is_broken() -> None:
    """Whichever module it stands in, with all the functions that it rests on."""
    judges = {(check.judge.__module__, check.judge.__qualname__.partition(".")[0]) for check in CHECKS.values()}
    for module, name in judges:
        target = TARGETS[module.removeprefix("conformance.").replace(".", "/")]
        assert target.wanted(name), f"{module}.{name}"

    assert {"_clock", "_zone", "_drift", "_settles", "OLD_TIMES"} <= set(judging(TARGETS["checks/clocks"]))


def test_what_plays_is_not_broken() -> None:
    """Scripts are no assertions."""
    found = mutants(TARGETS["checks/clocks"].source, "clocks.py", TARGETS["checks/clocks"].wanted)

    assert "clock" not in {one.function for one in found}
    assert "_clock" in {one.function for one in found}


def test_the_servers_on_which_a_judge_rests() -> None:
    """Those that break what its checks are about, and some that may be as they are; none that takes minutes."""
    servers = TARGETS["checks/clocks"].servers("_zone")

    assert {FAULTS[name].breaks[0] for name in servers if name in FAULTS} == {"RELAY-4"}
    assert set(INNOCENT) < set(servers)
    assert len(servers) <= MOST + len(INNOCENT)
    for target in TARGETS.values():
        names = target.servers("judge")
        assert set(names) <= known_servers() - SLOW
        assert len(names) > len(INNOCENT)


def test_every_target_has_tests() -> None:
    """The first killer."""
    for target in TARGETS.values():
        missing = [name for name in target.tests if not (ROOT / name).exists()]
        assert target.tests
        assert missing == [], target.name
