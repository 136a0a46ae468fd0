"""The provider contract is known by what a class has, never by what it inherits."""

from __future__ import annotations

import variantlib.provider
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.provider import ENTRY_POINT_GROUP, FlagProvider, Provider


class Stranger:
    """Has the contract, and knows nothing of it."""

    __provider_name__ = "stranger"
    __version__ = "1.0"

    def run(self) -> ProviderConfig | None:
        return ProviderConfig("stranger", [KeyConfig("from", ["afar"])])


class Builder(Stranger):
    """Knows the flags as well."""

    def build_flags(self, key: str, value: str, compiler: str) -> dict[str, list[str]] | None:
        return {"CFLAGS": [f"-m{value}"]} if (key, compiler) == ("from", "gcc") else None


class Nameless:
    """Lacks the name."""

    __version__ = "1.0"

    def run(self) -> ProviderConfig | None:
        return None


def test_the_entry_point_group_is_that_of_the_review() -> None:
    assert ENTRY_POINT_GROUP == "variantlib.plugins"


def test_a_class_with_name_version_and_run_is_a_provider() -> None:
    stranger: Provider = Stranger()  # mypy agrees
    assert isinstance(stranger, Provider)
    assert not isinstance(stranger, FlagProvider)


def test_build_flags_make_it_a_flag_provider() -> None:
    builder: FlagProvider = Builder()
    assert isinstance(builder, FlagProvider)
    assert builder.build_flags("from", "afar", "gcc") == {"CFLAGS": ["-mafar"]}
    assert builder.build_flags("from", "afar", "zig") is None


def test_a_class_without_a_name_is_none() -> None:
    assert not isinstance(Nameless(), Provider)


def test_the_contract_is_written_down_where_it_is_defined() -> None:
    written = variantlib.provider.__doc__ or ""
    for word in ("__provider_name__", "__depends_on__", "build_flags", ENTRY_POINT_GROUP):
        assert word in written
