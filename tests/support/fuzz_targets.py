"""What the fuzzer feeds with damaged data: every reader of something that a stranger writes.

Each target is a function of a :class:`~mutations.Mutator` and a folder. It makes one damaged input and returns it with
a function that reads it. That function may raise what :data:`REFUSALS` has for the target, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import InvalidSdistFilename

from dualvariant.core.errors import DualvariantError, InvalidUrlError
from fuzz_case import Target
from fuzz_files import WHEEL_REFUSALS, elf, sdist, wheel
from fuzz_texts import (
    answer,
    declaration,
    html_page,
    installed,
    json_page,
    label_document,
    metadata,
    names,
    pip_config,
    profile,
    requirement,
    requirement_file,
    settings,
    urls,
    variants,
)
from variantlib.errors import IndexMetadataError, ProfileError, VariantError, WheelFileError, WheelNameError

__all__ = ["REFUSALS", "TARGETS"]

TARGETS: dict[str, Target] = {
    target.__name__: target
    for target in (
        names, urls, metadata, installed, variants, label_document, profile, html_page, json_page, settings,
        declaration, pip_config, requirement_file, requirement, answer, elf, wheel, sdist,
    )
}  # fmt: skip

#: What each target may raise: an error that names the input, and that a command reports as a message.
REFUSALS: Mapping[str, tuple[type[Exception], ...]] = {
    "names": (WheelNameError,),
    "urls": (InvalidUrlError,),
    "metadata": (WheelFileError,),
    "installed": (),
    "variants": (IndexMetadataError,),
    "label_document": (IndexMetadataError,),
    "profile": (ProfileError,),
    "html_page": (ValueError,),
    "json_page": (ValueError,),
    "settings": (DualvariantError,),
    "declaration": (DualvariantError,),
    "pip_config": (DualvariantError,),
    "requirement_file": (DualvariantError, VariantError),
    "requirement": (DualvariantError, VariantError),
    "answer": (ValueError,),
    "elf": (),
    "wheel": WHEEL_REFUSALS,
    "sdist": (VariantError, InvalidSdistFilename, OSError),
}
