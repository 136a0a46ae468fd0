"""``dualvariant plugins``: the providers that are installed, and what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dualvariant.cli._json import format_time, print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UnknownNameError, did_you_mean
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.host.detect import Detection

__all__ = ["main"]

_ACTIONS = ["list"]


def main(arguments: list[str]) -> int:
    """List the providers."""
    parser = Parser("plugins", "Show the installed providers, and what each says about this host.")
    parser.add_argument("action", metavar="list", help="print one line for each provider")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--refresh", action="store_true", help="ask the providers again, and keep the new answers")
    options = parser.parse_args(arguments)
    if options.action not in _ACTIONS:
        hint = did_you_mean(options.action, _ACTIONS) or "there is 'list'"
        raise UnknownNameError(f"unknown action of 'plugins': {options.action!r}", hint)

    from dualvariant.host.detect import detect
    from dualvariant.host.reasons import describe_untrusted

    detection = detect(refresh=options.refresh)
    rows = _rows(detection)
    if options.json:
        print_document(rows)
    elif rows:
        print(_table(rows))
    else:
        print("no provider is installed")
    for warning in detection.warnings:
        TerminalReporter().warn(warning)
    for entry in detection.untrusted:
        TerminalReporter().note(describe_untrusted(entry))
    return 0


def _rows(detection: Detection) -> list[dict[str, Any]]:
    from dualvariant.host.answer import ProviderAnswer, ProviderFailure, describe_age

    def describe_time(outcome: ProviderAnswer | ProviderFailure) -> dict[str, Any]:
        """When the provider was asked, and how long ago that was if it was not now."""
        return {
            "detected_at": format_time(outcome.detected_at) if outcome.detected_at else None,
            "age": describe_age(outcome.detected_at) if outcome.source == "cache" else None,
        }

    answered = [
        {
            "provider": answer.name,
            "version": answer.version,
            "distribution": f"{answer.entry.distribution} {answer.entry.version}",
            "entry": answer.entry.target,
            "state": "nothing to say" if answer.config is None else "answers",
            "reason": None,
            **describe_time(answer),
        }
        for answer in detection.answers
    ]
    failed = [
        {
            "provider": None,  # a provider that failed has not said its name, or may not have it
            "version": None,
            "distribution": f"{failure.entry.distribution} {failure.entry.version}",
            "entry": failure.entry.target,
            "state": "failed",
            "reason": failure.reason,
            **describe_time(failure),
        }
        for failure in detection.failures
    ]
    untrusted = [
        {
            "provider": None,
            "version": None,
            "distribution": f"{entry.distribution} {entry.version}",
            "entry": entry.target,
            "state": "not trusted",
            "reason": None,
            "detected_at": None,
            "age": None,
        }
        for entry in detection.untrusted
    ]
    return answered + failed + untrusted


def _table(rows: list[dict[str, Any]]) -> str:
    from dualvariant.cli._table import table

    columns = ["provider", "version", "distribution", "entry"]
    lines = [(*columns, "state")]
    for row in rows:
        state = f"failed: {row['reason']}" if row["reason"] else row["state"]
        if row["age"]:
            state += f" (asked {row['age']} ago)"
        lines.append((*(row[column] or "-" for column in columns), state))
    return table(lines)
