"""Our side of the ranking: from the text of an index's metadata and the wheels' names to a verdict for each wheel.

Arguments: the offer's folder, the host's number, ``default`` or ``application`` (how Python's cyclic collector is set),
and ``hash`` or ``label``: the dialect of the wheels. The label wheels are described by the text that the peer gets.
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from gauge import gauged

from dualvariant import cli
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import hashes
from variantlib.dialects.labels.document import parse_document
from variantlib.profile import HostProfile
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import parse_wheel_name


def rank(text: str, names: list[str], profile: HostProfile) -> list[Verdict]:
    """What the application does with one release of hash wheels."""
    variants = hashes.parse_index(text)
    wheels = map(parse_wheel_name, names)
    candidates = [Candidate(wheel, variants.get(wheel.label or "")) for wheel in wheels]
    return select(candidates, profile, TagRanks(["cp311-none-any", "py3-none-any"]))


def rank_labels(text: str, names: list[str], profile: HostProfile) -> list[Verdict]:
    """What the application does with one release of label wheels."""
    metadata = parse_document(text)
    wheels = map(parse_wheel_name, names)
    candidates = [Candidate(wheel, metadata.variant(wheel.label or "")) for wheel in wheels]
    return select(candidates, profile, TagRanks(["cp311-none-any", "py3-none-any"]))


def main() -> None:
    folder, host, collector, dialect = Path(sys.argv[1]), *sys.argv[2:]
    is_label = dialect == "label"
    text = (folder / ("peer.json" if is_label else "ours.json")).read_text("utf-8")
    names = json.loads((folder / f"names-{dialect}.json").read_text("utf-8"))
    config = json.loads((folder / f"host-{host}.json").read_text("utf-8"))
    profile = HostProfile(
        ProviderConfig(provider, [KeyConfig(key, values) for key, values in keys.items()])
        for provider, keys in config.items()
    )
    if collector == "application":
        # What the command line does before anything else.
        getattr(cli, "relax_collector", gc.get_threshold)()

    def work() -> int:
        verdicts = (rank_labels if is_label else rank)(text, names, profile)
        return sum(verdict.outcome is not Outcome.REJECTED for verdict in verdicts)

    gauged(work)


if __name__ == "__main__":
    main()
