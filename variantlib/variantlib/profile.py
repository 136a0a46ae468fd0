"""``HostProfile``: everything that selection knows about a host, in priority order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import field, frozen

from variantlib._validate import refuse_repeats
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.errors import ProfileError
from variantlib.foreign_json import load_json

__all__ = ["SCHEMA", "HostProfile"]

SCHEMA = "dualvariant/profile/1"


def _as_tuple(providers: Iterable[ProviderConfig]) -> tuple[ProviderConfig, ...]:
    try:
        return tuple(providers)
    except TypeError:
        raise TypeError(
            f"HostProfile.providers must be ProviderConfigs (got {type(providers).__name__}): {providers!r}"
        ) from None


@frozen
class HostProfile:
    """Every provider's :class:`ProviderConfig`, most important first, and nothing else.

    Detection writes it, selection reads it; it can be printed, saved, edited and carried to another machine.
    """

    providers: tuple[ProviderConfig, ...] = field(default=(), converter=_as_tuple)

    def __attrs_post_init__(self) -> None:
        for position, config in enumerate(self.providers):
            if not isinstance(config, ProviderConfig):
                raise TypeError(
                    f"HostProfile.providers[{position}] must be a ProviderConfig "
                    f"(got {type(config).__name__}): {config!r}"
                )
        refuse_repeats("HostProfile.providers", self.names)

    @property
    def names(self) -> list[str]:
        """The providers' names in priority order."""
        return [config.provider for config in self.providers]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change with anything in the profile, the order included."""
        text = json.dumps(self.to_dict()["providers"], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def prioritized(self, priority: Sequence[str]) -> HostProfile:
        """The same profile with the named providers first, in that order; the rest keep theirs.

        Names of no provider are passed over: whether that is an error depends on where the list came from.
        """
        first: dict[str, int] = {}
        for name in priority:
            first.setdefault(name, len(first))
        return HostProfile(sorted(self.providers, key=lambda config: first.get(config.provider, len(first))))

    def to_dict(self) -> dict[str, Any]:
        """The profile's JSON document (schema ``dualvariant/profile/1``)."""
        return {"schema": SCHEMA, "providers": [config.to_dict() for config in self.providers]}

    @classmethod
    def from_json(cls, text: str | bytes) -> HostProfile:
        """Read a profile document. Keys that it does not know are passed over.

        Raises:
            ProfileError: with every problem found, each naming its path in the document.
        """
        try:
            document = load_json(text)
        except ValueError as error:
            raise ProfileError([f"it is {error}"]) from error
        return cls.from_dict(document)

    @classmethod
    def from_dict(cls, document: object) -> HostProfile:
        """As :meth:`from_json`, from the parsed document."""
        if not isinstance(document, dict):
            raise ProfileError([f"it must be a JSON object (got {type(document).__name__})"])
        if document.get("schema") != SCHEMA:
            raise ProfileError([f"schema must be {SCHEMA!r} (got {document.get('schema')!r})"])
        problems: list[str] = []
        providers = [
            config
            for path, item in _items(document, "", "providers", problems)
            if (config := _provider(item, path, problems)) is not None
        ]
        names = [config.provider for config in providers]
        problems += [f"providers: {name!r} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
        if problems:
            raise ProfileError(problems)
        return cls(providers)


def _items(document: Any, path: str, key: str, problems: list[str]) -> list[tuple[str, Any]]:
    """The elements of a list in the document, each with its path; none, and a problem, where it is no list."""
    if not isinstance(document, dict):
        problems.append(f"{path} must be an object (got {type(document).__name__})")
        return []
    path = f"{path}.{key}" if path else key
    value = document.get(key)
    if not isinstance(value, list):
        problems.append(f"{path} must be a list (got {type(value).__name__})")
        return []
    return [(f"{path}[{position}]", item) for position, item in enumerate(value)]


def _provider(item: Any, path: str, problems: list[str]) -> ProviderConfig | None:
    before = len(problems)
    configs = [_key(config, at, problems) for at, config in _items(item, path, "configs", problems)]
    if len(problems) > before:
        return None
    try:
        return ProviderConfig(item.get("provider"), [config for config in configs if config])
    except (TypeError, ValueError) as error:
        problems.append(f"{path}.{str(error).removeprefix('ProviderConfig.')}")
        return None


def _key(item: Any, path: str, problems: list[str]) -> KeyConfig | None:
    if not isinstance(item, dict):
        problems.append(f"{path} must be an object (got {type(item).__name__})")
        return None
    try:
        return KeyConfig(item.get("key"), item.get("values"))  # type: ignore[arg-type]  # attrs checks
    except (TypeError, ValueError) as error:
        problems.append(f"{path}.{str(error).removeprefix('KeyConfig.')}")
        return None
