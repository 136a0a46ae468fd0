"""``dualvariant host``: what this machine offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dualvariant.cli._json import format_time
from dualvariant.cli._parser import Parser
from dualvariant.cli._profiles import make_profile_table, print_profile
from dualvariant.core.errors import ProviderFailedError
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.host.detect import Detection

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Print the host's profile as a table, or as the JSON that ``--profile`` takes."""
    parser = Parser("host", "Show what this host offers: every provider's keys and values, best first.")
    parser.add_argument("--all", action="store_true", help="a line for each key, also for those with the same value")
    parser.add_argument("--json", action="store_true", help="print the profile as JSON, fit for --profile")
    parser.add_argument("--refresh", action="store_true", help="ask the providers again, and keep the new answers")
    parser.add_argument("--strict", action="store_true", help="exit 4 if a provider failed")
    parser.add_argument("--no-foreign-code", action="store_true", help="ask the built-in providers only")
    options = parser.parse_args(arguments)

    from dualvariant.host.detect import detect

    detection = detect(refresh=options.refresh, foreign_code=not options.no_foreign_code)
    if options.json:
        print_profile(_make_document(detection))
    elif detection.profile.providers:
        print(make_profile_table(detection.profile, everything=options.all))
    reporter = TerminalReporter()
    detection.report(reporter)
    for note in detection.notes:
        reporter.note(note)
    if detection.untrusted:
        from dualvariant.host.trust import describe_untrusted

        for one in detection.untrusted:
            reporter.note(describe_untrusted(one))
    if detection.kept_since is not None:
        from dualvariant.host.answer import describe_age

        age = describe_age(detection.kept_since)
        reporter.note(f"the providers were asked {age} ago; --refresh asks them again")
    if not detection.profile.providers:
        reporter.note("no provider reports anything about this host, so it gets standard wheels")
    if options.strict and detection.failures:
        names = ", ".join(repr(failure.entry.name) for failure in detection.failures)
        raise ProviderFailedError(
            f"a provider failed and --strict was given: {names}", "'dualvariant plugins list' shows why"
        )
    return 0


def _make_document(detection: Detection) -> dict[str, Any]:
    """The profile, and beside it what readers of a profile pass over: when, by which versions, on which machine."""
    import platform

    from dualvariant.host.identity import make_cpu_digest

    return {
        **detection.profile.to_dict(),
        "digest": detection.profile.digest,
        "detected_at": None if detection.detected_at is None else format_time(detection.detected_at),
        "versions": {answer.name: answer.version for answer in detection.answers},
        "evidence": {
            "machine": platform.machine(),
            "kernel": f"{platform.system()} {platform.release()}",
            "cpu": make_cpu_digest(),
            "sources": {answer.name: answer.source for answer in detection.answers},
            "failures": {failure.entry.name: failure.reason for failure in detection.failures},
        },
    }
