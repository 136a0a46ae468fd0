"""Rules about properties change the order of what fits and can refuse it; they never make anything fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from label_documents import CPU_PROVIDER, document, static
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects.labels.document import parse_document
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.property_rules import PropertyPattern, PropertyRules
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import parse_wheel_name

HOST = HostProfile(
    [
        ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2", "v1"]), KeyConfig("avx", ["on"])]),
        ProviderConfig("blas", [KeyConfig("lib", ["mkl", "openblas"])]),
    ]
)
TAGS = TagRanks(["py3-none-any"])
FEATURES = {
    "x86_64 :: level": ["v1", "v2", "v3", "v4"],
    "x86_64 :: avx": ["on"],
    "blas :: lib": ["mkl", "openblas", "atlas"],
}
LABELS = parse_document(
    document(
        {"x86_64": CPU_PROVIDER, "blas": static({"lib": ["openblas", "mkl"]})},
        {
            "v3": {"x86_64": {"level": ["v3"]}},
            "v2_or_v3": {"x86_64": {"level": ["v2", "v3"]}},
            "v2_mkl": {"x86_64": {"level": ["v2"]}, "blas": {"lib": ["mkl"]}},
            "open": {"blas": {"lib": ["openblas"]}},
            "v4": {"x86_64": {"level": ["v4"]}},
            "null": {},
        },
    )
)

PROPERTIES = [f"{feature} :: {value}" for feature, values in FEATURES.items() for value in values]
#: Whole properties, and the beginnings of some.
PATTERNS = [*PROPERTIES, *FEATURES, "x86_64", "blas", "gpu", "x86_64 :: level :: v9"]


def hashed(properties: Sequence[str]) -> Candidate:
    description = VariantDescription.from_strings(properties)
    return Candidate(parse_wheel_name(f"a-1~{description.hexdigest}-py3-none-any.whl"), description)


def label(name: str) -> Candidate:
    return Candidate(parse_wheel_name(f"a-1-py3-none-any-{name}.whl"), LABELS.variant(name))


STANDARD = Candidate(parse_wheel_name("a-1-py3-none-any.whl"))
HASH_VARIANTS = st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True).flatmap(
    lambda features: st.tuples(*(st.sampled_from([f"{f} :: {value}" for value in FEATURES[f]]) for f in features))
)
CANDIDATES = st.tuples(
    st.lists(HASH_VARIANTS.map(hashed), max_size=6, unique_by=lambda candidate: candidate.wheel.filename),
    st.lists(st.sampled_from(sorted(LABELS.variants)).map(label), max_size=6, unique_by=lambda c: c.wheel.filename),
    st.sampled_from([[], [STANDARD]]),
).map(lambda parts: [candidate for part in parts for candidate in part])
RULES = st.lists(st.sampled_from(PATTERNS), max_size=3, unique=True)


def judge(candidates: Sequence[Candidate], rules: PropertyRules, **wishes: object) -> list[Verdict]:
    return select(candidates, HOST, TAGS, Preferences(properties=rules, **wishes))  # type: ignore[arg-type]  # own words


def make_rules(prefer: Sequence[str] = (), avoid: Sequence[str] = (), require: Sequence[str] = ()) -> PropertyRules:
    return PropertyRules(*(tuple(map(PropertyPattern.from_str, group)) for group in (prefer, avoid, require)))


def fitting(verdicts: Sequence[Verdict]) -> list[Candidate]:
    return [verdict.candidate for verdict in verdicts if verdict.outcome is not Outcome.REJECTED]


def has(candidate: Candidate, pattern: str) -> bool:
    """Whether a wheel has what a pattern means, by text alone."""
    properties = [] if candidate.description is None else candidate.description.properties
    return any(f"{text} ::".startswith(f"{pattern} ::") for text in properties)


def order_by_rules(
    usual: Sequence[Candidate], prefer: Sequence[str], avoid: Sequence[str], require: Sequence[str]
) -> list[Candidate]:
    """The oracle: take what is required, then group by group out of the usual order."""
    left = [candidate for candidate in usual if all(has(candidate, pattern) for pattern in require)]
    last = [candidate for candidate in left if any(has(candidate, pattern) for pattern in avoid)]
    left = [candidate for candidate in left if candidate not in last]
    found: list[Candidate] = []
    for pattern in prefer:
        found += [candidate for candidate in left if has(candidate, pattern) and candidate not in found]
    found += [candidate for candidate in left if candidate not in found]
    return found + last


@given(CANDIDATES, RULES, RULES, RULES)
def test_the_order_is_that_of_the_oracle(
    candidates: list[Candidate], prefer: list[str], avoid: list[str], require: list[str]
) -> None:
    usual = fitting(judge(candidates, PropertyRules()))
    verdicts = judge(candidates, make_rules(prefer, avoid, require))
    assert fitting(verdicts) == order_by_rules(usual, prefer, avoid, require)
    assert [verdict.outcome for verdict in verdicts[:1]] in ([], [Outcome.CHOSEN], [Outcome.REJECTED])
    assert sum(verdict.outcome is Outcome.CHOSEN for verdict in verdicts) == bool(fitting(verdicts))
    assert sorted(v.candidate.wheel.filename for v in verdicts) == sorted(c.wheel.filename for c in candidates)
    assert all(str(verdict.reason) for verdict in verdicts)


@given(CANDIDATES, RULES, RULES, RULES)
def test_a_wheel_that_does_not_fit_has_its_usual_reason(
    candidates: list[Candidate], prefer: list[str], avoid: list[str], require: list[str]
) -> None:
    """What the host lacks is said first only where the rules ask for nothing more."""
    usual = {v.candidate.wheel.filename: v for v in judge(candidates, PropertyRules())}
    for verdict in judge(candidates, make_rules(prefer, avoid, require)):
        before = usual[verdict.candidate.wheel.filename]
        if before.outcome is Outcome.REJECTED:
            assert verdict.outcome is Outcome.REJECTED
            assert str(verdict.reason) == str(before.reason) or "'require' asks for" in str(verdict.reason)


@given(CANDIDATES, RULES, RULES, RULES)
def test_rules_say_nothing_where_the_user_names_a_variant_or_turns_them_off(
    candidates: list[Candidate], prefer: list[str], avoid: list[str], require: list[str]
) -> None:
    rules = make_rules(prefer, avoid, require)
    for wishes in ({"no_variant": True}, {"wanted": ("x86_64 :: level :: v2",)}):
        assert fitting(judge(candidates, rules, **wishes)) == fitting(judge(candidates, PropertyRules(), **wishes))


def reasons(candidates: Sequence[Candidate], rules: PropertyRules) -> list[str]:
    return [str(verdict.reason) for verdict in judge(candidates, rules)]


def test_the_reasons_name_the_rules() -> None:
    v3, v2 = hashed(["x86_64 :: level :: v3"]), hashed(["x86_64 :: level :: v2"])
    assert reasons([v3, v2], make_rules(prefer=["x86_64 :: level :: v2"])) == [
        "the best of 2 wheels that fit, a variant",
        f"beaten by {v2.wheel.label}: 'prefer' puts variants with 'x86_64 :: level :: v2' first",
    ]
    assert reasons([v3, STANDARD], make_rules(avoid=["x86_64 :: level"])) == [
        "the best of 2 wheels that fit, a standard wheel",
        "beaten by a-1-py3-none-any.whl: 'avoid' puts variants with 'x86_64 :: level' behind all other wheels",
    ]
    assert reasons([v3, STANDARD], make_rules(require=["blas"])) == ["it has no 'blas', which 'require' asks for"] * 2


def test_a_label_variant_has_each_of_its_values() -> None:
    both = label("v2_or_v3")
    assert fitting(judge([both, label("open")], make_rules(prefer=["x86_64 :: level :: v2"])))[0] == both
    assert fitting(judge([both], make_rules(require=["x86_64 :: level :: v3"]))) == [both]


@pytest.mark.parametrize("text", ["", "::", "x86_64 ::", "a :: b :: c :: d", "x86-64", "a :: b-c", "a :: b :: c d"])
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match="not a property"):
        PropertyPattern.from_str(text)


@given(st.sampled_from(PATTERNS), st.sampled_from(PROPERTIES))
def test_a_pattern_is_the_beginning_of_what_it_matches(pattern: str, text: str) -> None:
    parsed = PropertyPattern.from_str(pattern.replace(" ", ""))
    assert str(parsed) == pattern
    assert parsed.matches(VariantMeta.from_str(text)) == f"{text} ::".startswith(f"{pattern} ::")
