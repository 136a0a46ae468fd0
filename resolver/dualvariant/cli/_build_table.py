"""The results of a build as a table that fits 80 columns; below it, each reason once."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dualvariant.builder.toolchain.reach import describe_own_flags
from dualvariant.cli._table import table

if TYPE_CHECKING:
    from dualvariant.builder.run.result import BuildResult

__all__ = ["summarize"]

_WIDTH = 80

#: What the words of the column "tried" mean; those in use are below the table.
_LEGEND = {
    "ran": "on a processor that has what the label asks for and no more",
    "ran here": "on this host, which may have more than the label asks for",
}


def summarize(results: Sequence[BuildResult]) -> str:
    """One line for each wheel: its size, the time that it took, what audit and trials say; then the reasons."""
    measured = any(result.bench for result in results)
    rows = [["wheel", "size", "time", "level", "audit", "tried", *(["gain"] if measured else [])]]
    rows += [[*_make_row(result), *([_describe_gain(result)] if measured else [])] for result in results]
    reasons: dict[str, list[str]] = {}
    for result in results:
        for reason in _list_reasons(result):
            reasons.setdefault(reason, []).append(result.job.label or "standard")
    lines = [table(rows)]
    lines += [f"{word}: {meaning}" for word, meaning in _LEGEND.items() if any(row[5] == word for row in rows)]
    for reason, names in reasons.items():
        text = f"{', '.join(dict.fromkeys(names))}: {reason}"
        lines += textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines)


def _make_row(result: BuildResult) -> list[str]:
    name = f"{result.job.platform} {result.job.label or 'standard'}"
    if result.needless is not None:
        return [name, "-", f"{result.seconds:.1f} s", "-", "not needed", "-"]
    if result.file is None:
        return [name, "-", f"{result.seconds:.1f} s", "-", "not built", "-"]
    audit: Any = result.audit or {}
    took = "kept" if result.kept else f"{result.seconds + result.after:.1f} s"
    size = f"{result.file.stat().st_size / 1024:.0f} kB"
    return [name, size, took, str(audit.get("level") or "-"), str(audit.get("verdict") or "-"), _describe_trial(result)]


def _describe_trial(result: BuildResult) -> str:
    """The trials in a word."""
    smoke: Any = result.smoke or {}
    if not smoke:
        return "-"
    if smoke["failed"]:
        return "failed"
    claimed = [run for run in smoke["runs"] if run["what"] != "below"]
    if all(run["outcome"] == "not run" for run in claimed):
        return "not run"
    return "ran" if smoke.get("proof") else "ran here"


def _describe_gain(result: BuildResult) -> str:
    """How much more the variant does in the same time, and how exact that is, in per cent."""
    bench: Any = result.bench or {}
    verdict = bench.get("verdict", "not measured")
    if verdict == "not measured":
        return "-"
    if verdict == "no difference":
        return "none"
    gain, low, high = (100 * (bench[name] - 1) for name in ("ratio", "low", "high"))
    return f"{gain:+.0f}±{max(high - gain, gain - low):.0f}%"


def _explain_gain(bench: Any) -> str:
    if bench["verdict"] == "not measured":
        return f"not measured: {bench['reason']}"
    said = {"no difference": "no difference to the standard wheel can be told"}
    words = said.get(bench["verdict"], f"{bench['ratio']:.2f} times as fast as the standard wheel")
    return (
        f"{words} ({bench['low']:.2f} to {bench['high']:.2f} times as fast with {bench['confidence']:.1%} confidence, "
        f"{bench['rounds']} rounds; the standard wheel differs from itself by up to {bench['noise'] - 1:.1%})"
    )


def _list_reasons(result: BuildResult) -> Iterator[str]:
    """What there is to say of a wheel beyond its line."""
    if result.error is not None:
        yield result.error
    yield from _list_audit_reasons(result)
    if result.needless is not None:
        yield f"not needed: {result.needless}"
    if result.bench is not None:
        yield _explain_gain(result.bench)
    smoke: Any = result.smoke or {}
    if smoke:
        yield str(smoke["summary"])
    reach: Any = result.reach or {}
    if reach and reach["unknown"]:
        yield f"no recorded command made {', '.join(reach['unknown'])}: whether the flags reached it is not known"
    if reach and reach["native_replaced"]:
        yield "the project asks for 'native'; the level took its place"


def _list_audit_reasons(result: BuildResult) -> Iterator[str]:
    """Why a wheel is not simply true, with the flags that may be the cause."""
    yield from result.audit_errors
    if result.audit_errors:
        reach: Any = result.reach or {}
        yield from describe_own_flags(reach.get("own_flags", {}))
    open_questions = (result.audit or {}).get("not_judged") or ()
    if open_questions:
        more = f" (and {len(open_questions) - 1} more: 'dualvariant audit')" if len(open_questions) > 1 else ""
        yield f"not judged: {open_questions[0]}{more}"
    for reason in (result.same_code, result.unproven):
        if reason is not None:
            yield reason
