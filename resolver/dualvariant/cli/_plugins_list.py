"""``dualvariant plugins list``: every provider, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dualvariant.cli._json import format_time, print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.host.answer import ProviderAnswer, ProviderFailure
    from dualvariant.host.detect import Detection
    from dualvariant.host.discovery import ProviderEntry

__all__ = ["main"]

#: The most characters of a provider's values in the table; ``--json`` has all of them.
_WIDEST = 70


def main(arguments: list[str]) -> int:
    """List the providers."""
    parser = Parser("plugins list", "Show the installed providers, and what each says about this host.")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument("--refresh", action="store_true", help="ask the providers again, and keep the new answers")
    parser.add_argument("--no-foreign-code", action="store_true", help="ask the built-in providers only")
    options = parser.parse_args(arguments)

    from dualvariant.host.detect import detect
    from dualvariant.host.trust import describe_untrusted

    reporter = TerminalReporter()
    detection = detect(refresh=options.refresh, foreign_code=not options.no_foreign_code)
    rows = _rows(detection, _find_priorities(detection))
    if options.json:
        print_document(rows)
    elif rows:
        print(_table(rows))
    else:
        print("no provider is installed")
    for warning in detection.warnings:
        reporter.warn(warning)
    for note in detection.overrides:
        reporter.note(note)
    for one in detection.untrusted:
        reporter.note(describe_untrusted(one))
    return 0


def _find_priorities(detection: Detection) -> dict[str, int]:
    """The place of each provider in the order that counts here, 1 for the most important."""
    import sys
    from pathlib import Path

    from dualvariant.settings.pip_config import read_pip_config
    from dualvariant.settings.priorities import apply_priority

    section = read_pip_config(Path(sys.prefix), "install").variantlib
    profile = apply_priority(detection.profile, detection.names, None, section, TerminalReporter().note)
    return {name: place for place, name in enumerate(profile.names, start=1)}


def _rows(detection: Detection, priorities: dict[str, int]) -> list[dict[str, Any]]:
    answered = sorted(
        detection.answers, key=lambda answer: (priorities.get(answer.name, len(priorities) + 1), answer.name)
    )
    rows = [
        _row(answer.entry, "reports nothing" if answer.config is None else "answers", outcome=answer)
        | {
            "provider": answer.name,
            "version": answer.version,
            "priority": priorities.get(answer.name),
            "values": None if answer.config is None else {c.key: list(c.values) for c in answer.config.configs},
        }
        for answer in answered
    ]
    rows += [
        _row(failure.entry, "failed", outcome=failure) | {"reason": failure.reason} for failure in detection.failures
    ]
    rows += [_row(one.entry, one.reason) for one in detection.untrusted]
    return rows


def _row(
    entry: ProviderEntry, state: str, *, outcome: ProviderAnswer | ProviderFailure | None = None
) -> dict[str, Any]:
    """What is known of every provider; one that failed has not said its name, or may not have it."""
    from dualvariant.host.answer import describe_age

    asked = outcome is not None and outcome.detected_at
    return {
        "priority": None,
        "provider": None,
        "version": None,
        "distribution": f"{entry.distribution} {entry.version}",
        "entry": entry.target,
        "state": state,
        "values": None,
        "reason": None,
        "source": None if outcome is None else outcome.source,
        "seconds": None if outcome is None or outcome.seconds is None else round(outcome.seconds, 3),
        "detected_at": format_time(outcome.detected_at) if outcome is not None and asked else None,
        "age": describe_age(outcome.detected_at) if outcome is not None and outcome.source == "cache" else None,
    }


def _table(rows: list[dict[str, Any]]) -> str:
    from dualvariant.cli._table import describe_values, table

    lines = [("", "provider", "version", "distribution", "took", "age", "says")]
    for row in rows:
        says = f"failed: {row['reason']}" if row["reason"] else row["state"]
        if row["values"]:
            says = "; ".join(describe_values(row["values"]))
            says = says if len(says) <= _WIDEST else f"{says[: _WIDEST - 1]}… ({len(row['values'])} keys)"
        if row["source"] == "variable":
            says += " (by its variable)"
        took = "-" if row["seconds"] is None else f"{row['seconds']:.2f} s"
        place = str(row["priority"] or "-")
        name = row["provider"] or f"({row['entry']})"
        lines.append((place, name, row["version"] or "-", row["distribution"], took, row["age"] or "now", says))
    return table(lines)
