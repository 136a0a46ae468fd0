"""``tag --dialect label`` and ``convert``: label wheels that every tool of the label dialect takes."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import reference_variantlib
from label_documents import CPU_PROVIDER, document, make_label_wheel, static
from samples import HAL9000, make_wheel
from servers import IndexServer, serving
from tool import Tool
from uv_preview import install
from variantlib.dialects import hashes, labels
from variantlib.dialects.labels.document import parse_document

V3 = "x86_64 :: level :: v3"
BUILT_IN = {
    "x86_64": CPU_PROVIDER,
    "aarch64": {"requires": ["aarch64-variant-provider >=0.2,<1"]},
}
TABLE = """
[variant.default-priorities]
namespace = ["blas", "x86_64"]
[variant.providers.x86_64]
requires = ["x86-64-variant-provider >=0.2,<1"]
[variant.providers.blas]
feature-order = ["threads", "lib"]
[variant.providers.blas.static-properties]
lib = ["openblas", "mkl"]
threads = ["on"]
[variant.variants.quick.blas]
lib = ["mkl"]
"""

#: The same without the processor, so that no plugin has to be asked.
ONE_NAMESPACE = TABLE.replace(', "x86_64"', "").replace("[variant.providers.x86_64]\nrequires", "[other]\nlist")


def document_of(wheel: Path) -> dict[str, object]:
    """The document in a label wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith(".dist-info/variant.json")]
        found: dict[str, object] = json.loads(archive.read(path))
        return found


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "pyproject.toml"
    path.write_text(TABLE)
    return path


# --- tag


@pytest.mark.parametrize(
    ("options", "label"),
    [
        (["-p", V3], "x86_64_v3"),
        (["-p", V3, "x86_64 :: avx512_bf16 :: on"], "x86_64_avx512_bf16_v3"),
        (["-p", "aarch64 :: version :: 8.2a"], "aarch64_8.2a"),
        (["-p", V3, "--label", "fast.1"], "fast.1"),
        (["--label", "null"], "null"),
        (["-p", V3, "x86_64 :: level :: v4", "--label", "either"], "either"),
    ],
)
def test_a_label_wheel_is_made_of_a_standard_wheel(options: list[str], label: str, tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path / "in", "thing", "1.0", build="2")
    said = tool("tag", wheel, "--dialect", "label", *options, "-o", tmp_path / "out").stdout
    path = tmp_path / "out" / f"thing-1.0-2-py3-none-any-{label}.whl"
    assert said == f"{path}\n"
    variant = labels.read_wheel(path)
    assert variant is not None and variant.label == label
    assert document_of(path)["providers"] == BUILT_IN
    assert tool("tag", wheel, "--dialect", "label", *options, "-o", tmp_path / "out").stdout == said


def test_of_the_tags_that_auditwheel_writes_one_is_left(tmp_path: Path, tool: Tool) -> None:
    tag = "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64"
    wheel = make_wheel(tmp_path / "in", "thing", "1.0", tag=tag)
    path = Path(tool("tag", wheel, "--dialect", "label", "-p", V3, "-o", tmp_path / "out").stdout.strip())
    assert path.name == "thing-1.0-cp311-cp311-manylinux_2_17_x86_64-x86_64_v3.whl"
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("thing-1.0.dist-info/WHEEL").decode().splitlines()
    assert [line for line in lines if line.startswith("Tag")] == ["Tag: cp311-cp311-manylinux_2_17_x86_64"]


def test_the_table_of_the_project_has_namespaces_and_labels(table: Path, tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path / "in", "thing", "1.0")
    options: list[str | Path] = ["--dialect", "label", "--config", table, "-o", tmp_path / "out"]
    for arguments, name in [
        (["-p", "blas :: lib :: mkl"], "quick"),
        (["--label", "quick"], "quick"),
        (["-p", "blas :: lib :: openblas", V3], "blas_openblas_x86_64_v3"),
    ]:
        path = Path(tool("tag", wheel, *arguments, *options).stdout.strip())
        assert path.name == f"thing-1.0-py3-none-any-{name}.whl"
        found = document_of(path)
        assert found["default-priorities"] == {"namespace": ["blas", "x86_64"]}
        assert found["providers"] == {
            "x86_64": CPU_PROVIDER,
            "blas": static({"threads": ["on"], "lib": ["openblas", "mkl"]}),
        }
    result = tool("tag", wheel, "-p", V3, "--label", "quick", *options, code=2)
    assert "[variant.variants] says that 'quick' stands for blas :: lib :: mkl" in result.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["-p", HAL9000[0]], "a label variant has no upper-case letters in its properties (PEP 825)"),
        (["-p", "blas :: lib :: mkl"], "no provider is declared for 'blas'"),
        (["-p", V3, "--label", "Fast"], "no label (only 0-9, a-z, _ and . may be in one): 'Fast'"),
        (["-p", V3, "--label", "null"], "the label 'null' is that of the variant without properties"),
        (["--label", "fast"], "the label 'null' is that of the variant without properties"),
        ([], "no property was named"),
    ],
)
def test_what_the_label_dialect_cannot_say_is_refused(options: list[str], why: str, tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path / "in", "thing", "1.0")
    assert why in tool("tag", wheel, "--dialect", "label", *options, "-o", tmp_path / "out", code=2).stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("*.whl"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[variant.providers.cpu]\nbuild-requires = ['p']", "has 'build-requires'"),
        ("[variant]\nx = 1", "[variant] cannot be used"),
        ("variant = 1", "[variant] must be a table"),
        ("[project]", "it has no table [variant]"),
        (TABLE.replace('"mkl"]', '"MKL"]', 1), "providers.blas.static-properties.lib: must match"),
    ],
)
def test_a_table_that_cannot_be_used_is_named_with_its_place(text: str, why: str, table: Path, tool: Tool) -> None:
    table.write_text(text)
    wheel = make_wheel(table.parent, "thing", "1.0")
    options: list[str | Path] = ["--dialect", "label", "-p", V3, "--config", table, "-o", table.parent]
    assert why in tool("tag", wheel, *options, code=5, error="invalid-declaration").stderr


def test_options_of_label_wheels_mean_nothing_to_hash_wheels(tmp_path: Path, tool: Tool) -> None:
    wheel = make_wheel(tmp_path, "thing", "1.0")
    tool("tag", wheel, "-p", V3, "--label", "x", "-o", tmp_path, code=2)


# --- convert


def test_there_and_back_again_is_equal_byte_for_byte(tmp_path: Path, tool: Tool) -> None:
    hashed = make_wheel(
        tmp_path / "in",
        "thing",
        "1.0",
        properties=[V3, "x86_64 :: aes :: on"],
        requires=["a; os_name == 'nt'"],
        more=["data"],
    )
    labelled = Path(tool("convert", hashed, "-o", tmp_path / "label").stdout.strip())
    assert labelled.name == "thing-1.0-py3-none-any-x86_64_aes_v3.whl"
    variant = labels.read_wheel(labelled)
    assert variant is not None and variant.properties == ["x86_64 :: aes :: on", V3]
    back = Path(tool("convert", labelled, "-o", tmp_path / "back").stdout.strip())
    assert (back.name, back.read_bytes()) == (hashed.name, hashed.read_bytes())
    again = Path(tool("convert", back, "-o", tmp_path / "again").stdout.strip())
    assert again.read_bytes() == labelled.read_bytes()
    standard = make_wheel(
        tmp_path / "in",
        "thing",
        "1.0",
        body=f"__version__ = '1.0'\nPROPERTIES = {variant.properties!r}\n",
        requires=["a; os_name == 'nt'"],
        more=["data"],
    )
    tagged = tool("tag", standard, "--dialect", "label", "-p", V3, "x86_64 :: aes :: on", "-o", tmp_path / "tag").stdout
    assert Path(tagged.strip()).read_bytes() == labelled.read_bytes()


def test_a_label_can_be_chosen_and_the_table_counts(table: Path, tmp_path: Path, tool: Tool) -> None:
    hashed = make_wheel(tmp_path / "in", "thing", "1.0", properties=["blas :: lib :: mkl"])
    path = Path(tool("convert", hashed, "--config", table, "-o", tmp_path / "out").stdout.strip())
    assert path.name.endswith("-quick.whl")
    other = make_wheel(tmp_path / "in", "thing", "1.0", properties=[V3])
    path = Path(tool("convert", other, "--label", "fast", "-o", tmp_path / "out").stdout.strip())
    assert path.name.endswith("-fast.whl")


def test_what_the_other_dialect_cannot_express_is_refused_by_name(tmp_path: Path, tool: Tool) -> None:
    hashed = make_wheel(tmp_path, "thing", "1.0", properties=HAL9000)
    assert "'fictional_hw :: architecture :: HAL9000'" in tool("convert", hashed, "-o", tmp_path, code=2).stderr
    text = document({"gpu": static({"arch": ["90", "80"]})}, {"fat": {"gpu": {"arch": ["80", "90"]}}, "null": {}})
    fat = make_label_wheel(tmp_path, "thing", "1.0", "fat", text)
    assert "'gpu :: arch :: 80 or 90'" in tool("convert", fat, "-o", tmp_path, code=5).stderr
    null = make_label_wheel(tmp_path, "thing", "1.0", "null", text)
    assert "this one has none" in tool("convert", null, "-o", tmp_path, code=5).stderr
    assert (
        "a standard wheel is no variant"
        in tool("convert", make_wheel(tmp_path, "thing", "1.0"), "-o", tmp_path, code=2).stderr
    )
    assert hashes.read_wheel(hashed) is not None


# --- what other tools make of it


def test_uv_and_the_reference_choose_among_our_wheels(tmp_path: Path, tool: Tool) -> None:
    """Made by ``tag``, listed by ``index``; what uv installs is the best, and both rank alike."""
    table = tmp_path / "pyproject.toml"
    table.write_text(ONE_NAMESPACE)
    wheels = tmp_path / "wheels"
    standard = make_wheel(wheels, "thing", "1.0")
    for lib in ("mkl", "openblas"):
        tool("tag", standard, "--dialect", "label", "-p", f"blas :: lib :: {lib}", "--config", table, "-o", wheels)
    tool("tag", standard, "--dialect", "label", "--label", "null", "--config", table, "-o", wheels)
    tool("index", wheels)
    text = (wheels / "thing-1.0-variants.json").read_text()
    assert reference_variantlib.rank(text) == ["blas_openblas", "quick", "null"]
    with serving(IndexServer(wheels, "json")) as server:
        assert install(server, "thing", tmp_path / "target") == "thing-1.0-py3-none-any-blas_openblas.whl"


def test_wheels_of_the_reference_are_chosen_alike(table: Path, tmp_path: Path, tool: Tool, target: Path) -> None:
    """Made by its ``make-variant``, listed by its ``generate-index-json``, chosen by uv and by us."""
    table.write_text(ONE_NAMESPACE.partition("[variant.variants")[0])
    wheels = tmp_path / "wheels"
    standard = make_wheel(wheels, "thing", "1.0")
    for lib in ("mkl", "openblas"):
        reference_variantlib.run(
            *("make-variant", "-f", standard, "-o", wheels, "--pyproject-toml", table, "--skip-plugin-validation"),
            *("--variant-label", f"with_{lib}", "-p", f"blas :: lib :: {lib}"),
        )
    reference_variantlib.run("generate-index-json", "-d", wheels)
    text = (wheels / "thing-1.0-variants.json").read_text()
    assert set(parse_document(text).variants) == {"with_mkl", "with_openblas"}
    with serving(IndexServer(wheels, "json")) as server:
        assert install(server, "thing", tmp_path / "uv") == "thing-1.0-py3-none-any-with_openblas.whl"
        tool("install", "thing", "-i", server.url, "--python", target)
    (entry,) = [d for d in json.loads(tool("list", "--json", "--python", target).stdout) if d["name"] == "thing"]
    assert (entry["label"], entry["properties"]) == ("with_openblas", ["blas :: lib :: openblas"])
