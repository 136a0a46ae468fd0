"""The hashes that a requirement lists (``--hash=sha256:…``): an installer takes no other file of that project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["AllowedHashes"]


class AllowedHashes(NamedTuple):
    """The digests that may be installed, by algorithm.

    Args:
        digests: algorithm → hexadecimal digests in lower case. One match is enough, by whichever algorithm.
    """

    digests: Mapping[str, frozenset[str]] = MappingProxyType({})

    @classmethod
    def from_options(cls, values: Iterable[str]) -> AllowedHashes:
        """What the values of ``--hash`` options of one requirement list, ``ALGORITHM:DIGEST`` each."""
        digests: dict[str, frozenset[str]] = {}
        for value in values:
            algorithm, _, digest = value.partition(":")
            digests[algorithm] = digests.get(algorithm, frozenset()) | {digest.lower()}
        return cls(digests)

    def restrict(self, other: AllowedHashes) -> AllowedHashes:
        """What two lines about one project allow together, as in pip: only what both of them list."""
        common = self.digests.keys() & other.digests.keys()
        return AllowedHashes({algorithm: self.digests[algorithm] & other.digests[algorithm] for algorithm in common})

    def lists(self, hashes: Mapping[str, str]) -> bool:
        """Whether a file with these hashes (algorithm → digest) is listed."""
        return any(digest in self.digests.get(algorithm, ()) for algorithm, digest in hashes.items())

    def to_list(self) -> list[object]:
        """A form that differs where the lists do."""
        return [[algorithm, sorted(self.digests[algorithm])] for algorithm in sorted(self.digests)]
