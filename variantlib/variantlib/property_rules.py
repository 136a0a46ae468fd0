"""Rules of the user about properties: which variants come first, which last, and what a variant must have.

They are no part of what fits: a rule never makes a wheel fit that the host does not support.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from variantlib.meta import NAME, VALUE, VariantMeta

__all__ = ["NO_RULES", "PropertyPattern", "PropertyRules"]


class PropertyPattern(NamedTuple):
    """A property, or all properties of a feature or of a namespace.

    Args:
        provider: the namespace.
        key: the feature; None for every feature.
        value: the value; None for every value.
    """

    provider: str
    key: str | None = None
    value: str | None = None

    @classmethod
    def from_str(cls, text: str) -> PropertyPattern:
        """Read ``NAMESPACE``, ``NAMESPACE :: FEATURE`` or ``NAMESPACE :: FEATURE :: VALUE``.

        Raises:
            ValueError: it has another form.
        """
        parts = [part.strip() for part in text.split("::")]
        forms = (NAME, NAME, VALUE)
        if len(parts) > len(forms) or not all(form.fullmatch(part) for form, part in zip(forms, parts, strict=False)):
            raise ValueError(f"not a property (NAMESPACE :: FEATURE :: VALUE, or the beginning of one): {text!r}")
        return cls(*parts)

    def matches(self, meta: VariantMeta) -> bool:
        """Whether a property is one of those that are meant."""
        return meta.provider == self.provider and self.key in (None, meta.key) and self.value in (None, meta.value)

    def __str__(self) -> str:
        return " :: ".join(part for part in (self.provider, self.key, self.value) if part is not None)


class PropertyRules(NamedTuple):
    """What the user prefers, avoids and requires. A label variant has each of the values that it names of a feature.

    Args:
        prefer: variants with the first of these come first, then those with the second, and so on.
        avoid: variants with one of these come after all others, the standard wheel included.
        require: a variant must have a property of each of these, and the standard wheel has none.
    """

    prefer: tuple[PropertyPattern, ...] = ()
    avoid: tuple[PropertyPattern, ...] = ()
    require: tuple[PropertyPattern, ...] = ()

    @property
    def changes_order(self) -> bool:
        """Whether the order of the wheels that fit depends on these rules."""
        return bool(self.prefer or self.avoid)

    def find_place(self, properties: Iterable[VariantMeta]) -> tuple[bool, int]:
        """Where the rules put a variant, smaller is better; those in one place keep their own order.

        Args:
            properties: the variant's; none for a standard wheel.
        """
        metas = tuple(properties)
        if self.find_avoided(metas) is not None:
            return True, 0
        return False, next(
            (place for place, pattern in enumerate(self.prefer) if any(map(pattern.matches, metas))), len(self.prefer)
        )

    def find_preferred(self, properties: Iterable[VariantMeta]) -> PropertyPattern | None:
        """What is preferred of a variant most; None if that is nothing."""
        metas = tuple(properties)
        return next((pattern for pattern in self.prefer if any(map(pattern.matches, metas))), None)

    def find_avoided(self, properties: Iterable[VariantMeta]) -> PropertyPattern | None:
        """What is to be avoided of a variant; None if that is nothing."""
        metas = tuple(properties)
        return next((pattern for pattern in self.avoid if any(map(pattern.matches, metas))), None)

    def find_lacking(self, properties: Iterable[VariantMeta]) -> PropertyPattern | None:
        """What is required and a variant does not have; None if it has all."""
        metas = tuple(properties)
        return next((pattern for pattern in self.require if not any(map(pattern.matches, metas))), None)

    def to_list(self) -> list[list[str]]:
        """All rules as text, for a digest."""
        return [[str(pattern) for pattern in group] for group in (self.prefer, self.avoid, self.require)]


#: Where the user says nothing.
NO_RULES = PropertyRules()
