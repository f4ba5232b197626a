"""The conformance suite: judges any server of the protocol, in any language, by its numbered requirements.

report = conformance.run(conformance.Target(("127.0.0.1", 5050)), conformance.Options(cls="core"))
report.verdicts         # {"core": "pass", "hardened": "incomplete"}
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.run import Options, Report, run
    from conformance.target import Target, TargetError, UsageError

__all__ = ["Options", "Report", "Target", "TargetError", "UsageError", "run"]


def __getattr__(name: str) -> Any:
    # Imported on demand: the shipped faulty servers live in this package too, and start without the suite.
    if name in __all__:
        from importlib import import_module

        home = "conformance.target" if name in ("Target", "TargetError", "UsageError") else "conformance.run"
        return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
