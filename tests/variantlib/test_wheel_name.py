"""Wheel file names: three forms, one parser, and a precise reason for each name that has none of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.tags import Tag
from packaging.version import Version

from strategies import BUILDS, HASHES, LABELS, PROJECTS, PYTHON_TAGS, TAGS, VERSIONS
from variantlib.errors import WheelNameError
from variantlib.wheel_name import Dialect, parse_wheel_name

#: What stands between the dashes of a wheel file name: any characters but a dash.
PARTS = st.text(st.characters(exclude_characters="-"), min_size=1, max_size=4)
#: Names that have the parts of a wheel file name and are seldom right in each of them.
NEARLY_NAMES = st.builds(
    "{}-{}{}-py3-none-any{}.whl".format, PARTS, PARTS, *[st.just("") | PARTS.map("-{}".format)] * 2
)


# --- what is a name


@pytest.mark.parametrize(
    ("filename", "name", "version", "build", "tags", "dialect", "label"),
    [
        ("a-1-py3-none-any.whl", "a", "1", (), "py3-none-any", "standard", None),
        ("dummy_project-0.0.1-py3-none-any.whl", "dummy-project", "0.0.1", (), "py3-none-any", "standard", None),
        (
            "dummy_project-0.0.1~36266d4d-py3-none-any.whl",
            "dummy-project",
            "0.0.1",
            (),
            "py3-none-any",
            "hash",
            "36266d4d",
        ),
        ("a-1-2~36266d4d-py3-none-any.whl", "a", "1", (2, ""), "py3-none-any", "hash", "36266d4d"),
        ("a-1-2~00000000-py3-none-any.whl", "a", "1", (2, ""), "py3-none-any", "hash", "00000000"),
        ("a-1-py3-none-any-x86_64_v3.whl", "a", "1", (), "py3-none-any", "label", "x86_64_v3"),
        ("a-1-2-py3-none-any-null.whl", "a", "1", (2, ""), "py3-none-any", "label", "null"),
        ("a-1-py3-none-any-36266d4d.whl", "a", "1", (), "py3-none-any", "label", "36266d4d"),
        ("a-1-py3-none-any-cu12.4.whl", "a", "1", (), "py3-none-any", "label", "cu12.4"),
        ("a-1-1-py3-none-any.whl", "a", "1", (1, ""), "py3-none-any", "standard", None),
        ("a-1-007_local.x-py3-none-any.whl", "a", "1", (7, "_local.x"), "py3-none-any", "standard", None),
        ("a-1!2.0-py3-none-any.whl", "a", "1!2.0", (), "py3-none-any", "standard", None),
        ("a-1.0+cu118-py3-none-any.whl", "a", "1.0+cu118", (), "py3-none-any", "standard", None),
        ("a-1.0+cu118~36266d4d-py3-none-any.whl", "a", "1.0+cu118", (), "py3-none-any", "hash", "36266d4d"),
        ("a-1.0+cu118-3~36266d4d-py3-none-any.whl", "a", "1.0+cu118", (3, ""), "py3-none-any", "hash", "36266d4d"),
        ("a-1.0+cu118-py3-none-any-gpu.whl", "a", "1.0+cu118", (), "py3-none-any", "label", "gpu"),
        ("A.B__c-1.0RC1.dev2-py3-none-any.whl", "a-b-c", "1.0rc1.dev2", (), "py3-none-any", "standard", None),
        (
            "n-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "n",
            "1",
            (),
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "standard",
            None,
        ),
        ("n-1~36266d4d-py2.py3-none-any.whl", "n", "1", (), "py2.py3-none-any", "hash", "36266d4d"),
        ("n-1-py2.py3-none-any-v3.whl", "n", "1", (), "py2.py3-none-any", "label", "v3"),
    ],
)
def test_each_part_of_a_name_is_found(
    filename: str,
    name: str,
    version: str,
    build: tuple[int, str] | tuple[()],
    tags: str,
    dialect: str,
    label: str | None,
) -> None:
    wheel = parse_wheel_name(filename)
    assert filename == wheel.filename
    assert name == wheel.name
    assert Version(version) == wheel.version
    assert build == wheel.build
    assert tags == f"{wheel.python}-{wheel.abi}-{wheel.platform}"
    assert dialect == str(wheel.dialect) == wheel.dialect.value
    assert label == wheel.label


def test_compressed_tags_stand_for_every_combination() -> None:
    wheel = parse_wheel_name("n-1~36266d4d-py2.py3-none-linux_x86_64.any.whl")
    expected = {Tag(python, "none", platform) for python in ("py2", "py3") for platform in ("linux_x86_64", "any")}
    assert expected == wheel.tags


def test_a_hash_in_the_place_of_a_label_is_a_label() -> None:
    """Eight hexadecimal digits are a legal label: one model serves both dialects."""
    founding = parse_wheel_name("a-1~36266d4d-py3-none-any.whl")
    standards_track = parse_wheel_name("a-1-py3-none-any-36266d4d.whl")
    assert founding.label == standards_track.label
    assert (founding.dialect, standards_track.dialect) == (Dialect.HASH, Dialect.LABEL)


def test_a_dialect_reads_as_its_name() -> None:
    assert [str(dialect) for dialect in Dialect] == ["standard", "hash", "label"]


# --- the other names of the same wheel


@pytest.mark.parametrize(
    "filename",
    [
        "a-1.0-py3-none-any.whl",
        "a-1.0~36266d4d-py3-none-any.whl",
        "a-1.0-py3-none-any-v3.whl",
    ],
)
def test_the_standard_name_of_a_wheel(filename: str) -> None:
    assert parse_wheel_name(filename).standard_filename == "a-1.0-py3-none-any.whl"


def test_names_are_repeated_as_they_were_written() -> None:
    """Normalizing them would make another file of it."""
    wheel = parse_wheel_name("A.b-01.0+CU118-007b~36266d4d-Py3-none-any.whl")
    assert wheel.standard_filename == "A.b-01.0+CU118-007b-Py3-none-any.whl"
    assert wheel.hash_filename("9091cdc4") == "A.b-01.0+CU118-007b~9091cdc4-Py3-none-any.whl"


@given(
    project=PROJECTS,
    version=VERSIONS,
    build=st.none() | BUILDS,
    python=PYTHON_TAGS,
    abi=TAGS,
    platform=TAGS,
    digest=HASHES,
    label=LABELS,
)
@example(
    "A.b", "1!01.0rc1.post2.dev3+cu118.x", "007_b.c", "py2.py3", "none", "manylinux_2_17_x86_64.any", "0" * 8, "null"
)
@example("a", "0", None, "py3", "none", "any", "36266d4d", "36266d4d")
def test_the_three_names_of_one_wheel_lead_to_each_other(
    project: str,
    version: str,
    build: str | None,
    python: str,
    abi: str,
    platform: str,
    digest: str,
    label: str,
) -> None:
    release = f"{project}-{version}" if build is None else f"{project}-{version}-{build}"
    tags = f"{python}-{abi}-{platform}"
    standard = parse_wheel_name(f"{release}-{tags}.whl")
    variant = parse_wheel_name(f"{release}~{digest}-{tags}.whl")
    labelled = parse_wheel_name(f"{release}-{tags}-{label}.whl")

    assert (standard.dialect, standard.label) == (Dialect.STANDARD, None)
    assert (Dialect.HASH, digest) == (variant.dialect, variant.label)
    assert (Dialect.LABEL, label) == (labelled.dialect, labelled.label)
    for wheel in (standard, variant, labelled):
        assert standard.filename == wheel.standard_filename
        assert variant.filename == wheel.hash_filename(digest)
        assert Version(version) == wheel.version
        assert (standard.name, standard.build, standard.tags) == (wheel.name, wheel.build, wheel.tags)


# --- what is no name


@pytest.mark.parametrize(
    ("filename", "why"),
    [
        ("", "it does not end in '.whl'"),
        ("a-1.tar.gz", "it does not end in '.whl'"),
        ("a-1-py3-none-any.WHL", "it does not end in '.whl'"),
        ("a-1-py3-none-any.whl\n", "it does not end in '.whl'"),
        ("a-1-py3-none-any.whl.metadata", "it does not end in '.whl'"),
        (".whl", "1 part between dashes, at least 5 are needed: name-version-python-abi-platform"),
        ("a-1-py3-none.whl", "4 parts between dashes"),
        ("a-1~36266d4d-none-any.whl", "4 parts between dashes"),
        ("a-1-1-none-any.whl", "2 parts where python, abi, platform and perhaps a label belong"),
        ("a-1-2-py3-none-any-v3-x.whl", "5 parts where python, abi, platform and perhaps a label belong"),
        ("a-1-py3-none-any-v3-x.whl", "5 parts where python, abi, platform and perhaps a label belong"),
        # the hash
        ("a-1~-py3-none-any.whl", "the hash must be 8 hexadecimal digits in lower case, not ''"),
        ("a-1~36266d4-py3-none-any.whl", "not '36266d4'"),
        ("a-1~36266d4d0-py3-none-any.whl", "not '36266d4d0'"),
        ("a-1~36266D4D-py3-none-any.whl", "not '36266D4D'"),
        ("a-1~36266d4g-py3-none-any.whl", "not '36266d4g'"),
        ("a-1~36266d4d~36266d4d-py3-none-any.whl", "not '36266d4d~36266d4d'"),
        ("a-1~36266d4d\n-py3-none-any.whl", r"not '36266d4d\n'"),
        ("a-1~٣٦٢٦٦٠٤٠-py3-none-any.whl", "the hash must be 8 hexadecimal digits"),
        ("a-1~36266d4d-2-py3-none-any.whl", "'~' belongs before a hash, behind the version or the build number"),
        ("a~36266d4d-1-py3-none-any.whl", "'~' belongs before a hash"),
        ("a-1-py3~36266d4d-none-any.whl", "'~' belongs before a hash"),
        ("a-1~36266d4d-py3-none-any~36266d4d.whl", "'~' belongs before a hash"),
        ("a-1~36266d4d-py3-none-any-v3.whl", "both a hash and a label: '~36266d4d' and '-v3'"),
        # the label
        ("a-1-py3-none-any-V3.whl", "'V3' is no label ([0-9a-z_.]+), and 'py3' is no build number"),
        ("a-1-py3-none-any-.whl", "'' is no label"),
        ("a-1-py3-none-any-a+b.whl", "'a+b' is no label"),
        ("a-1-py3-none-any-v\u0663.whl", "'v\u0663' is no label"),
        ("a-1-b2-py3-none-Any.whl", "'Any' is no label ([0-9a-z_.]+), and 'b2' is no build number"),
        # the build number
        ("a-1-2+b-py3-none-any.whl", "'2+b' is no build number"),
        ("a-1-²-py3-none-any.whl", "'²' is no build number"),
        ("a-1-1 -py3-none-any.whl", "'1 ' is no build number"),
        (f"a-1-{'9' * 5000}-py3-none-any.whl", f"'{'9' * 5000}' is no build number"),
        # the tags
        ("a-1--none-any.whl", "'' is no python tag"),
        ("a-1-py3--any.whl", "'' is no abi tag"),
        ("a-1-py3-none-.whl", "'' is no platform tag"),
        ("a-1-py2..py3-none-any.whl", "'py2..py3' is no python tag"),
        ("a-1-py3-none-any/..whl", "'any/.' is no platform tag"),
        ("a-1-py3-none-linux x86.whl", "'linux x86' is no platform tag"),
        ("a-1-py3-none-any\\b.whl", r"'any\\b' is no platform tag"),
        ("a-1-py3-n\x00ne-any.whl", r"'n\x00ne' is no abi tag"),
        ("a-1-pÿ3-none-any.whl", "'pÿ3' is no python tag"),
        # the project
        ("-1-py3-none-any.whl", "'' is no distribution name"),
        ("../a-1-py3-none-any.whl", "'../a' is no distribution name"),
        ("/etc/a-1-py3-none-any.whl", "'/etc/a' is no distribution name"),
        ("..\\a-1-py3-none-any.whl", r"'..\\a' is no distribution name"),
        ("C:a-1-py3-none-any.whl", "'C:a' is no distribution name"),
        ("_a-1-py3-none-any.whl", "'_a' is no distribution name"),
        ("a b-1-py3-none-any.whl", "'a b' is no distribution name"),
        ("a\x1b[2J-1-py3-none-any.whl", r"'a\x1b[2J' is no distribution name"),
        ("ａ-1-py3-none-any.whl", "'ａ' is no distribution name"),
        ("a%2e-1-py3-none-any.whl", "'a%2e' is no distribution name"),
        # the version
        ("a--py3-none-any.whl", "'' is no version (PEP 440)"),
        ("a-one-py3-none-any.whl", "'one' is no version (PEP 440)"),
        ("a-1/../2-py3-none-any.whl", "'1/../2' is no version (PEP 440)"),
        ("a-1\n-py3-none-any.whl", r"'1\n' is no version (PEP 440)"),
        ("a- 1-py3-none-any.whl", "' 1' is no version (PEP 440)"),
        ("a-1\xa0-py3-none-any.whl", r"'1\xa0' is no version (PEP 440)"),
        ("a-1\x1b-py3-none-any.whl", r"'1\x1b' is no version (PEP 440)"),
        ("a-١-py3-none-any.whl", "'١' is no version (PEP 440)"),
        ("a-1.po\u017ft1-py3-none-any.whl", "'1.po\u017ft1' is no version (PEP 440)"),
        (f"a-{'9' * 5000}-py3-none-any.whl", f"'{'9' * 5000}' is no version (PEP 440)"),
    ],
)
def test_a_bad_name_is_refused_for_its_reason(filename: str, why: str) -> None:
    with pytest.raises(WheelNameError, match=re.escape(why)) as caught:
        parse_wheel_name(filename)
    assert filename == caught.value.filename
    assert f"not a wheel name ({caught.value.why}): {filename!r}" == str(caught.value)


@given(st.text(alphabet="a1~-._+!/\\ \n\x00²ſ", max_size=30).map(lambda text: f"{text}.whl") | NEARLY_NAMES)
def test_any_text_is_a_plain_file_name_or_a_wheel_name_error(filename: str) -> None:
    """What is accepted cannot leave a folder, break a line or hide in a terminal."""
    try:
        wheel = parse_wheel_name(filename)
    except WheelNameError:
        return
    for name in (wheel.filename, wheel.standard_filename, wheel.hash_filename("36266d4d")):
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._!+~-]*\.whl", name)


def test_why_a_release_is_bad_is_said_each_time() -> None:
    """Names and versions are remembered between wheels, their faults too."""
    for tag in ("py2", "py3"):
        with pytest.raises(WheelNameError, match="'x' is no version") as caught:
            parse_wheel_name(f"a-x-{tag}-none-any.whl")
        assert f"a-x-{tag}-none-any.whl" == caught.value.filename
