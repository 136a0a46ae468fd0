"""From a label and what the machine code needs to findings: a pure function.

docs/explanation/audit.md explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dualvariant.audit.dispatch import Dispatch, find_asking_module
from dualvariant.audit.findings import Finding, Kind, Severity
from dualvariant.audit.module import Module, Need
from dualvariant.binary.version_names import is_named_version
from dualvariant.core.platforms import is_tag_for_machine, split_platform_tags
from variantlib.cpu.doubts import find_doubt
from variantlib.cpu.levels import (
    find_allowed_features,
    find_level,
    find_promised_level,
    is_instruction_set,
    list_levels,
)
from variantlib.cpu.tables import load_table
from variantlib.meta import VariantMeta
from variantlib.wheel_name import WheelName

__all__ = ["judge"]


def judge(
    name: WheelName,
    properties: Sequence[VariantMeta],
    allowed: frozenset[str],
    modules: Sequence[Module],
    dispatch: Dispatch | None = None,
) -> Iterator[Finding]:
    """Find everything that one wheel shows, by itself.

    Args:
        name: what its file name says.
        properties: what its label promises.
        allowed: the instruction sets for x86-64 that these allow beyond the baseline.
        modules: its native files.
        dispatch: what it chooses at run time; found among its native files if it is not given.
    """
    dispatch = dispatch or Dispatch(find_asking_module(modules))
    promised = find_promised_level(properties)
    for module in modules:
        yield from _architecture(name, module)
        yield from _code(module, properties, allowed, dispatch)
        yield from _note(module, promised)
    yield from _as_a_whole(properties, allowed, modules, dispatch)


def _architecture(name: WheelName, module: Module) -> Iterator[Finding]:
    if module.machine is None:
        return
    tags = split_platform_tags(name.platform)
    if not any(is_tag_for_machine(tag, module.machine) for tag in tags):
        message = f"it is for {module.machine}, the wheel for {', '.join(tags)}"
        yield Finding(Kind.OTHER_ARCHITECTURE, Severity.ERROR, message, module.path)


def _code(
    module: Module, properties: Sequence[VariantMeta], allowed: frozenset[str], wheel: Dispatch
) -> Iterator[Finding]:
    """Instruction sets that the label does not promise."""
    if module.reason is not None:
        yield Finding(Kind.NOT_JUDGED, Severity.WARNING, f"not judged: {module.reason}", module.path)
        return
    beyond = [need for need in module.needs if need.feature not in allowed]
    label = ", ".join(str(meta) for meta in properties) or "a standard wheel"
    left = []
    for need in beyond:
        why = wheel.find_declared(module.path, need.feature)
        if why is None:
            left.append(need)
        else:
            message = f"it holds {need.feature}, and the project says that it runs only where it fits: {why}"
            yield Finding(Kind.DECLARED, Severity.WARNING, message, module.path)
    if wheel.is_chosen(module):
        yield from _chosen(module, left, label, wheel)
        return
    for need in left:
        where = "; ".join(map(str, need.places))
        more = f"needs {need.feature}, which {label} does not promise: {need.count} × ({where})"
        if need.doubtful:
            message = f"perhaps {more}; these bytes are among others that are no code"
            yield Finding(Kind.DOUBTFUL, Severity.WARNING, message, module.path)
        else:
            yield Finding(Kind.BEYOND_LABEL, Severity.ERROR, more, module.path)


def _chosen(module: Module, beyond: Sequence[Need], label: str, wheel: Dispatch) -> Iterator[Finding]:
    """What may be chosen at run time is not judged; what runs at import is."""
    holds = ", ".join(need.feature for need in beyond) or "nothing beyond its label"
    if module.asks:
        message = (
            f"it asks the processor at run time ({', '.join(module.asks)}), so it need not run all of its code; "
            f"it holds {holds}"
        )
        yield Finding(Kind.RUN_TIME_DISPATCH, Severity.WARNING, message, module.path)
    elif beyond:
        message = f"it holds {holds}, and {wheel.asking} asks the processor, perhaps before it calls this code"
        yield Finding(Kind.RUN_TIME_DISPATCH, Severity.WARNING, message, module.path)
    if is_named_version(module.path) and not module.asks:
        return  # whether it is imported is what the question is about
    for need in beyond:
        if need.feature in module.unguarded:
            place = module.unguarded[need.feature]
            message = (
                f"importing it needs {need.feature}, which {label} does not promise, and nothing asks before: {place}"
            )
            yield Finding(Kind.UNGUARDED, Severity.ERROR, message, module.path)


def _note(module: Module, promised: str) -> Iterator[Finding]:
    if module.reason is not None or module.machine != "x86_64":
        return
    levels = list_levels()
    note = module.note or levels[0]
    if levels.index(note) > levels.index(promised):
        message = f"its ELF note refuses processors below {note}, the label serves those of {promised}"
        yield Finding(Kind.NOTE_ABOVE_LABEL, Severity.ERROR, message, module.path)
        return
    # What a label asks for is what its users are protected by; the standard wheel needs no note.
    needed = promised if module.features else levels[0]
    if levels.index(note) < levels.index(needed):
        kind = Kind.NOTE_BELOW if module.note else Kind.NOTE_MISSING
        has = f"its ELF note says {note}" if module.note else "it has no ELF note"
        message = f"{has}, so a processor below {needed} meets an illegal instruction in place of an ImportError"
        yield Finding(kind, Severity.WARNING, message, module.path)


def _as_a_whole(
    properties: Sequence[VariantMeta], allowed: frozenset[str], modules: Sequence[Module], wheel: Dispatch
) -> Iterator[Finding]:
    ours = [meta for meta in properties if meta.provider == "x86_64"]
    for meta in properties:
        doubt = find_doubt(meta)
        if doubt is not None:
            yield Finding(Kind.UNKNOWN_PROPERTY, Severity.ERROR, f"there is no property '{meta}': {doubt}")
        elif not _is_judged(meta):
            yield Finding(Kind.NOT_JUDGED, Severity.WARNING, f"not judged: {meta}")
    if not find_allowed_features(ours):
        return  # small code may have no use for what a later Arm has
    label = ", ".join(map(str, ours))
    if not modules:
        yield Finding(Kind.NOT_COMPILED, Severity.ERROR, f"nothing in it is compiled, and its label asks for {label}")
        return
    if any(wheel.is_left_open(module, allowed) or (module.reason is not None and module.digest) for module in modules):
        return  # what cannot be judged may need what the label asks for
    judged = [module for module in modules if module.reason is None]
    if not judged:
        return
    found = frozenset[str]().union(*(module.features for module in judged))
    if not found & allowed:
        message = f"its code needs nothing above the baseline (v1), and its label asks for {label}"
        yield Finding(Kind.NOTHING_ABOVE_BASELINE, Severity.ERROR, message)
        return
    yield from _find_unused(ours, found)


def _is_judged(meta: VariantMeta) -> bool:
    """Whether machine code shows what a property promises."""
    arm = load_table("aarch64")
    if (meta.provider, meta.key) == (arm.architecture, arm.key):
        return arm.level(meta.value) is not None
    return meta.provider == "x86_64" and is_instruction_set(meta.key)


def _find_unused(ours: Sequence[VariantMeta], found: frozenset[str]) -> Iterator[Finding]:
    """Properties that the label asks for and no instruction needs."""
    for meta in ours:
        if meta.key == "level":
            level, levels = find_level(found)[0], list_levels()
            if levels.index(level) < levels.index(find_promised_level(ours)):
                message = f"no instruction in it needs more than {level}, and its label asks for {meta}"
                yield Finding(Kind.LESS_THAN_LABEL, Severity.WARNING, message)
        elif find_allowed_features([meta]) and meta.key not in found:
            yield Finding(Kind.LESS_THAN_LABEL, Severity.WARNING, f"no instruction in it needs what {meta} promises")
