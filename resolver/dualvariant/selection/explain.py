"""What stands below a release's verdicts: the order by which they stand, and what the next better wheel would take."""

from __future__ import annotations

from collections.abc import Sequence

from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.verdict import Outcome, Unsupported, Verdict

__all__ = ["next_better", "order_in_words"]


def order_in_words(verdicts: Sequence[Verdict], profile: HostProfile) -> str | None:
    """The sort key of a release's variants, with the features that they have here; None if there are none to sort.

    Source: WheelNext engineering review, "Ordering / Prioritization logic"; :mod:`variantlib.order` computes it.
    """
    described = [v.candidate.description for v in verdicts if v.candidate.description is not None]
    used = {(meta.provider, meta.key) for description in described for meta in description}
    features = [
        f"{provider.provider} :: {config.key}"
        for provider in profile.providers
        for config in provider.configs
        if (provider.provider, config.key) in used
    ]
    if not features:
        return None
    return (
        f"more properties first; then the features {', '.join(features)}, in this order; then the better values; "
        "then tags and build number; the standard wheel after all variants"
    )


def next_better(verdicts: Sequence[Verdict], profile: HostProfile) -> str | None:
    """What the host lacks for the nearest variant that has as many properties as the chosen one, or more.

    The nearest lacks the fewest properties; of several, the one for which its provider names the least.
    """
    chosen = next((v.candidate for v in verdicts if v.outcome is Outcome.CHOSEN), None)
    least = len(chosen.description.data) if chosen is not None and chosen.description is not None else 0
    supported = Ranking(profile).places
    found: list[tuple[int, int, int, str]] = []
    for position, verdict in enumerate(verdicts):
        description, reason = verdict.candidate.description, verdict.reason
        if description is None or not isinstance(reason, Unsupported) or len(description.data) < least:
            continue
        missing = [meta for meta in description if meta not in supported]
        words = reason.lacks or ""
        why = f" ({words})" if words else ""
        text = f"{verdict.candidate.wheel.label} needs {', '.join(f'{str(meta)!r}' for meta in missing)}{why}"
        found.append((len(missing), words.count(","), position, text))
    return min(found)[3] if found else None
