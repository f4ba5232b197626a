"""The pytest face of the suite: one item for each check, against a running server.

    pytest -p conformance.plugin --chat-server 127.0.0.1:5050 --pyargs conformance

It is loaded only by that `-p`; without `--chat-server` it collects nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

import conformance.checks
from conformance.check import CHECKS, Check
from conformance.engine import Engine
from conformance.run import DEFAULT_PATIENCE, new_seed, open_stage
from conformance.selection import checks_for
from conformance.session import Session
from conformance.target import Target, TargetError, UsageError, parse_address
from conformance.transcript import lines
from conformance.verdict import FAIL, INCONCLUSIVE, NOT_RUN, CheckResult
from spec.display import safe
from spec.requirements import register

ENGINE = pytest.StashKey[Engine]()
PLACE = Path(conformance.checks.__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options, all of them beginning with `--chat-`."""
    group = parser.getgroup("chat-conformance")
    group.addoption("--chat-server", metavar="HOST:PORT", help="the server that the checks judge")
    group.addoption("--chat-depth", choices=("quick", "standard", "thorough"), default="standard")
    group.addoption("--chat-seed", type=int, default=None, help="draws the same examples again")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collects the modules of checks."""
    if parent.config.getoption("--chat-server") is None or file_path.parent != PLACE or file_path.suffix != ".py":
        return None
    return CheckModule.from_parent(parent, path=file_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the checks in the order in which they rest on each other."""
    order = {check.name: place for place, check in enumerate(checks_for(register().values()))}
    items.sort(key=lambda item: order.get(item.name, -1))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Closes the suite's connections."""
    engine = session.config.stash.get(ENGINE, None)
    if engine is not None:
        engine.session.stage.close()


class CheckModule(pytest.File):
    """One module of checks."""

    def collect(self) -> Iterator["CheckItem"]:
        """One item for each check that it defines."""
        module = f"conformance.checks.{self.path.stem}"
        for check in CHECKS.values():
            function = check.cases or check.strategy
            if function is not None and function.__module__ == module:
                yield CheckItem.from_parent(self, name=check.name, check=check)


class CheckItem(pytest.Item):
    """One check: it fails where the server does, and is skipped where there is no verdict."""

    def __init__(self, *, check: Check, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.check = check
        self.user_properties.append(("requirement", check.requirement))

    def runtest(self) -> None:
        """Judges."""
        result = self._engine().judge(self.check)
        if result.verdict is FAIL:
            raise BrokenRequirementError(result)
        if result.verdict in (NOT_RUN, INCONCLUSIVE):
            pytest.skip(f"{result.verdict}: {safe(str(result.because))}")

    def _engine(self) -> Engine:
        config = self.config
        if ENGINE not in config.stash:
            try:
                target = Target(parse_address(config.getoption("--chat-server")))
                target.start()
                seed = config.getoption("--chat-seed")
                stage = open_stage(target, DEFAULT_PATIENCE)
                seed = new_seed() if seed is None else seed
                config.stash[ENGINE] = Engine(Session(stage, target), seed, config.getoption("--chat-depth"))
            except (TargetError, UsageError) as error:
                pytest.exit(str(error), returncode=4)
        return config.stash[ENGINE]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The sentence, expected against seen, and the conversation, safe to print."""
        if not isinstance(excinfo.value, BrokenRequirementError):
            return str(super().repr_failure(excinfo))
        result = excinfo.value.result
        failure = result.failure
        assert failure is not None
        text = [f"{result.requirement}: {register()[result.requirement].sentence}"]
        text += [f"expected: {failure.expected}", f"seen:     {failure.seen} (by {failure.who})"]
        text += [f"  {line}" for line in lines(failure.trace)] if failure.trace is not None else []
        return "\n".join(map(safe, text))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that it stands."""
        return self.path, 0, self.check.name


class BrokenRequirementError(Exception):
    """A check found a requirement broken."""

    def __init__(self, result: CheckResult) -> None:
        super().__init__(f"{result.name}: {result.failure.seen if result.failure else ''}")
        self.result = result
