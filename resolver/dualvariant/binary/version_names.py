"""Names of native files that say for which processors a file is the version."""

from __future__ import annotations

import re

__all__ = ["is_named_version"]

#: An instruction set, or a processor, as a word in the name of a file: that file is a version for it.
_VERSION = re.compile(
    r"avx[0-9]*\w*|sse[0-9]*|ssse3|fma[34]?|bmi[12]?|f16c|aesni|p?clmul\w*|shani|popcnt|vaes|haswell|broadwell|skylake\w*"
    r"|znver[0-9]|zen[0-9]?|icelake\w*|neon|asimd\w*|sve2?|dotprod|v[234]",
)


def is_named_version(path: str) -> bool:
    """Whether the name of a file says that it is the version for some processors."""
    stem = path.rpartition("/")[2].partition(".")[0].lower()
    stem = stem.replace("aes_ni", "aesni").replace("sha_ni", "shani")
    return any(_VERSION.fullmatch(word) for word in re.split(r"[^a-z0-9]+", stem))
