"""The wheels that selection is measured on, written as both tools' own index files."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Shape", "write_offer"]


@dataclass(frozen=True)
class Shape:
    """A host: how many providers, keys of each, values of each key."""

    providers: int
    keys: int
    values: int

    @property
    def combinations(self) -> int:
        """How many sets of properties this host supports, the empty one included."""
        return int((self.values + 1) ** (self.providers * self.keys))

    @property
    def config(self) -> dict[str, dict[str, list[str]]]:
        """Provider → key → values, all in priority order."""
        values = [f"v{value}" for value in range(self.values)]
        return {f"provider_{p}": {f"key_{k}": values for k in range(self.keys)} for p in range(self.providers)}


def _variants(shape: Shape, count: int, sizes: Sequence[int]) -> dict[str, list[tuple[str, str, str]]]:
    """Distinct variants that the host supports, hash → sorted properties; each size equally often, whatever the count.

    Two variants with one hash cannot stand on one index, so the second one is drawn again.
    """
    draw = random.Random(20250220)
    features = [(provider, key) for provider, keys in shape.config.items() for key in keys]
    values = [f"v{value}" for value in range(shape.values)]
    variants: dict[str, list[tuple[str, str, str]]] = {}
    for size in itertools.islice(itertools.cycle(sizes), count):
        while True:
            properties = sorted((*feature, draw.choice(values)) for feature in draw.sample(features, size))
            text = "".join(map(" :: ".join, properties))
            label = hashlib.shake_128(text.encode()).hexdigest(4)
            if label not in variants:
                variants[label] = properties
                break
    return variants


def write_offer(
    folder: Path, count: int, offered: Shape, hosts: Sequence[Shape], sizes: Sequence[int] = (3, 4, 5, 6)
) -> None:
    """Write the offer of one release: ours, the peer's, the file names (sorted, as a page lists them), and the hosts.

    Args:
        folder: where to.
        count: how many wheels.
        offered: the features and values that the wheels are made of.
        hosts: the hosts to choose for; each supports everything offered, so that every wheel has to be ranked.
        sizes: how many properties a wheel has.
    """
    folder.mkdir(parents=True, exist_ok=True)
    variants = _variants(offered, count, sizes)
    hashes = {label: [" :: ".join(each) for each in properties] for label, properties in sorted(variants.items())}
    _write(folder / "ours.json", {"schema": "dualvariant/hashes/1", "variants": hashes})
    _write(folder / "names-hash.json", [f"project-1.0~{label}-py3-none-any.whl" for label in hashes])
    _write(folder / "names-label.json", [f"project-1.0-py3-none-any-{label}.whl" for label in hashes])
    for number, host in enumerate(hosts):
        _write(folder / f"host-{number}.json", host.config)
    _write(folder / "peer.json", _peer(variants, offered))


def _peer(variants: dict[str, list[tuple[str, str, str]]], offered: Shape) -> dict[str, object]:
    """The label dialect's combined file, with the providers' answers in it, so that no provider has to be asked."""
    nested: dict[str, dict[str, dict[str, list[str]]]] = {}
    for label, properties in variants.items():
        for provider, key, value in properties:
            nested.setdefault(label, {}).setdefault(provider, {})[key] = [value]
    return {
        "$schema": "https://variants-schema.wheelnext.dev/v0.0.3.json",
        "default-priorities": {"namespace": list(offered.config)},
        "providers": {
            provider: {"static-properties": keys, "feature-order": list(keys)}
            for provider, keys in offered.config.items()
        },
        "variants": nested,
    }


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
