"""Reasons of verdicts that come from the user's rules about properties."""

from __future__ import annotations

from typing import NamedTuple

from variantlib.property_rules import PropertyPattern, PropertyRules
from variantlib.verdict import Candidate

__all__ = ["BeatenByRule", "Lacks"]


class Lacks(NamedTuple):
    """The candidate lacks a property that the user requires."""

    required: PropertyPattern

    def __str__(self) -> str:
        return f"it has no {str(self.required)!r}, which 'require' asks for"


class BeatenByRule(NamedTuple):
    """The candidate fits, and a rule puts another one before it.

    Args:
        by: the better one.
        candidate: this one.
        rules: the user's rules.
    """

    by: Candidate
    candidate: Candidate
    rules: PropertyRules

    def __str__(self) -> str:
        return f"beaten by {self.by.wheel.label or self.by.wheel.filename}: {self._explain()}"

    def _explain(self) -> str:
        avoided = self.rules.find_avoided(self.candidate.description or ())
        if avoided is not None:
            return f"'avoid' puts variants with {str(avoided)!r} behind all other wheels"
        return f"'prefer' puts variants with {str(self.rules.find_preferred(self.by.description or ()))!r} first"
