"""The review's case: ``9091cdc4``, combination number 5,987, found by enumeration and by looking at what is offered.

Prints the processor seconds of one run of each, the median of many.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate
from variantlib.wheel_name import parse_wheel_name

WANTED, POSITION = "9091cdc4", 5_987

HARDWARE = {
    "architecture": ["HAL9000", "tars", "mother"],
    "compute_capability": ["8", "2", "0"],
    "humor": ["15", "1", "6"],
    "compute_accuracy": ["1000000000", "100000", "25"],
}
TECHNOLOGY = {
    "technology": ["auto_chef"],
    "quantum": ["FOAM", "SUPERPOSITION"],
    "risk_exposure": ["1000000000", "100000", "25"],
}
PROVIDERS = {"fictional_hw": HARDWARE, "fictional_tech": TECHNOLOGY}

OFFERED = [
    [
        "fictional_hw :: architecture :: HAL9000",
        "fictional_hw :: compute_accuracy :: 0",
        "fictional_hw :: compute_capability :: 6",
        "fictional_hw :: humor :: 2",
    ],
    [
        "fictional_tech :: quantum :: SUPERPOSITION",
        "fictional_tech :: risk_exposure :: 25",
        "fictional_tech :: technology :: auto_chef",
    ],
]


def combinations() -> Iterator[tuple[tuple[str, str, str], ...]]:
    """Every combination that the two providers support, in the founding order."""
    features = [
        [(provider, key, value) for value in values]
        for provider, keys in PROVIDERS.items()
        for key, values in keys.items()
    ]
    for size in range(len(features), 0, -1):
        for chosen in itertools.combinations(features, size):
            yield from itertools.product(*chosen)


def enumerate_objects(offered: set[str]) -> tuple[int, str]:
    """As the review does it: an object for each property and each combination, and its hash."""
    for position, properties in enumerate(combinations()):
        label = VariantDescription([VariantMeta(*each) for each in properties]).hexdigest
        if label in offered:
            return position, label
    raise LookupError


def enumerate_strings(offered: set[str]) -> tuple[int, str]:
    """The same as lean as it can be: strings, sorted, hashed; nothing is checked."""
    for position, properties in enumerate(combinations()):
        text = "".join([f"{p} :: {k} :: {v}" for p, k, v in sorted(properties)])
        label = hashlib.shake_128(text.encode()).hexdigest(4)
        if label in offered:
            return position, label
    raise LookupError


def seconds(work: Callable[[], object], runs: int) -> float:
    """Processor time of one run, the median of several."""
    took = []
    for _ in range(runs):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return median(took)


def main() -> None:
    descriptions = [VariantDescription.from_strings(properties) for properties in OFFERED]
    labels = {description.hexdigest for description in descriptions}
    text = hashes.dump_index({description.hexdigest: description for description in descriptions})
    names = [f"sandbox_project-0.0.1~{label}-py3-none-any.whl" for label in sorted(labels)]
    names.append("sandbox_project-0.0.1-py3-none-any.whl")
    profile = HostProfile(
        ProviderConfig(provider, [KeyConfig(key, values) for key, values in keys.items()])
        for provider, keys in PROVIDERS.items()
    )
    tags = ["cp311-none-any", "py3-none-any"]

    def ours() -> str | None:
        variants = hashes.parse_index(text)
        wheels = map(parse_wheel_name, names)
        candidates = [Candidate(wheel, variants.get(wheel.label or "")) for wheel in wheels]
        return select(candidates, profile, TagRanks(tags))[0].candidate.wheel.label

    assert ours() == WANTED
    assert enumerate_objects(labels) == enumerate_strings(labels) == (POSITION, WANTED)
    json.dump(
        {
            "ours": seconds(ours, 301),
            "objects": seconds(lambda: enumerate_objects(labels), 3),
            "strings": seconds(lambda: enumerate_strings(labels), 7),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
