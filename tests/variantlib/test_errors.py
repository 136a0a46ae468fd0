"""Errors: one base, each a builtin as well, each with its parts as attributes."""

from __future__ import annotations

import pytest

from variantlib.errors import IndexMetadataError, ProfileError, VariantError, WheelFileError, WheelNameError


@pytest.mark.parametrize("kind", [IndexMetadataError, ProfileError, WheelFileError, WheelNameError])
def test_every_error_is_a_variant_error_and_a_value_error(kind: type[Exception]) -> None:
    assert issubclass(kind, VariantError)
    assert issubclass(kind, ValueError)


def test_every_error_has_a_code_of_its_own() -> None:
    kinds: list[type[VariantError]] = [VariantError, IndexMetadataError, ProfileError, WheelFileError, WheelNameError]
    assert [kind.code for kind in kinds] == ["variant-data", "index-metadata", "profile", "wheel-file", "wheel-name"]


def test_a_wheel_name_error_says_why_and_shows_the_name() -> None:
    error = WheelNameError("a\n.whl", "too short")
    assert (error.filename, error.why) == ("a\n.whl", "too short")
    assert str(error) == r"not a wheel name (too short): 'a\n.whl'"


def test_a_wheel_file_error_says_why_and_shows_the_name() -> None:
    error = WheelFileError("a-1-py3-none-any.whl", "it is empty")
    assert (error.filename, error.why) == ("a-1-py3-none-any.whl", "it is empty")
    assert str(error) == "unusable wheel (it is empty): 'a-1-py3-none-any.whl'"


def test_an_index_metadata_error_names_the_place_in_the_document() -> None:
    error = IndexMetadataError("variants.9091cdc4[2]", "it is wrong")
    assert (error.path, error.why) == ("variants.9091cdc4[2]", "it is wrong")
    assert str(error) == "variants.9091cdc4[2]: it is wrong"
    assert str(IndexMetadataError("", "it is no JSON")) == "it is no JSON"


def test_a_profile_error_keeps_every_problem() -> None:
    error = ProfileError(["providers[0].provider is missing", "providers[1] must be an object"])
    assert error.problems == ["providers[0].provider is missing", "providers[1] must be an object"]
    assert str(error) == "providers[0].provider is missing; providers[1] must be an object"
