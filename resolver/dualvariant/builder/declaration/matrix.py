"""Cross products of values: ``x86_64 :: level = v3,v4`` times ``blas :: kind = mkl,openblas`` is four variants."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from variantlib.meta import VariantDescription, VariantMeta

__all__ = ["LEFT_OUT", "Axis", "cross_product", "matches"]

#: The value that leaves an axis out of a combination.
LEFT_OUT = "-"

_AXIS = re.compile(r"\s*(?P<provider>[^:=]*?)\s*::\s*(?P<key>[^:=]*?)\s*=(?P<values>.*)")


class Axis(NamedTuple):
    """The values of one key that a cross product runs through.

    Args:
        choices: the property for each value; None for :data:`LEFT_OUT`.
    """

    choices: tuple[VariantMeta | None, ...]

    @classmethod
    def from_str(cls, text: str) -> Axis:
        """Read ``provider :: key = value,value``.

        Raises:
            ValueError: it has another form, or a value is repeated.
        """
        match = _AXIS.fullmatch(text)
        if match is None:
            raise ValueError(f"Invalid format (expected 'provider :: key = value,value'): {text!r}")
        values = [value.strip() for value in match["values"].split(",")]
        repeated = next((value for value in values if values.count(value) > 1), None)
        if repeated is not None:
            raise ValueError(f"the value {repeated!r} is repeated: {text!r}")
        provider, key = match["provider"], match["key"]
        return cls(tuple(None if value == LEFT_OUT else VariantMeta(provider, key, value) for value in values))


def cross_product(axes: Sequence[Axis]) -> Iterator[VariantDescription]:
    """Every combination of one choice an axis, the first axis changing slowest; the empty one is no variant.

    Raises:
        ValueError: two axes have the same key.
    """
    features = [{(choice.provider, choice.key) for choice in axis.choices if choice} for axis in axes]
    for position, feature in enumerate(features):
        for earlier in features[:position]:
            if feature & earlier:
                provider, key = min(feature & earlier)
                raise ValueError(f"two axes have the same key: '{provider} :: {key}'")
    for combination in product(*(axis.choices for axis in axes)):
        chosen = [choice for choice in combination if choice is not None]
        if chosen:
            yield VariantDescription(chosen)


def matches(variant: VariantDescription, properties: Iterable[VariantMeta]) -> bool:
    """Whether a variant has all of these properties."""
    return set(properties) <= set(variant.data)
