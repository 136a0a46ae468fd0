"""The peer's side of the ranking: PyPI's variantlib, from the text of its combined file to its sorted list.

Its public function for this, ``get_variants_by_priority``, takes exactly these steps after it has made a plugin loader;
the properties that the host supports are handed in here, so that no plugin and no process is counted.

Arguments: the offer's folder, and ``default`` or ``raised``: how Python's cyclic collector is set.
"""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module
from pathlib import Path

from gauge import gauged

VariantsJson = import_module("variantlib.variants_json").VariantsJson
VariantProperty = import_module("variantlib.api").VariantProperty
sort_and_filter = import_module("variantlib.resolver.lib").sort_and_filter_supported_variants


def main() -> None:
    folder, collector = Path(sys.argv[1]), sys.argv[2]
    text = (folder / "peer.json").read_text("utf-8")
    config = json.loads((folder / "host-0.json").read_text("utf-8"))
    if collector == "raised":
        gc.set_threshold(1_000_000)

    def work() -> int:
        variants = VariantsJson(json.loads(text))
        supported = [
            VariantProperty(provider, key, value)
            for provider, keys in config.items()
            for key, values in keys.items()
            for value in values
        ]
        ranked = sort_and_filter(
            list(variants.variants.values()),
            supported,
            namespace_priorities=variants.namespace_priorities,
            feature_priorities={name: provider.feature_order for name, provider in variants.providers.items()},
        )
        return len(ranked) - 1  # it adds the null variant

    gauged(work)


if __name__ == "__main__":
    main()
