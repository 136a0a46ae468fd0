"""``fused.json``: written, read again, and refused where it does not say what it must."""

from __future__ import annotations

import json
from typing import Any

import pytest

from variantlib.config import KeyConfig, ProviderConfig
from variantlib.errors import IndexMetadataError
from variantlib.fused import SCHEMA, FusedVariant, FusedWheel, name_variant
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile


def variant(name: str, *properties: str) -> FusedVariant:
    return FusedVariant(name, VariantDescription.from_strings(properties), f"pkg-1.0~{name}.whl")


WHEEL = FusedWheel(
    "x86_64",
    "pkg-1.0-cp311-cp311-linux_x86_64.whl",
    (
        variant("v2+avx2", "x86_64 :: level :: v2", "x86_64 :: avx2 :: on"),
        variant("v4", "x86_64 :: level :: v4"),
        variant("v2", "x86_64 :: level :: v2"),
    ),
    {
        "pkg/_a.so": {"v2+avx2": "pkg/_a.v2.so", "v4": "pkg/_a.v4.so", "v2": "pkg/_a.v2.so", "none": "pkg/_a.none.so"},
        "pkg/_b.so": {
            "v2+avx2": "pkg/_b.none.so",
            "v4": "pkg/_b.v4.so",
            "v2": "pkg/_b.none.so",
            "none": "pkg/_b.none.so",
        },
    },
    {"pkg.libs/libfast.v4.so": ("v4",)},
)


def profile(*values: str, more: tuple[str, ...] = ()) -> HostProfile:
    configs = [KeyConfig("level", list(values)), *(KeyConfig(name, ["on"]) for name in more)]
    return HostProfile([ProviderConfig("x86_64", configs)])


def test_what_is_written_is_read() -> None:
    assert WHEEL == FusedWheel.parse(WHEEL.dump())
    assert json.loads(WHEEL.dump())["schema"] == SCHEMA


def test_the_files_of_a_variant() -> None:
    assert WHEEL.files_of("v4") == {"pkg/_a.v4.so", "pkg/_b.v4.so", "pkg.libs/libfast.v4.so"}
    assert WHEEL.files_of("v2") == {"pkg/_a.v2.so", "pkg/_b.none.so"}
    assert WHEEL.names == ["v2+avx2", "v4", "v2", "none"]
    assert "pkg/_a.so" not in WHEEL.all_files


@pytest.mark.parametrize(
    ("levels", "more", "override", "active"),
    [
        (["v1"], (), "", "none"),
        (["v2", "v1"], (), "", "v2"),
        (["v2", "v1"], ("avx2",), "", "v2+avx2"),
        (["v4", "v3", "v2", "v1"], ("avx2",), "", "v2+avx2"),  # the founding order counts properties first
        (["v4", "v3", "v2", "v1"], ("avx2",), "v4", "v4"),
        (["v4", "v3", "v2", "v1"], ("avx2",), "v3", "v2+avx2"),  # as on a v3 processor
        (["v4", "v3", "v2", "v1"], ("avx2",), "v1", "none"),
        (["v4", "v3", "v2", "v1"], ("avx2",), "none", "none"),
        (["v2", "v1"], (), "v4", None),
        (["v2", "v1"], (), "v3", None),
        (["v2", "v1"], (), "v9", None),
        (["v2", "v1"], (), "v2+avx2", None),
    ],
)
def test_which_variant_is_active(levels: list[str], more: tuple[str, ...], override: str, active: str | None) -> None:
    assert active == WHEEL.find_active(profile(*levels, more=more), override)


def test_short_names() -> None:
    metas = [VariantMeta("x86_64", "level", "v2"), VariantMeta("x86_64", "avx2", "on")]
    assert name_variant(metas) == "v2+avx2"
    assert name_variant([VariantMeta("aarch64", "version", "8.2a")]) == "8.2a"


def changed(**values: Any) -> str:
    return json.dumps({**json.loads(WHEEL.dump()), **values})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "[" * 100_000,
        changed(schema="dualvariant/fused/2"),
        changed(architecture="mips"),
        changed(variants=3),
        changed(variants=[{"name": "v3"}]),
        changed(variants=[{"name": "v3", "properties": ["x"], "wheel": "w"}]),
        changed(modules=[]),
        changed(modules={"pkg/_a.so": {"v4": "x"}}),
        changed(modules={"pkg/_a.so": 3}),
        changed(libraries={"x": 3}),
    ],
)
def test_a_document_that_cannot_be_used_is_one_error(text: str) -> None:
    with pytest.raises(IndexMetadataError):
        FusedWheel.parse(text)
