"""Ask providers what a host lacks, so that a rejection can be put into words that help."""

from __future__ import annotations

from collections.abc import Sequence

from dualvariant.host.detect import detect
from dualvariant.host.runner import ask_why_not
from variantlib.label_verdict import LabelUnsupported
from variantlib.meta import VariantMeta
from variantlib.profile import HostProfile
from variantlib.verdict import Unsupported, Verdict

__all__ = ["add_reasons"]


def add_reasons(verdicts: Sequence[Verdict], profile: HostProfile, *, foreign_code: bool = True) -> list[Verdict]:
    """Add to each rejection for a missing property what the host lacks, where a provider knows it.

    Args:
        verdicts: of one release.
        profile: the host that was chosen for.
        foreign_code: whether providers that are not built in may be asked.
    """
    needs = {meta for v in verdicts if (meta := _find_need(v)) is not None}
    lacks: dict[VariantMeta, str] = {}
    for config in profile.providers:
        missing = sorted(meta for meta in needs if meta.provider == config.provider)
        entry = detect(foreign_code=foreign_code).provider(config.provider) if missing else None
        if entry is None:
            continue
        supported = {item.key: item.values for item in config.configs}
        said = ask_why_not(entry, [(meta.key, meta.value) for meta in missing], supported)
        lacks |= {meta: words for meta, words in zip(missing, said, strict=True) if words}
    return [
        v._replace(why=v.reason._replace(lacks=lacks[meta]))
        if isinstance(v.reason, (Unsupported, LabelUnsupported)) and (meta := _find_need(v)) in lacks
        else v
        for v in verdicts
    ]


def _find_need(verdict: Verdict) -> VariantMeta | None:
    """The property that a rejected candidate needs and the host lacks, if a provider can be asked about it."""
    reason = verdict.reason
    if isinstance(reason, Unsupported):
        return reason.needs
    if not isinstance(reason, LabelUnsupported) or not reason.is_answered_by_profile:
        return None
    needs = reason.needs
    return VariantMeta(needs.namespace, needs.feature, needs.values[0]) if len(needs.values) == 1 else None
