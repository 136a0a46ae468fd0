"""A case of the law in words."""

from __future__ import annotations

from attrs import fields

from law_cases import Case, Listed

__all__ = ["describe_case"]


def describe_case(case: Case) -> str:
    """A case in words short enough to read, without what is as usual."""
    lines = []
    for number, source in enumerate(case.sources):
        lines.append(f"source {number}: {source.kind} {source.tables or ''}")
        for listed in source.files:
            odd = [f"{name}={value!r}" for name, value in _unusual(listed).items()]
            blob = listed.blob
            more = [f"{part}={getattr(blob, part)!r}" for part in ("requires", "damage") if getattr(blob, part)]
            lines.append(f"    {blob.filename} {blob.properties or ''} {' '.join([*odd, *more])}")
    lines.append(f"requirements: {case.requirements}")
    lines += [f"{each.place}: {each.word or each.name} {each.value or ''}" for each in case.settings]
    for file in case.files:
        lines.append(f"{file.path}:")
        lines += [f"    {line}" for line in file.lines]
    return "\n".join(lines)


def _unusual(listed: Listed) -> dict[str, object]:
    usual = Listed(listed.blob)
    names = [field.name for field in fields(Listed) if field.name not in ("blob", "damage")]
    unusual = {name: getattr(listed, name) for name in names if getattr(listed, name) != getattr(usual, name)}
    return unusual if listed.damage is None else {**unusual, "link damaged by seed": listed.damage}
