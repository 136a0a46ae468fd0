"""Properties, and the sets of properties that make a variant.

Source: the WheelNext engineering review of 20 February 2025 ("the founding dialect").
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import field, frozen

from variantlib._validate import check_list, copy_list, match_pattern
from variantlib.variant_names import find_name_flaw

__all__ = ["HASH_LENGTH", "VariantDescription", "VariantMeta", "hash_properties"]

NAME = re.compile(r"[A-Za-z0-9_]+")
VALUE = re.compile(r"[A-Za-z0-9_.]+")

#: Hexadecimal digits in a variant hash.
HASH_LENGTH = 8

_PROPERTY = re.compile(
    rf"\s*(?P<provider>{NAME.pattern})\s*::\s*(?P<key>{NAME.pattern})\s*::\s*(?P<value>{VALUE.pattern})\s*"
)


@frozen(order=True, cache_hash=True)
class VariantMeta:
    """One property of a variant: a provider's key has this value.

    Args:
        provider: ``[A-Za-z0-9_]+``.
        key: ``[A-Za-z0-9_]+``.
        value: ``[A-Za-z0-9_.]+``.

    Raises:
        TypeError: a field is no str.
        ValueError: a field has a character that it must not have, or is empty.
    """

    provider: str = field(validator=match_pattern(NAME))
    key: str = field(validator=match_pattern(NAME))
    value: str = field(validator=match_pattern(VALUE))

    def to_str(self) -> str:
        """``provider :: key :: value``, as in a wheel's METADATA and in the hash."""
        return f"{self.provider} :: {self.key} :: {self.value}"

    __str__ = to_str

    @classmethod
    def from_str(cls, text: str) -> VariantMeta:
        """Read ``provider :: key :: value``.

        Raises:
            TypeError: ``text`` is no str.
            ValueError: it has another form.
        """
        if not isinstance(text, str):
            raise TypeError(f"a property must be a str (got {type(text).__name__}): {text!r}")
        match = _PROPERTY.fullmatch(text)
        if match is None:
            raise ValueError(f"Invalid format (expected 'provider :: key :: value'): {text!r}")
        return cls(**match.groupdict())


def hash_properties(sorted_properties: Iterable[str]) -> str:
    """The hash of properties that are in canonical form and order already.

    SHAKE-128, 4 bytes, over the property strings one after the other **without a separator**: two different sets can
    therefore share a hash, which is why an index checks that one hash means one set.
    """
    return hashlib.shake_128("".join(sorted_properties).encode()).hexdigest(HASH_LENGTH // 2)


def find_repeated_feature(data: list[VariantMeta]) -> VariantMeta | None:
    """The first property that has the provider and key of the one before it (``data`` is sorted)."""
    for before, meta in pairwise(data):
        if before.key == meta.key and before.provider == meta.provider:
            return meta
    return None


def _sort_names(names: Iterable[str]) -> tuple[str, ...]:
    """The names of a variant in their order, each once."""
    found = tuple(sorted(set(names)))
    for name in found:
        flaw = find_name_flaw(name)
        if flaw is not None:
            raise ValueError(f"the name of a variant {flaw}: {name!r}")
    return found


@frozen
class VariantDescription:
    """The properties that one variant wheel needs, and thereby the variant's identity.

    Args:
        data: the properties, in any order; kept sorted by (provider, key). One value for each (provider, key), and at
            least one property: a wheel that needs nothing is a standard wheel.

    Raises:
        TypeError: ``data`` is no list, or holds something else than :class:`VariantMeta`.
        ValueError: it is empty, or two properties share provider and key.
    """

    data: list[VariantMeta] = field(converter=copy_list, validator=check_list(VariantMeta))

    def __attrs_post_init__(self) -> None:
        self.data.sort()
        clash = find_repeated_feature(self.data)
        if clash is not None:
            raise ValueError(
                "VariantDescription.data must have one value for each provider and key "
                f"(two for '{clash.provider} :: {clash.key}'): {[m.to_str() for m in self.data]!r}"
            )

    def __hash__(self) -> int:
        return hash(tuple(self.data))

    def __iter__(self) -> Iterator[VariantMeta]:
        return iter(self.data)

    @property
    def properties(self) -> list[str]:
        """The properties as strings, sorted."""
        return [meta.to_str() for meta in self.data]

    @property
    def hexdigest(self) -> str:
        """The 8 hexadecimal digits that follow ``~`` in the wheel's file name."""
        return hash_properties(self.properties)

    @classmethod
    def _trusted(cls, data: list[VariantMeta]) -> VariantDescription:
        """From properties that are sorted and checked already: an index has ten thousand such lists."""
        description = object.__new__(cls)
        _set_data(description, data)
        return description

    @property
    def names(self) -> tuple[str, ...]:
        """What the project calls the variant, sorted (:mod:`variantlib.variant_names`)."""
        return ()

    def with_names(self, names: Iterable[str]) -> VariantDescription:
        """The same variant, called so. Names are no part of its identity: it is equal to the one without.

        Raises:
            ValueError: a name cannot be one.
        """
        found = _sort_names(names)
        return _NamedDescription(self.data, found) if found else VariantDescription._trusted(self.data)

    @classmethod
    def from_strings(cls, properties: Iterable[str]) -> VariantDescription:
        """A description from ``provider :: key :: value`` strings.

        Raises:
            TypeError, ValueError: as :meth:`VariantMeta.from_str` and the class itself.
        """
        return cls([VariantMeta.from_str(text) for text in properties])


#: Sets the field of a frozen instance, in half the time of ``object.__setattr__``.
_set_data = VariantDescription.__dict__["data"].__set__


@frozen(eq=False)
class _NamedDescription(VariantDescription):
    """A description with names. The founding class has the fields of the founding documents, and no other."""

    names: tuple[str, ...] = field(default=(), repr=False)

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, VariantDescription) else NotImplemented

    def __hash__(self) -> int:
        return super().__hash__()
