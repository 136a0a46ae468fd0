"""Errors about data: file names, wheels, index metadata and profiles. Each is also a ValueError."""

from __future__ import annotations

__all__ = ["IndexMetadataError", "ProfileError", "VariantError", "WheelFileError", "WheelNameError"]


class VariantError(Exception):
    """Base of every error that variantlib raises about data.

    Each class has a stable ``code``, which scripts and tests may rely on; the messages may change.
    """

    code = "variant-data"


class WheelNameError(VariantError, ValueError):
    """A file name that is no wheel name of either dialect."""

    code = "wheel-name"

    def __init__(self, filename: str, why: str) -> None:
        super().__init__(f"not a wheel name ({why}): {filename!r}")
        self.filename = filename
        self.why = why


class WheelFileError(VariantError, ValueError):
    """A wheel whose content cannot be used, or that disagrees with its own file name."""

    code = "wheel-file"

    def __init__(self, filename: str, why: str) -> None:
        super().__init__(f"unusable wheel ({why}): {filename!r}")
        self.filename = filename
        self.why = why


class IndexMetadataError(VariantError, ValueError):
    """A file of variant metadata on an index, such as ``~variants.json``, that does not follow its dialect."""

    code = "index-metadata"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}" if path else why)
        self.path = path
        self.why = why


class ProfileError(VariantError, ValueError):
    """A host profile with problems: all of them, each with the path of the value in the document."""

    code = "profile"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems
