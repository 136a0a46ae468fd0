"""Documents of the label dialect for tests, written by hand or random, and label wheels to go with them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from samples import make_wheel
from variantlib.dialects import labels
from variantlib.dialects.labels.document import SCHEMA, parse_document
from variantlib.wheel_archive import WheelArchive

__all__ = [
    "CPU_PROVIDER",
    "VECTORS",
    "document",
    "label_wheel",
    "make_label_wheel",
    "random_documents",
    "static",
    "write_index_file",
]

#: The known answers, each with the verdicts of uv 0.13.9 and variantlib 0.2.2.
VECTORS = Path(__file__).parent.parent / "data" / "labels"

#: What uv answers for, and the built-in provider ``x86_64`` as well.
CPU_PROVIDER = {"requires": ["x86-64-variant-provider >=0.2,<1"]}


def static(features: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A provider with a static list, most important feature first."""
    provider: dict[str, Any] = {"static-properties": {name: list(values) for name, values in features.items()}}
    if len(features) > 1:
        provider["feature-order"] = list(features)
    return provider


def document(providers: Mapping[str, Mapping[str, Any]], variants: Any, /, **more: Any) -> str:
    """The text of a document; the order of the providers is that of the namespaces.

    Args:
        providers: namespace → provider.
        variants: label → namespace → feature → values.
        more: other keys at the top, which may replace these.
    """
    return json.dumps(
        {
            "$schema": SCHEMA,
            "default-priorities": {"namespace": list(providers)},
            "providers": providers,
            "variants": variants,
            **more,
        }
    )


def make_label_wheel(folder: Path, name: str, version: str, label: str, text: str, **options: Any) -> Path:
    """Write a label wheel of a project, with its part of a document, and return where it is."""
    standard = make_wheel(folder / "standard", name, version, **{"body": f"LABEL = {label!r}\n", **options})
    path = label_wheel(standard, label, text)
    path = path.rename(folder / path.name)
    standard.unlink()
    standard.parent.rmdir()
    return path


def label_wheel(standard: Path, label: str, text: str) -> Path:
    """Write the label wheel of a standard wheel beside it, with its part of a document, and return where it is."""
    variant = parse_document(text).variant(label)
    assert variant is not None
    with WheelArchive(standard) as archive:
        path = standard.with_name(labels.make_filename(archive.name, label))
        with path.open("wb") as target:
            labels.write_wheel(archive, variant, target)
    return path


def write_index_file(folder: Path, name: str, version: str, text: str) -> Path:
    """Write the document of a release where an index lists it."""
    path = folder / f"{name}-{version}-variants.json"
    path.write_text(text)
    return path


def random_documents(namespaces: int = 3, features: int = 3, values: int = 4) -> st.SearchStrategy[dict[str, Any]]:
    """Documents with static providers only, in which most labels fit.

    Args:
        namespaces: the most namespaces.
        features: the most features of each.
        values: the most values of each.
    """
    names = [f"n{number}" for number in range(namespaces)]
    keys = [f"f{number}" for number in range(features)]
    texts = [f"v{number}" for number in range(values)]
    some = st.lists(st.sampled_from(texts), min_size=1, max_size=values, unique=True)
    static_lists = st.dictionaries(st.sampled_from(keys), some, min_size=1).map(static)
    providers = st.lists(st.sampled_from(names), min_size=1, unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries(dict.fromkeys(chosen, static_lists))
    )

    def with_variants(listed: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        properties = st.dictionaries(
            st.sampled_from(list(listed)), st.dictionaries(st.sampled_from(keys), some, min_size=1), min_size=1
        )
        labelled = st.dictionaries(
            st.text("ab_.0", min_size=1, max_size=3).filter(lambda label: label != "null"), properties, max_size=6
        )
        null: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"null": {}}])
        return st.builds(lambda some, more: json.loads(document(listed, {**some, **more})), labelled, null)

    return providers.flatmap(with_variants)
