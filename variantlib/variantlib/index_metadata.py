"""The founding dialect's metadata of an index: ``{name}-{version}~variants.json``, which hash means which properties.

The name is chosen so that no released installer takes it for a wheel or for the label dialect's ``-variants.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from variantlib.errors import IndexMetadataError
from variantlib.meta import VariantDescription, VariantMeta, hash_properties
from variantlib.wheel_name import WheelName

__all__ = ["SCHEMA", "dump_index_metadata", "index_metadata_filename", "parse_index_metadata"]

SCHEMA = "dualvariant/hashes/1"


def index_metadata_filename(name: WheelName) -> str:
    """The file that describes the hash wheels of this wheel's release: ``sandbox_project-0.0.1~variants.json``."""
    return f"{name.name.replace('-', '_')}-{name.version}~variants.json"


def dump_index_metadata(variants: Mapping[str, VariantDescription]) -> str:
    """The file's text: hashes and property lists sorted, so that the same wheels give the same bytes."""
    lists = {label: variants[label].properties for label in sorted(variants)}
    return json.dumps({"schema": SCHEMA, "variants": lists}, indent=1) + "\n"


def parse_index_metadata(text: str | bytes) -> dict[str, VariantDescription]:
    """Read the file and verify that each hash is the hash of its properties.

    Raises:
        IndexMetadataError: it is not JSON, of another schema, or a hash and its properties disagree; ``path`` names the
            place in the document.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise IndexMetadataError("", f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise IndexMetadataError("", f"it must be a JSON object (got {type(document).__name__})")
    if document.get("schema") != SCHEMA:
        raise IndexMetadataError("schema", f"must be {SCHEMA!r} (got {document.get('schema')!r})")
    variants = document.get("variants")
    if not isinstance(variants, dict):
        raise IndexMetadataError("variants", f"must be an object of hashes (got {type(variants).__name__})")
    known = _Known()
    # Each list leaves the document as soon as it is read: the strings of a large index weigh more than all else here.
    return {label: _description(label, variants.pop(label), known) for label in list(variants)}


class _Known:
    """What was learned of the property strings so far: ten thousand variants share a few hundred of them.

    ``metas`` has every string; ``features`` has provider and key of those in canonical form, whose hash can be taken as
    they stand.
    """

    def __init__(self) -> None:
        self.metas: dict[str, VariantMeta] = {}
        self.features: dict[str, str] = {}

    def learn(self, text: object, path: str) -> VariantMeta:
        """Parse a string that stands at ``path`` in the document."""
        try:
            meta = VariantMeta.from_str(text)  # type: ignore[arg-type]  # it checks
        except (TypeError, ValueError) as error:
            raise IndexMetadataError(path, str(error)) from error
        self.metas[str(text)] = meta
        if meta.to_str() == text:
            self.features[text] = f"{meta.provider} :: {meta.key}"
        return meta


def _description(label: str, texts: object, known: _Known) -> VariantDescription:
    """One entry of ``variants``."""
    if not isinstance(texts, list):
        raise IndexMetadataError(f"variants.{label}", f"must be a list of properties (got {type(texts).__name__})")
    try:
        data = list(map(known.metas.__getitem__, texts))
    except (KeyError, TypeError):
        data = [known.learn(text, f"variants.{label}[{at}]") for at, text in enumerate(texts)]
    # Strings in canonical form sort as (provider, key, value) do: the blank of " :: " is below every character that a
    # name may have. So a list that is canonical and sorted, as every tool of ours writes it, needs no second look.
    features = set(map(known.features.get, texts))
    sound = len(features) == len(texts) > 0 and None not in features and texts == sorted(texts)
    if sound and hash_properties(texts) == label:
        return VariantDescription._trusted(data)
    try:
        description = VariantDescription(data)
    except ValueError as error:
        raise IndexMetadataError(f"variants.{label}", str(error)) from error
    if description.hexdigest != label:
        raise IndexMetadataError(f"variants.{label}", f"its properties have another hash, {description.hexdigest}")
    return description
