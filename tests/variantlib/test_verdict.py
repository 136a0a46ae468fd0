"""Reasons: each class of verdict says in one sentence what decided, and is true."""

from __future__ import annotations

import pytest

from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import VariantDescription
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import parse_wheel_name

HOST = HostProfile(
    [
        ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2", "v1"]), KeyConfig("avx", ["on"])]),
        ProviderConfig("gpu", [KeyConfig("sm", ["90", "80"])]),
    ]
)
TAGS = TagRanks(["cp311-cp311-linux_x86_64", "py3-none-any"])


def variant(*properties: str, tag: str = "py3-none-any", build: str = "", excluded: str | None = None) -> Candidate:
    description = VariantDescription.from_strings(properties)
    return Candidate(parse_wheel_name(f"a-1{build}~{description.hexdigest}-{tag}.whl"), description, excluded)


def standard(tag: str = "py3-none-any", build: str = "") -> Candidate:
    return Candidate(parse_wheel_name(f"a-1{build}-{tag}.whl"))


V3, V2 = variant("x86_64 :: level :: v3"), variant("x86_64 :: level :: v2")
AVX, GPU = variant("x86_64 :: avx :: on"), variant("gpu :: sm :: 80")
BOTH = variant("x86_64 :: level :: v2", "gpu :: sm :: 80")


def verdicts(*candidates: Candidate, **wishes: object) -> list[Verdict]:
    return select(candidates, HOST, TAGS, Preferences(**wishes))  # type: ignore[arg-type]  # the test's own words


def reason(verdict: Verdict, outcome: Outcome) -> str:
    assert outcome is verdict.outcome
    return str(verdict.reason)


# --- chosen


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([V3], "the only wheel that fits, a variant"),
        ([standard()], "the only wheel that fits, a standard wheel"),
        ([V3, V2, standard()], "the best of 3 wheels that fit, a variant"),
        ([standard(), standard(build="-1")], "the best of 2 wheels that fit, a standard wheel"),
    ],
)
def test_chosen(candidates: list[Candidate], expected: str) -> None:
    assert expected == reason(verdicts(*candidates)[0], Outcome.CHOSEN)


def test_chosen_by_force_says_so_and_what_the_host_lacks() -> None:
    v4 = variant("x86_64 :: level :: v4")
    (verdict,) = verdicts(v4, wanted=("x86_64 :: level :: v4",), force=True)
    expected = "forced, although it needs 'x86_64 :: level :: v4', provider x86_64 says v3, v2, v1"
    assert expected == reason(verdict, Outcome.CHOSEN)


# --- beaten


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [
        (V2, standard(), "a variant that fits comes before the standard wheel"),
        (BOTH, V3, "it has more fitting properties, 2 against 1"),
        (V2, AVX, "'x86_64 :: level' is more important here than 'x86_64 :: avx'"),
        (AVX, GPU, "'x86_64 :: avx' is more important here than 'gpu :: sm'"),
        (
            variant("x86_64 :: level :: v2", "x86_64 :: avx :: on"),
            variant("x86_64 :: level :: v3", "gpu :: sm :: 80"),
            "'x86_64 :: avx' is more important here than 'gpu :: sm'",
        ),
        (V3, V2, "'x86_64 :: level :: v3' is better here than v2"),
        (
            variant("x86_64 :: level :: v2", "gpu :: sm :: 90"),
            variant("x86_64 :: level :: v2", "gpu :: sm :: 80"),
            "'gpu :: sm :: 90' is better here than 80",
        ),
        (
            variant("x86_64 :: level :: v2", tag="cp311-cp311-linux_x86_64"),
            variant("x86_64 :: level :: v2", build="-7"),
            "its tags fit this interpreter better",
        ),
        (
            variant("x86_64 :: level :: v2", build="-2"),
            variant("x86_64 :: level :: v2", build="-1"),
            "it has a higher build number",
        ),
    ],
)
def test_beaten_by_another(better: Candidate, worse: Candidate, why: str) -> None:
    for offered in ((better, worse), (worse, better)):
        first, second = verdicts(*offered)
        assert better == first.candidate
        assert f"beaten by {better.wheel.label}: {why}" == reason(second, Outcome.BEATEN)


@pytest.mark.parametrize(
    ("better", "worse", "why"),
    [
        (standard("cp311-cp311-linux_x86_64"), standard(), "its tags fit this interpreter better"),
        (standard(build="-1"), standard(), "it has a higher build number"),
        (standard(build="-1"), standard("py2.py3-none-any"), "it has a higher build number"),
        (standard(), standard("py2.py3-none-any"), "it is listed first, and they do not differ otherwise"),
    ],
)
def test_a_standard_wheel_that_beats_another_is_named_by_its_file(
    better: Candidate, worse: Candidate, why: str
) -> None:
    first, second = verdicts(better, worse)
    assert better == first.candidate
    assert f"beaten by {better.wheel.filename}: {why}" == reason(second, Outcome.BEATEN)


def test_forced_wheels_are_told_apart_truthfully() -> None:
    large = variant("x86_64 :: level :: v2", "npu :: a :: 1", "npu :: b :: 1")
    small = variant("x86_64 :: level :: v2", "npu :: c :: 1")
    twin = variant("x86_64 :: level :: v2", "npu :: a :: 1")
    wish = {"wanted": ("x86_64 :: level :: v2",), "force": True}

    first, second = verdicts(large, V2, **wish)
    assert first.candidate == V2
    assert f"beaten by {V2.wheel.label}: this host supports all that it needs" == reason(second, Outcome.BEATEN)

    first, second = verdicts(small, large, **wish)
    assert large == first.candidate
    assert str(second.reason).endswith("it has more properties, 3 against 2")

    first, second = verdicts(small, twin, **wish)
    assert small == first.candidate
    assert str(second.reason).endswith("it is listed first, and they do not differ otherwise")


# --- rejected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (["x86_64 :: level :: v4"], "needs 'x86_64 :: level :: v4', provider x86_64 says v3, v2, v1"),
        (["x86_64 :: amx :: on"], "needs 'x86_64 :: amx :: on', provider x86_64 does not offer the key here"),
        (["npu :: tops :: 40"], "needs 'npu :: tops :: 40', no provider 'npu' reports anything for this host"),
        (["x86_64 :: level :: v3", "gpu :: sm :: 70"], "needs 'gpu :: sm :: 70', provider gpu says 90, 80"),
    ],
)
def test_rejected_for_what_the_host_lacks(properties: list[str], expected: str) -> None:
    (verdict,) = verdicts(variant(*properties))
    assert expected == reason(verdict, Outcome.REJECTED)


def test_a_long_list_of_values_is_cut() -> None:
    listed = HostProfile([ProviderConfig("gpu", [KeyConfig("cuda", [f"12.{minor}" for minor in range(9, 0, -1)])])])
    (verdict,) = select([variant("gpu :: cuda :: 13.0")], listed, TAGS)
    assert reason(verdict, Outcome.REJECTED) == (
        "needs 'gpu :: cuda :: 13.0', provider gpu says 12.9, 12.8, 12.7 and 6 more"
    )


@pytest.mark.parametrize(
    ("candidate", "wishes", "expected"),
    [
        (standard("cp310-cp310-win_amd64"), {}, "'cp310-cp310-win_amd64' is not for this interpreter"),
        (Candidate(parse_wheel_name("a-1-py3-none-any-v3.whl")), {}, "its properties are not known"),
        (V3, {"no_variant": True}, "--no-variant asks for standard wheels only"),
        (V3, {"wanted": ("v4", "abcd1234")}, "--variant asks for 'v4', 'abcd1234'"),
        (standard(), {"wanted": ("abcd1234",)}, "--variant asks for 'abcd1234'"),
        (variant("x86_64 :: level :: v3", excluded="its RECORD is torn"), {}, "its RECORD is torn"),
        (Candidate(V3.wheel), {}, "its properties are not known"),
    ],
)
def test_rejected(candidate: Candidate, wishes: dict[str, object], expected: str) -> None:
    (verdict,) = verdicts(candidate, **wishes)
    assert expected == reason(verdict, Outcome.REJECTED)


# --- the document


def test_the_document_of_a_variants_verdict() -> None:
    (verdict,) = verdicts(BOTH)
    assert {
        "filename": BOTH.wheel.filename,
        "dialect": "hash",
        "label": BOTH.wheel.label,
        "properties": ["gpu :: sm :: 80", "x86_64 :: level :: v2"],
        "verdict": "chosen",
        "reason": "the only wheel that fits, a variant",
    } == verdict.to_dict()


def test_the_document_of_a_standard_wheels_verdict() -> None:
    document = verdicts(V2, standard())[1].to_dict()
    assert tuple(document[field] for field in ("dialect", "label", "properties", "verdict")) == (
        "standard",
        None,
        [],
        "beaten",
    )


def test_the_document_of_a_label_wheels_verdict() -> None:
    (verdict,) = verdicts(Candidate(parse_wheel_name("a-1-py3-none-any-v3.whl")))
    document = verdict.to_dict()
    assert tuple(document[field] for field in ("dialect", "label", "properties", "verdict")) == (
        "label",
        "v3",
        [],
        "rejected",
    )
