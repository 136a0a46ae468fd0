"""The document of the label dialect: ``variant.json`` in a wheel, ``NAME-VERSION-variants.json`` on an index.

Source: PEP 825 (13 August 2026) and the draft of PEP 850, schema ``850/v0.2.0``, as uv 0.13.9 and variantlib 0.2.2
of WheelNext implement it. Where the three differ, the text of the PEPs counts: a document of another major version is
refused, and of one with a newer minor version unknown keys are passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from variantlib.dialects.labels.entries import Entries, cut_entries
from variantlib.errors import IndexMetadataError
from variantlib.foreign_json import SMALL_MEMORY, require_memory
from variantlib.label_meta import (
    LABEL,
    LABEL_NAME,
    LABEL_VALUE,
    NULL_LABEL,
    BuiltinProvider,
    FeatureValues,
    LabelMetadata,
    LabelProvider,
    PluginProvider,
    StaticProvider,
)

__all__ = ["PEP825_SCHEMA", "SCHEMA", "dump_document", "parse_document"]

#: The ``$schema`` of a document with providers, and of one without.
SCHEMA = "https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json"
PEP825_SCHEMA = "https://variants-schema.wheelnext.dev/peps/825/v0.1.1.json"

_VERSION = re.compile(r"/v(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.json\Z", re.ASCII)
#: The newest (major, minor) whose keys are all known, for the schemas of PEP 825 and for any other.
_KNOWN_MINOR = {True: (0, 1), False: (0, 2)}
_MAJORS = (0, 1)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LABELS = re.compile(rf"{LABEL.pattern}(?:\n{LABEL.pattern})*")
_KINDS = ("static-properties", "requires", "builtin")


def parse_document(content: bytes | str, label: str | None = None) -> LabelMetadata:
    """Read a document strictly, as every tool that follows the PEPs has to.

    Args:
        content: the file.
        label: the label in the file name of the wheel that the document is in, whose only variant it must be; None for
            the document of an index.

    Raises:
        IndexMetadataError: the first thing that is wrong with it; ``path`` names the place in the document.
    """
    text = _decode(content)
    try:
        metadata = _read_in_pieces(text) or _Reader(_load(text)).read()
    except RecursionError as error:  # of the reader of JSON, or where what is wrong is shown
        raise IndexMetadataError("", f"not JSON: {error}") from error
    if label is not None and set(metadata.variants) != {label}:
        listed = ", ".join(map(repr, metadata.variants)) or "none"
        raise IndexMetadataError("variants", f"must have the label of the file name, {label!r}, alone (got {listed})")
    return metadata


def _decode(content: bytes | str) -> str:
    try:
        require_memory(content, SMALL_MEMORY)
    except ValueError as error:
        raise IndexMetadataError("", str(error)) from error
    try:
        return content.decode() if isinstance(content, bytes) else content
    except ValueError as error:
        raise IndexMetadataError("", f"not JSON: {error}") from error


def _load(text: str) -> Any:
    try:
        found = _JSON.decode(text)
    except ValueError as error:
        raise IndexMetadataError("", f"not JSON: {error}") from error
    # Half of a pair of escapes is no character, and Python's reader takes it for one.
    if _SURROGATE.search(text) and not _is_text(json.dumps(found, ensure_ascii=False)):
        raise IndexMetadataError("", "not JSON: an escape stands for half a character")
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _make_table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, which must not have a key twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"the key {_find_repeated(name for name, _ in pairs)!r} is there twice")
    return found


def _find_repeated(texts: Iterable[str]) -> str:
    """The first text that was there before; there is one."""
    seen: set[str] = set()
    return next(text for text in texts if text in seen or seen.add(text))  # type: ignore[func-returns-value]


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


#: ``json.loads`` would make one for each piece of a document.
_JSON = json.JSONDecoder(object_pairs_hook=_make_table, parse_constant=_refuse_constant)


def _read_in_pieces(text: str) -> LabelMetadata | None:
    """As any other document is read, in a third of the time; None for one that has to be read so."""
    entries = cut_entries(text)
    if entries is None:
        return None
    try:
        return _Reader(_load(entries.rest)).read(entries)
    except IndexMetadataError:
        return None


class _Reader:
    """Reads one document, from the top."""

    def __init__(self, document: Any) -> None:
        self.document = _table(document, "$")
        #: Whether unknown keys may mean something in a newer version of the format.
        self.is_newer = False
        #: The features read so far: ten thousand labels share a few hundred of them.
        self._known: dict[tuple[str, ...], FeatureValues] = {}

    def read(self, entries: Entries | None = None) -> LabelMetadata:
        """The whole document; its variants from ``entries``, if they were taken out of it."""
        schema = self.document.get("$schema")
        if not isinstance(schema, str):
            raise IndexMetadataError("$schema", "must be a string")
        version = self._read_version(schema)
        self._check_keys(self.document, "$", ("$schema", "default-priorities", "providers", "variants"))
        priorities = _table(self.document.get("default-priorities"), "default-priorities")
        self._check_keys(priorities, "default-priorities", ("namespace",))
        path = "default-priorities.namespace"
        namespaces = _texts(priorities.get("namespace"), path, LABEL_NAME)
        if not namespaces:
            raise IndexMetadataError(path, "must not be empty")
        providers = self._read_providers(namespaces, needed="/825/" not in schema)
        spaces = frozenset(namespaces)
        variants = self._read_variants(spaces) if entries is None else self._read_entries(entries, spaces)
        return LabelMetadata(namespaces, providers, variants, version)

    def _read_version(self, schema: str) -> tuple[int, int, int] | None:
        match = _VERSION.search(schema)
        if match is None:
            return None
        major, minor, patch = map(int, match.groups())
        if major not in _MAJORS:
            raise IndexMetadataError("$schema", f"major version {major} is not known")
        self.is_newer = (major, minor) > _KNOWN_MINOR["/825/" in schema]
        return major, minor, patch

    def _check_keys(self, table: Mapping[str, Any], path: str, known: Sequence[str]) -> None:
        for key in table:
            if key not in known and not self.is_newer:
                raise IndexMetadataError(path, f"unknown key {key!r}")

    def _read_providers(self, namespaces: tuple[str, ...], *, needed: bool) -> dict[str, LabelProvider]:
        if "providers" not in self.document and not needed:
            return {}
        listed = _table(self.document.get("providers", {}), "providers")
        if set(listed) != set(namespaces):
            raise IndexMetadataError("providers", "must name exactly the namespaces of default-priorities.namespace")
        return {name: self._read_provider(listed[name], f"providers.{name}") for name in namespaces}

    def _read_provider(self, value: Any, path: str) -> LabelProvider:
        table = _table(value, path)
        kinds = [kind for kind in _KINDS if kind in table]
        if len(kinds) != 1:
            raise IndexMetadataError(path, f"needs exactly one of {', '.join(_KINDS)}")
        kind = kinds[0]
        more = {"static-properties": ("feature-order",), "requires": ("plugin-api",), "builtin": ()}[kind]
        self._check_keys(table, path, ("optional", kind, *more))
        optional = table.get("optional", False)
        if not isinstance(optional, bool):
            raise IndexMetadataError(f"{path}.optional", "must be a boolean")
        if kind == "static-properties":
            return StaticProvider(_read_static(table, path), optional)
        if kind == "requires":
            requires = tuple(_list(table["requires"], f"{path}.requires"))
            if not requires:
                raise IndexMetadataError(f"{path}.requires", "must not be empty")
            api = table.get("plugin-api")
            if api is not None and not (isinstance(api, str) and api):
                raise IndexMetadataError(f"{path}.plugin-api", "must be a string that is not empty")
            return PluginProvider(requires, api, optional)
        name = table["builtin"]
        if not isinstance(name, str):
            raise IndexMetadataError(f"{path}.builtin", "must be a string")
        return BuiltinProvider(name, optional)

    def _read_variants(self, namespaces: frozenset[str]) -> dict[str, tuple[FeatureValues, ...]]:
        listed = _table(self.document.get("variants"), "variants")
        if not _LABELS.fullmatch("\n".join(listed)):
            for label in listed:
                if not LABEL.fullmatch(label):
                    raise IndexMetadataError(f"variants.{label}", "is no label ([0-9a-z_.]+)")
        return {label: self._read_variant(label, value, namespaces) for label, value in listed.items()}

    def _read_variant(self, label: str, value: Any, namespaces: frozenset[str]) -> tuple[FeatureValues, ...]:
        table = _table(value, f"variants.{label}")
        found = []
        for namespace in sorted(table):
            if table[namespace] == {}:  # counts as absent, whatever it is called
                continue
            if namespace not in namespaces:
                raise IndexMetadataError(f"variants.{label}.{namespace}", "not in default-priorities.namespace")
            features = _table(table[namespace], f"variants.{label}.{namespace}")
            for feature in sorted(features):
                values = features[feature]
                # A text or an object in the place of the list is never looked up.
                key = (namespace, feature, *(values if type(values) is list else ()))
                try:
                    found.append(self._known[key])
                except (KeyError, TypeError):
                    found.append(self._read_feature(namespace, feature, values, f"variants.{label}"))
        if (label == NULL_LABEL) != (not found):
            raise IndexMetadataError(f"variants.{label}", f"{NULL_LABEL!r} and no properties go together")
        return tuple(found)

    def _read_entries(self, entries: Entries, namespaces: frozenset[str]) -> dict[str, tuple[FeatureValues, ...]]:
        """The variants from pieces of text, each read as that of one label.

        Raises:
            IndexMetadataError: something is wrong with them, or their form is not that of :mod:`entries`.
        """
        if self.document.get("variants") != {}:
            raise IndexMetadataError("variants", "they are elsewhere")

        def read_namespace(text: str) -> tuple[FeatureValues, ...]:
            table = _load(text)
            if len(table) != 1:
                raise IndexMetadataError("variants", "not one namespace")
            return self._read_variant("", table, namespaces)

        variants = entries.read(read_namespace)
        if variants is None or [label for label, found in variants.items() if not found] not in ([], [NULL_LABEL]):
            raise IndexMetadataError("variants", "another form")
        return variants

    def _read_feature(self, namespace: str, feature: str, listing: Any, path: str) -> FeatureValues:
        """A feature that was not read before."""
        if not LABEL_NAME.fullmatch(feature):
            raise IndexMetadataError(f"{path}.{namespace}", f"{feature!r} is no feature name ([a-z0-9_]+)")
        path = f"{path}.{namespace}.{feature}"
        listed = _texts(listing, path, LABEL_VALUE)
        if not listed:
            raise IndexMetadataError(path, "must not be empty")
        # The same set in another order is the same object, so that it is looked up once.
        ordered = tuple(sorted(listed))
        found = FeatureValues(namespace, feature, ordered)
        for values in (ordered, listed):
            found = self._known.setdefault((namespace, feature, *values), found)
        return found


def _read_static(table: Mapping[str, Any], path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    path, order_path = f"{path}.static-properties", f"{path}.feature-order"
    listed = _table(table["static-properties"], path)
    for feature in listed:
        if not LABEL_NAME.fullmatch(feature):
            raise IndexMetadataError(path, f"{feature!r} is no feature name ([a-z0-9_]+)")
    features = {name: _texts(values, f"{path}.{name}", LABEL_VALUE) for name, values in listed.items()}
    if "feature-order" not in table:
        if len(features) > 1:
            raise IndexMetadataError(order_path, "needed for more than one feature")
        return tuple(features.items())
    order = _texts(table["feature-order"], order_path, LABEL_NAME)
    if not order:
        raise IndexMetadataError(order_path, "must not be empty")
    if set(order) != set(features):
        raise IndexMetadataError(order_path, "must name each static feature once")
    return tuple((name, features[name]) for name in order)


def _table(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise IndexMetadataError(path, f"must be an object (got {_kind(value)})")
    return value


def _texts(value: Any, path: str, form: re.Pattern[str]) -> tuple[str, ...]:
    """A list of strings, each of a form, and none twice."""
    listed = _list(value, path)
    for text in listed:
        if not form.fullmatch(text):
            raise IndexMetadataError(path, f"must match {form.pattern} (got another text): {text!r}")
    if len(set(listed)) != len(listed):
        raise IndexMetadataError(path, f"a value is there twice: {_find_repeated(listed)!r}")
    return tuple(listed)


def _list(value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise IndexMetadataError(path, f"must be a list of strings (got {_kind(value)})")
    return value


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {value!r}"[:80]


# --- write


def dump_document(metadata: LabelMetadata) -> str:
    """The text of a document, as uv and WheelNext's variantlib read it; the same metadata gives the same text.

    Raises:
        ValueError: some of the namespaces have a provider, and others have none.
    """
    document: dict[str, Any] = {
        "$schema": SCHEMA if metadata.providers else PEP825_SCHEMA,
        "default-priorities": {"namespace": list(metadata.namespaces)},
    }
    if metadata.providers:
        missing = [name for name in metadata.namespaces if name not in metadata.providers]
        if missing:
            raise ValueError(f"no provider is known for the namespaces {', '.join(missing)}")
        document["providers"] = {name: _dump_provider(metadata.providers[name]) for name in metadata.namespaces}
    document["variants"] = {label: _dump_variant(features) for label, features in metadata.variants.items()}
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _dump_provider(provider: LabelProvider) -> dict[str, Any]:
    document: dict[str, Any] = {"optional": True} if provider.optional else {}
    if isinstance(provider, StaticProvider):
        document["static-properties"] = {feature: list(values) for feature, values in provider.features}
        if len(provider.features) > 1:
            document["feature-order"] = [feature for feature, _ in provider.features]
    elif isinstance(provider, PluginProvider):
        document["requires"] = list(provider.requires)
        if provider.plugin_api is not None:
            document["plugin-api"] = provider.plugin_api
    else:
        document["builtin"] = provider.name
    return document


def _dump_variant(features: Sequence[FeatureValues]) -> dict[str, dict[str, list[str]]]:
    document: dict[str, dict[str, list[str]]] = {}
    for feature in features:
        document.setdefault(feature.namespace, {})[feature.feature] = sorted(feature.values)
    return document
