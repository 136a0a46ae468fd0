"""``build`` with ``dialect``: label wheels, or both of one compilation, under the names that the package gives them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tool import Tool
from variantlib.dialects import hashes, labels
from variantlib.meta import VariantDescription
from variantlib.wheel_name import Dialect, parse_wheel_name

from .projects import write_project

TABLE = """
[tool.variantlib.build]
{dialect}
[tool.variantlib.build.linux_x86_64]
variants = ["x86_64 :: level :: v2", "fast"]
[tool.variantlib.build.configurations.fast]
properties = ["x86_64 :: level :: v3"]
"""


def declared(dialect: str) -> str:
    return TABLE.format(dialect=f'dialect = "{dialect}"')


def names(folder: Path) -> dict[tuple[str, str | None], Path]:
    """The wheels in the folder, by dialect and label."""
    found = {path: parse_wheel_name(path.name) for path in folder.glob("*.whl")}
    return {(str(name.dialect), name.label): path for path, name in found.items()}


def hash_of(*properties: str) -> str:
    return VariantDescription.from_strings(properties).hexdigest


V2, V3 = hash_of("x86_64 :: level :: v2"), hash_of("x86_64 :: level :: v3")


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("hash", {("standard", None), ("hash", V2), ("hash", V3)}),
        ("label", {("standard", None), ("label", "x86_64_v2"), ("label", "fast")}),
        ("both", {("standard", None), ("hash", V2), ("hash", V3), ("label", "x86_64_v2"), ("label", "fast")}),
    ],
)
def test_the_declared_dialect_is_written(
    dialect: str,
    expected: set[tuple[str, str | None]],
    tmp_path: Path,
    tool: Tool,
    build_environment: Mapping[str, str],
) -> None:
    project = write_project(tmp_path / "tiny", declared(dialect))
    out = tmp_path / "out"
    smoke = [] if dialect == "label" else ["--no-smoke"]
    result = tool("build", project, "-o", out, *smoke, environment=build_environment)
    wheels = names(out)
    assert set(wheels) == expected
    assert sorted(result.stdout.split()) == sorted(map(str, wheels.values()))
    for (kind, _), path in wheels.items():
        name = parse_wheel_name(path.name)
        assert "." not in name.platform
        if kind == "label":
            variant = labels.read_wheel(path)
            assert variant is not None and variant.metadata.namespaces == ("x86_64", "aarch64")
    if dialect == "both":
        one, other = hashes.read_wheel(wheels["hash", V3]), labels.read_wheel(wheels["label", "fast"])
        assert one is not None and other is not None and one.properties == other.properties
    primary = [path for (kind, _), path in wheels.items() if (kind, dialect) != ("label", "both")]
    before = [path.stat().st_mtime_ns for path in primary]
    assert tool("build", project, "-o", out, *smoke, environment=build_environment).stdout == result.stdout
    assert [path.stat().st_mtime_ns for path in primary] == before  # nothing was built again
    tool("audit", *wheels.values())
    tool("index", out)
    assert (out / "tiny-1.0-variants.json").exists() == (dialect != "hash")


def test_the_command_line_may_say_another_dialect_and_list_shows_it(
    tmp_path: Path, tool: Tool, build_environment: Mapping[str, str]
) -> None:
    project = write_project(tmp_path / "tiny", declared("hash"))
    jobs = json.loads(
        tool("build", project, "--list", "--json", "--dialect", "label", environment=build_environment).stdout
    )
    assert [(job["dialect"], job["label"]) for job in jobs] == [
        ("standard", None),
        ("label", "x86_64_v2"),
        ("label", "fast"),
    ]
    text = tool("build", project, "--list", "--dialect", "both", environment=build_environment).stdout
    assert f"{V3} and fast" in text
    only = tool("build", project, "--list", "--dialect", "label", "--only", "x86_64_v2", environment=build_environment)
    assert only.stdout.split()[1] == "x86_64_v2"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('dialect = "label"', 'dialect = "labels"', "tool.variantlib.build.dialect: must be one of hash, label, both"),
        ("fast", "Fast", "configurations.Fast: the name may have only 0-9, a-z, _ and ."),
        ("x86_64 :: level :: v2", "blas :: lib :: mkl", "no provider is declared for 'blas'"),
        ("x86_64 :: level :: v2", "gpu :: Arch :: A100", "no upper-case letters"),
        ('"fast"', '"fast", "null"', "configurations.null: the name is reserved"),
    ],
)
def test_what_cannot_be_a_label_wheel_is_named(old: str, new: str, why: str, tmp_path: Path, tool: Tool) -> None:
    text = declared("label").replace(old, new)
    if "null" in new:
        text += '[tool.variantlib.build.configurations.null]\nproperties = ["x86_64 :: level :: v4"]\n'
    project = write_project(tmp_path / "tiny", text)
    assert why in tool("build", project, "--list", code=5, error="invalid-declaration").stderr


def test_the_table_of_the_project_describes_the_namespaces(tmp_path: Path, tool: Tool) -> None:
    more = '[variant.default-priorities]\nnamespace = ["blas"]\n'
    more += '[variant.providers.blas.static-properties]\nlib = ["mkl"]\n'
    text = declared("label").replace("x86_64 :: level :: v2", "blas :: lib :: mkl").replace('"fast"', "")
    project = write_project(tmp_path / "tiny", text.partition("[tool.variantlib.build.conf")[0] + more)
    assert "blas_mkl" in tool("build", project, "--list").stdout
    shutil.rmtree(project)


def test_every_dialect_that_can_be_declared_exists() -> None:
    from dualvariant.builder.declaration.parse import DIALECTS

    assert {*DIALECTS} == {str(dialect) for dialect in Dialect if dialect is not Dialect.STANDARD} | {"both"}
