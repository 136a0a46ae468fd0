"""The choice with label wheels: both dialects in one release, wishes, several sources, and a true reason for each."""

from __future__ import annotations

import pytest

from label_documents import CPU_PROVIDER, document, static
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects.labels.document import parse_document
from variantlib.label_meta import LabelMetadata
from variantlib.meta import VariantDescription
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import parse_wheel_name

HOST = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2", "v1"])])])
TAGS = TagRanks(["cp311-cp311-linux_x86_64", "py3-none-any"])
TEXT = document(
    {"x86_64": CPU_PROVIDER, "blas": static({"lib": ["openblas", "mkl"]}), "acme": {"requires": ["acme-provider"]}},
    {
        "v3": {"x86_64": {"level": ["v3"]}},
        "fast": {"x86_64": {"level": ["v3"]}},
        "v4": {"x86_64": {"level": ["v4"]}},
        "v2_mkl": {"x86_64": {"level": ["v2"]}, "blas": {"lib": ["mkl"]}},
        "v2": {"x86_64": {"level": ["v2"]}},
        "many": {"blas": {"lib": ["atlas", "blis"]}},
        "acme": {"acme": {"gpu": ["1", "2"]}},
        "null": {},
    },
)
METADATA = parse_document(TEXT)


def label(
    name: str,
    *,
    metadata: LabelMetadata = METADATA,
    tag: str = "py3-none-any",
    build: str = "",
    source: int = 0,
    excluded: str | None = None,
) -> Candidate:
    return Candidate(parse_wheel_name(f"a-1{build}-{tag}-{name}.whl"), metadata.variant(name, source), excluded)


def hashed(*properties: str, tag: str = "py3-none-any") -> Candidate:
    description = VariantDescription.from_strings(properties)
    return Candidate(parse_wheel_name(f"a-1~{description.hexdigest}-{tag}.whl"), description)


STANDARD = Candidate(parse_wheel_name("a-1-cp311-cp311-linux_x86_64.whl"))
HASH_V3, HASH_V4 = hashed("x86_64 :: level :: v3"), hashed("x86_64 :: level :: v4")


def judge(*candidates: Candidate, **wishes: object) -> list[tuple[str, str, str]]:
    verdicts = select(candidates, HOST, TAGS, Preferences(**wishes))  # type: ignore[arg-type]  # the test's own words
    return [(v.candidate.wheel.label or "standard", str(v.outcome), str(v.reason)) for v in verdicts]


def test_both_dialects_and_the_standard_wheel_have_their_places() -> None:
    """Also where the tags of the standard wheel fit best."""
    found = judge(STANDARD, label("null"), HASH_V3, label("v2"), label("v3"), label("v4"))
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("v3", "chosen"),
        ("v2", "beaten"),
        (str(HASH_V3.wheel.label), "beaten"),
        ("null", "beaten"),
        ("standard", "beaten"),
        ("v4", "rejected"),
    ]
    assert [reason for _, _, reason in found] == [
        "the best of 5 wheels that fit, a variant",
        "beaten by v3: 'x86_64 :: level :: v3' is better here than v2",
        "beaten by v3: label variants come before hash variants",
        "beaten by v3: variants with properties that fit come before the one without",
        "beaten by v3: a variant that fits comes before the standard wheel",
        "needs 'x86_64 :: level :: v4', provider x86_64 says v3, v2, v1",
    ]


def test_the_null_variant_comes_behind_the_hash_variants_and_before_the_standard_wheel() -> None:
    found = judge(STANDARD, label("null"), HASH_V3)
    assert [name for name, _, _ in found] == [HASH_V3.wheel.label, "null", "standard"]
    assert found[1][2].endswith("variants with properties that fit come before the one without")
    found = judge(STANDARD, label("null"))
    assert [name for name, _, _ in found] == ["null", "standard"]


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [
        ("v3", "v2_mkl", "'x86_64 :: level :: v3' is better here than v2"),
        ("v2_mkl", "v2", "it has all of its features and 1 more"),
        ("fast", "v3", "they support the same, and its label comes first in the alphabet"),
    ],
)
def test_of_two_labels_one_is_better(better: str, worse: str, why: str) -> None:
    for names in ((better, worse), (worse, better)):
        assert judge(*map(label, names))[1] == (worse, "beaten", f"beaten by {better}: {why}")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("many", "needs 'blas :: lib :: atlas or blis', the release's own list for blas says openblas, mkl"),
        (
            "acme",
            "needs 'acme :: gpu :: 1 or 2', and no provider answers for 'acme': it is left to the package "
            "'acme-provider', which is never installed, and nothing here answers in its place",
        ),
    ],
)
def test_a_rejected_label_names_what_would_do_and_who_says_otherwise(name: str, why: str) -> None:
    assert judge(label(name)) == [(name, "rejected", why)]


def test_a_label_without_metadata_is_out() -> None:
    assert judge(Candidate(parse_wheel_name("a-1-py3-none-any-v3.whl"))) == [
        ("v3", "rejected", "its properties are not known")
    ]
    assert judge(label("v3", excluded="yanked"))[0][2] == "yanked"


def test_the_tags_decide_between_wheels_of_one_label_and_then_the_build_number() -> None:
    wheels = [
        label("v3", build="-9"),
        label("v3", tag="cp311-cp311-linux_x86_64"),
        label("v3", tag="cp311-cp311-linux_x86_64", build="-2"),
        label("v3", tag="cp312-cp312-linux_x86_64"),
    ]
    verdicts = select(wheels, HOST, TAGS)
    assert [v.candidate for v in verdicts] == [wheels[2], wheels[1], wheels[0], wheels[3]]
    assert [str(v.reason) for v in verdicts[1:3]] == [
        "beaten by v3: it has a higher build number",
        "beaten by v3: its tags fit this interpreter better",
    ]


def test_eight_hexadecimal_digits_are_a_label_and_no_hash() -> None:
    digits = str(HASH_V3.wheel.label)
    metadata = parse_document(document({"x86_64": CPU_PROVIDER}, {digits: {"x86_64": {"level": ["v2"]}}}))
    candidate = label(digits, metadata=metadata)
    assert judge(candidate, HASH_V3)[0][1] == "chosen"
    assert candidate.description is not None
    assert candidate.description.properties == ["x86_64 :: level :: v2"]


# --- what the user asked for


def test_no_variant_excludes_every_label_the_one_without_properties_too() -> None:
    found = judge(label("v3"), label("null"), STANDARD, no_variant=True)
    assert [(name, outcome) for name, outcome, _ in found] == [
        ("standard", "chosen"),
        ("v3", "rejected"),
        ("null", "rejected"),
    ]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [("v2", "v2"), ("null", "null"), ("blas :: lib :: mkl", "v2_mkl"), ("x86_64 :: level :: v2", "v2_mkl")],
)
def test_a_label_or_a_property_can_be_asked_for(wanted: str, chosen: str) -> None:
    found = judge(STANDARD, *map(label, ("v3", "v2", "v2_mkl", "null")), HASH_V3, wanted=(wanted,))
    assert found[0][:2] == (chosen, "chosen")
    assert ("v3", "rejected", f"--variant asks for {wanted!r}") in found


def test_a_label_that_does_not_fit_is_taken_by_force_alone() -> None:
    assert judge(label("v4"), STANDARD, wanted=("v4",))[0][1] == "rejected"
    found = judge(label("v4"), STANDARD, wanted=("v4",), force=True)
    why = "forced, although it needs 'x86_64 :: level :: v4', provider x86_64 says v3, v2, v1"
    assert found[0] == ("v4", "chosen", why)


def test_of_two_that_are_forced_the_label_comes_first() -> None:
    found = judge(HASH_V4, label("v4"), wanted=("x86_64 :: level :: v4",), force=True)
    assert [name for name, _, _ in found] == ["v4", HASH_V4.wheel.label]
    assert found[1][2] == "beaten by v4: label variants come before hash variants"


def test_what_fits_comes_before_what_is_forced() -> None:
    text = document(
        {"x86_64": CPU_PROVIDER}, {"b": {"x86_64": {"level": ["v3", "v4"]}}, "a": {"x86_64": {"level": ["v4"]}}}
    )
    metadata = parse_document(text)
    found = judge(
        label("a", metadata=metadata), label("b", metadata=metadata), wanted=("x86_64 :: level :: v4",), force=True
    )
    assert found[0][:2] == ("b", "chosen")
    assert found[1] == ("a", "beaten", "beaten by b: this host supports all that it needs")


# --- several sources


def test_variants_of_two_sources_are_ranked_each_by_its_own_document() -> None:
    """One label means two things; neither document says anything about the wheels of the other source."""
    providers = {"x86_64": CPU_PROVIDER}
    one = parse_document(document(providers, {"v3": {"x86_64": {"level": ["v1"]}}}))
    other = parse_document(
        document(providers, {"v3": {"x86_64": {"level": ["v4"]}}, "b": {"x86_64": {"level": ["v3"]}}})
    )
    first = label("v3", metadata=one, build="-1")
    candidates = [label("b", metadata=other, source=1), label("v3", metadata=other, source=1), first]
    verdicts = select(candidates, HOST, TAGS)
    assert [v.candidate for v in verdicts] == [first, candidates[0], candidates[1]]
    assert [v.outcome for v in verdicts] == [Outcome.CHOSEN, Outcome.BEATEN, Outcome.REJECTED]
    assert "from a source that comes first" in str(verdicts[1].reason)
