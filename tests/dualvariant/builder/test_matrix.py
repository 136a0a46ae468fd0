"""Cross products, named configurations, overrides: few words for many wheels, and every way to say them wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.builder.declaration.matrix import Axis, cross_product
from dualvariant.builder.declaration.parse import parse_declaration
from dualvariant.core.errors import BadDataError, UsageError
from dualvariant.core.toml import parse_toml
from tool import Tool

PLATFORM = "[tool.variantlib.build.linux_x86_64]\n"

NAMED = """
[tool.variantlib.build]
cflags = ["-O3"]
environment = { COMMON = "1", WHO = "everyone" }
[tool.variantlib.build.linux_x86_64]
variants = ["fast", "x86_64 :: level :: v3"]
ldflags = ["-Wl,--as-needed"]
[tool.variantlib.build.configurations.fast]
properties = ["x86_64 :: level :: v4", "blas :: kind :: mkl"]
environment = { WHO = "fast" }
[[tool.variantlib.build.overrides]]
select = "x86_64 :: level :: v4"
cflags = ["-funroll-loops"]
environment = { WHO = "v4" }
config-settings = { "cmake.define.X" = "1" }
build-requires = ["ninja"]
dependencies = ["mkl"]
test-command = "python -c pass"
[[tool.variantlib.build.overrides]]
select = "standard"
environment = { WHO = "standard" }
"""


def read(text: str) -> list[list[str]]:
    """The properties of each wheel that a declaration means."""
    return [job.properties for job in parse_declaration(parse_toml(text, "x"), "x").jobs]


def test_a_cross_product_less_what_is_excluded() -> None:
    text = PLATFORM + (
        'matrix = ["x86_64 :: level = v3,v4", "blas :: kind = mkl,openblas"]\n'
        'exclude = [["x86_64 :: level :: v4", "blas :: kind :: openblas"]]\nvariants = ["x86_64 :: level :: v2"]\n'
    )
    assert read(text) == [
        [],
        ["x86_64 :: level :: v2"],
        ["blas :: kind :: mkl", "x86_64 :: level :: v3"],
        ["blas :: kind :: openblas", "x86_64 :: level :: v3"],
        ["blas :: kind :: mkl", "x86_64 :: level :: v4"],
    ]


def test_an_axis_may_be_left_out_of_a_combination_and_the_empty_one_is_no_variant() -> None:
    axes = [Axis.from_str("a :: b = 1,-"), Axis.from_str("c :: d = 2,-")]
    found = [variant.properties for variant in cross_product(axes)]
    assert found == [["a :: b :: 1", "c :: d :: 2"], ["a :: b :: 1"], ["c :: d :: 2"]]


def test_several_products_overlap_without_harm() -> None:
    text = PLATFORM + 'matrix = [["a :: b = 1,2"], ["a :: b = 2,3"]]\n'
    assert read(text) == [[], ["a :: b :: 1"], ["a :: b :: 2"], ["a :: b :: 3"]]


def test_settings_go_from_the_general_to_the_particular() -> None:
    standard, fast, v3 = parse_declaration(parse_toml(NAMED, "x"), "x").jobs
    assert (standard.configuration, fast.configuration, v3.configuration) == (None, "fast", None)
    assert [job.settings.environment["WHO"] for job in (standard, fast, v3)] == ["standard", "fast", "everyone"]
    assert fast.settings.flags["CFLAGS"] == ("-O3", "-funroll-loops")
    assert fast.settings.flags["LDFLAGS"] == ("-Wl,--as-needed",)
    assert fast.settings.config_settings == {"cmake.define.X": "1"}
    assert (fast.settings.requires, fast.settings.dependencies) == (("ninja",), ("mkl",))
    assert (fast.settings.test_command, v3.settings.test_command) == ("python -c pass", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PLATFORM + 'matrix = ["a :: b"]', "matrix[0]: Invalid format (expected 'provider :: key = value,value')"),
        (PLATFORM + 'matrix = ["a :: b = 1,1"]', "matrix[0]: the value '1' is repeated"),
        (PLATFORM + 'matrix = ["a :: b = 1", "a :: b = 2"]', "matrix: two axes have the same key: 'a :: b'"),
        (PLATFORM + 'matrix = "a :: b = 1"', "matrix: must be a list"),
        (PLATFORM + 'matrix = ["x86_64 :: level = v3,native"]', "matrix[0]: a label cannot say 'native'"),
        (PLATFORM + 'matrix = ["a :: b = 1"]\nexclude = ["a :: b :: 2"]', "exclude[0]: it excludes nothing"),
        (PLATFORM + 'variants = ["fsat"]\n[tool.variantlib.build.configurations.fast]\nproperties = "a :: b :: c"',
         "variants[0]: no configuration of that name, did you mean 'fast'?"),
        (PLATFORM + '[tool.variantlib.build.configurations.standard]\nproperties = "a :: b :: c"',
         "configurations.standard: the name is reserved"),
        (PLATFORM + '[tool.variantlib.build.configurations.deadbeef]\nproperties = "a :: b :: c"',
         "configurations.deadbeef: the name looks like a hash"),
        (PLATFORM + '[tool.variantlib.build.configurations.my-fast]\nproperties = "a :: b :: c"',
         "configurations.my-fast: the name may have only 0-9, a-z, _ and ."),
        (PLATFORM + '[[tool.variantlib.build.overrides]]\nselect = "a :: b :: c"', "overrides[0].select: it selects"),
        (PLATFORM + '[[tool.variantlib.build.overrides]]\nselct = "a :: b :: c"', "overrides[0].selct: unknown key"),
        (PLATFORM + "environment = {CFLAGS = '-O3'}", "environment.CFLAGS: dualvariant sets it; use the key 'cflags'"),
        (PLATFORM + "environment = {X = '-march=native'}", "environment.X: '-march=native' chooses"),
        (PLATFORM + "config-settings = {x = 1}", "config-settings.x: must be a string or a list of strings"),
        (PLATFORM + "config-settings = {'cmake.args' = '-DX=-mavx2 -mavx2'}", "config-settings.cmake.args: '-mavx2'"),
        (PLATFORM + "build-requires = ['a b']", "build-requires[0]: not a requirement"),
        (PLATFORM + "test-command = []", "test-command: must be a command"),
        ("[tool.variantlib.build]\nbackend = 'dualvariant.backend'", "it must name the project's real backend"),
    ],
)  # fmt: skip
def test_each_problem_has_its_path(text: str, problem: str) -> None:
    with pytest.raises(BadDataError) as caught:
        parse_declaration(parse_toml(text, "x"), "x")
    assert problem in str(caught.value)


def project(folder: Path, text: str = "") -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_nothing_but_a_matrix_on_the_command_line(tmp_path: Path, tool: Tool) -> None:
    source = project(tmp_path / "p")
    line = ("build", source, "--matrix", "x86_64 :: level = v1,v3,v4", "--platform", "linux_x86_64", "--list")
    assert tool(*line).stdout.splitlines() == [
        "linux_x86_64   -         standard wheel",
        f"linux_x86_64   {_label('x86_64 :: level :: v1')}  x86_64 :: level :: v1",
        "linux_x86_64   a496bd9c  x86_64 :: level :: v3",
        "linux_x86_64   fe168163  x86_64 :: level :: v4",
    ]
    more = ("--matrix", "blas :: kind = mkl,openblas", "--exclude", "x86_64 :: level :: v1, blas :: kind :: mkl")
    listed = json.loads(tool(*line, *more, "--json").stdout)
    assert [len(entry["properties"]) for entry in listed] == [0, 2, 2, 2, 2, 2]
    stderr = tool("build", source, "--matrix", "nonsense", "--matrix", "a :: b = native", "--list", code=2).stderr
    assert "nonsense" in stderr and "native" in stderr, "all problems at once"


def _label(text: str) -> str:
    from variantlib.meta import VariantDescription

    return VariantDescription.from_strings([text]).hexdigest


def test_what_a_package_declares_holds_for_a_matrix_of_the_command_line() -> None:
    from dualvariant.builder.declaration.variants import expand_matrix

    declaration = parse_declaration(parse_toml(NAMED, "x"), "x")
    jobs = expand_matrix(declaration, ["x86_64 :: level = v4"], [], ["linux_aarch64"]).jobs
    assert [job.platform for job in jobs] == ["linux_aarch64", "linux_aarch64"]
    assert jobs[1].settings.environment["WHO"] == "v4"
    with pytest.raises(UsageError, match="linux_arm64"):
        expand_matrix(declaration, ["x86_64 :: level = v4"], [], ["linux_arm64"])


def test_a_declaration_in_a_file_of_its_own(tmp_path: Path, tool: Tool) -> None:
    source = project(tmp_path / "p")
    own = tmp_path / "own.toml"
    own.write_text('[linux_x86_64]\nvariants = ["x86_64 :: level :: v3"]\n')
    assert "a496bd9c" in tool("build", source, "--config", own, "--list").stdout
    own.write_text('[tool.variantlib.build.linux_x86_64]\nvariants = ["x86_64 :: level :: v3"]\n')
    assert "a496bd9c" in tool("build", source, "--config", own, "--list").stdout
    assert "--config" in tool("build", source, "--config", tmp_path / "none", "--list", code=2).stderr


def test_many_wheels_must_be_meant(tmp_path: Path, tool: Tool) -> None:
    source = project(tmp_path / "p")
    axes = ("--matrix", f"a :: b = {','.join(map(str, range(51)))}", "--platform", "linux_x86_64")
    assert len(tool("build", source, *axes, "--list").stdout.splitlines()) == 52
    stderr = tool("build", source, *axes, "-o", tmp_path / "out", code=2).stderr
    assert "52 wheels are more than 50" in stderr and "--max-wheels 52" in stderr
    assert not (tmp_path / "out").exists()


def test_only_one_wheel_by_any_of_its_names(tmp_path: Path, tool: Tool) -> None:
    source = project(tmp_path / "p", NAMED)
    for name in ("fast", "blas :: kind :: mkl, x86_64 :: level :: v4"):
        assert tool("build", source, "--list", "--only", name).stdout.splitlines() == [
            f"linux_x86_64   {_two()}  blas :: kind :: mkl, x86_64 :: level :: v4  (fast)"
        ]
    assert len(tool("build", source, "--list", "--only", "standard", "--only", "a496bd9c").stdout.splitlines()) == 2
    assert "did you mean 'standard'" in tool("build", source, "--list", "--only", "standart", code=2).stderr


def _two() -> str:
    from variantlib.meta import VariantDescription

    return VariantDescription.from_strings(["blas :: kind :: mkl", "x86_64 :: level :: v4"]).hexdigest


def test_what_is_not_a_source(tmp_path: Path, tool: Tool) -> None:
    wheel = tmp_path / "x-1.0-py3-none-any.whl"
    wheel.write_text("")
    assert "dualvariant tag" in tool("build", wheel, "--list", code=2).stderr
    broken = tmp_path / "x-1.0.tar.gz"
    broken.write_text("no archive")
    assert "cannot be read" in tool("build", broken, "--list", code=2).stderr
    assert "NAME==VERSION" in tool("build", "not a name", "--list", code=2).stderr
