"""Selection: every wheel of a release gets its verdict, in the founding order, at a cost that follows the wheels."""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import variantlib.dialects.hashes
import variantlib.meta
from samples import DEEPTHOUGHT, HAL9000, SUPERPOSITION, TARS
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import hashes
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import parse_wheel_name

CONTRACTS = Path(__file__).parent.parent / "data" / "contracts"
REVIEW = HostProfile.from_json((CONTRACTS / "profile.json").read_bytes())

TAGS = TagRanks(["cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-linux_x86_64", "py3-none-any", "py2-none-any"])
X86 = HostProfile(
    [
        ProviderConfig(
            "x86_64",
            [KeyConfig("level", ["v4", "v3", "v2", "v1"]), KeyConfig("avx", ["on"]), KeyConfig("avx2", ["on"])],
        )
    ]
)
V2, V3, V4, V5 = (f"x86_64 :: level :: {level}" for level in ("v2", "v3", "v4", "v5"))
AVX, AVX2 = "x86_64 :: avx :: on", "x86_64 :: avx2 :: on"


def variant(*properties: str, tag: str = "py3-none-any", build: str = "", excluded: str | None = None) -> Candidate:
    """A hash wheel."""
    description = VariantDescription.from_strings(properties)
    return Candidate(parse_wheel_name(f"a-1{build}~{description.hexdigest}-{tag}.whl"), description, excluded)


def standard(tag: str = "py3-none-any", build: str = "") -> Candidate:
    return Candidate(parse_wheel_name(f"a-1{build}-{tag}.whl"))


def label(text: str) -> Candidate:
    return Candidate(parse_wheel_name(f"a-1-py3-none-any-{text}.whl"))


def by_outcome(verdicts: Sequence[Verdict], *outcomes: Outcome) -> list[Candidate]:
    return [verdict.candidate for verdict in verdicts if verdict.outcome in outcomes]


def fitting(verdicts: Sequence[Verdict]) -> list[Candidate]:
    return by_outcome(verdicts, Outcome.CHOSEN, Outcome.BEATEN)


def chosen(candidates: Sequence[Candidate], profile: HostProfile = X86, **wishes: Any) -> Candidate | None:
    """The one wheel that is taken, whatever the order in which they are offered."""
    found = set()
    for offered in (candidates, candidates[::-1]):
        verdicts = select(offered, profile, TAGS, Preferences(**wishes))
        assert sorted(c.wheel.filename for c in candidates) == sorted(v.candidate.wheel.filename for v in verdicts)
        taken = by_outcome(verdicts, Outcome.CHOSEN)
        assert len(taken) <= 1
        found.add(taken[0] if taken else None)
    (only,) = found
    return only


# --- the property: selection is the enumeration, without the enumeration


def enumerated(profile: HostProfile) -> Iterator[tuple[str, ...]]:
    """Every variant that the profile supports, in the order in which the founding documents list them."""
    features = [
        [f"{provider.provider} :: {config.key} :: {value}" for value in config.values]
        for provider in profile.providers
        for config in provider.configs
    ]
    for size in range(len(features), 0, -1):
        for combination in itertools.combinations(features, size):
            yield from itertools.product(*combination)


#: How many values each key of each provider has.
SIZES = st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=3), min_size=1, max_size=3).filter(
    lambda sizes: sum(map(len, sizes)) <= 5
)


def sized(sizes: list[list[int]], order: Sequence[int]) -> HostProfile:
    """A profile of that shape, its providers in this order; names sort against priorities."""
    return HostProfile(
        [
            ProviderConfig(
                f"p{at}", [KeyConfig(f"k{9 - key}", [f"v{9 - v}" for v in range(n)]) for key, n in enumerate(sizes[at])]
            )
            for at in order
            if at < len(sizes)
        ]
    )


@given(sizes=SIZES, priority=st.permutations(range(3)), seed=st.integers(0, 2**32), share=st.floats(0.05, 1))
def test_selection_equals_the_enumeration(sizes: list[list[int]], priority: list[int], seed: int, share: float) -> None:
    """Any of the possible variants offered, in any order, among wheels that don't fit: the verdicts stand as listed."""
    chance = random.Random(seed)
    expected = [properties for properties in enumerated(sized(sizes, priority)) if chance.random() < share]
    unfit = [
        variant(*properties, "nobody :: has :: this") for properties in chance.sample(expected, len(expected) // 3)
    ]
    offered = [*(variant(*properties) for properties in expected), *unfit, standard()]
    chance.shuffle(offered)

    profile = sized(sizes, range(3)).prioritized([f"p{at}" for at in priority])
    verdicts = select(offered, profile, TAGS)

    assert [*(variant(*properties) for properties in expected), standard()] == fitting(verdicts)
    assert {*unfit} == {*by_outcome(verdicts, Outcome.REJECTED)}
    assert [Outcome.CHOSEN] + [Outcome.BEATEN] * len(expected) + [Outcome.REJECTED] * len(unfit) == [
        verdict.outcome for verdict in verdicts
    ]


def test_selection_equals_the_enumeration_of_the_reviews_demo() -> None:
    listed = [variant(*properties) for properties in enumerated(REVIEW)]
    assert len(listed) == 6143
    offered = random.Random(1).sample(listed, len(listed))
    assert listed == fitting(select(offered, REVIEW, TAGS))


# --- the review's demo


def sandbox_project() -> list[Candidate]:
    return [standard(), variant(*HAL9000), variant(*SUPERPOSITION)]


def dummy_project() -> list[Candidate]:
    return [standard(), variant(*HAL9000), variant(*DEEPTHOUGHT), variant(*SUPERPOSITION), variant(*TARS)]


def test_the_sandbox_project_is_installed_as_in_the_review() -> None:
    assert variant(*SUPERPOSITION) == chosen(sandbox_project(), REVIEW)


def test_the_users_priority_flips_the_winner_of_equal_count() -> None:
    assert variant(*TARS) == chosen(dummy_project(), REVIEW)
    assert variant(*SUPERPOSITION) == chosen(dummy_project(), REVIEW.prioritized(["fictional_tech", "fictional_hw"]))


def test_the_verdicts_have_the_contracts_form() -> None:
    """Fields and their order; candidates in preference order, rejected ones last."""
    (contract,) = json.loads((CONTRACTS / "explain-sandbox_project.json").read_bytes())["projects"]
    index = hashes.parse_index((CONTRACTS / "sandbox_project-0.0.1~variants.json").read_bytes())
    candidates = [
        Candidate(name, index.get(name.label or ""))
        for name in (
            parse_wheel_name("sandbox_project-0.0.1-py3-none-any.whl"),
            parse_wheel_name("sandbox_project-0.0.1~36266d4d-py3-none-any.whl"),
            parse_wheel_name("sandbox_project-0.0.1~9091cdc4-py3-none-any.whl"),
        )
    ]
    documents = [verdict.to_dict() for verdict in select(candidates, REVIEW, TAGS)]
    for expected, actual in zip(contract["candidates"], documents, strict=True):
        assert list(expected) == list(actual)
        assert {**expected, "reason": None} == {**actual, "reason": None}
        assert isinstance(actual["reason"], str) and actual["reason"]
    assert json.loads(json.dumps(documents)) == documents


# --- the order


def test_no_wheels_no_verdicts() -> None:
    assert select([], X86, TAGS) == []


def test_the_standard_wheel_comes_after_every_variant_that_fits() -> None:
    best_standard = standard("cp311-cp311-manylinux_2_17_x86_64", "-9")
    verdicts = select([best_standard, variant(V2, tag="py2-none-any")], X86, TAGS)
    assert [variant(V2, tag="py2-none-any"), best_standard] == fitting(verdicts)


def test_a_host_without_providers_gets_the_standard_wheel() -> None:
    assert standard() == chosen([variant(V2), standard(), variant(V3)], HostProfile())


def test_more_properties_beat_a_better_value() -> None:
    """The founding rule, openly: v2+avx+avx2 before v4."""
    assert variant(V2, AVX, AVX2) == chosen([variant(V4), variant(V2, AVX, AVX2), variant(V3), standard()])


def test_among_equal_properties_the_best_tag_wins_and_then_the_highest_build() -> None:
    in_order = [
        variant(V3, tag="cp311-cp311-manylinux_2_17_x86_64", build="-1"),
        variant(V3, tag="cp311-cp311-manylinux_2_17_x86_64"),
        variant(V3, tag="cp311-cp311-linux_x86_64", build="-10"),
        variant(V3, tag="cp311-cp311-linux_x86_64", build="-9b"),
        variant(V3, tag="cp311-cp311-linux_x86_64", build="-9a"),
        variant(V3, tag="py3-none-any", build="-99"),
        variant(V2, tag="cp311-cp311-manylinux_2_17_x86_64", build="-99"),
        standard("cp311-cp311-manylinux_2_17_x86_64"),
        standard("py3-none-any", "-3"),
        standard("py3-none-any", "-2"),
        standard("py3-none-any"),
    ]
    for seed in range(20):
        assert in_order == fitting(select(random.Random(seed).sample(in_order, len(in_order)), X86, TAGS))


def test_a_wheel_with_several_tags_counts_by_its_best() -> None:
    several = standard("cp311-cp311-linux_armv7l.manylinux_2_17_x86_64")
    assert several == chosen([standard("cp311-cp311-linux_x86_64"), several])


def test_wheels_that_nothing_tells_apart_stay_as_listed() -> None:
    twins = [standard("py2.py3-none-any"), standard("py3-none-any")]
    for offered in (twins, twins[::-1]):
        assert offered == fitting(select(offered, X86, TAGS))


# --- what is out


@pytest.mark.parametrize("tag", ["cp310-cp310-linux_x86_64", "cp311-cp311-win_amd64", "py4-none-any"])
def test_a_wheel_for_another_interpreter_is_out(tag: str) -> None:
    assert standard() == chosen([variant(V4, tag=tag), standard(tag), standard()])


@pytest.mark.parametrize(
    "properties", [[V5], [V4, "x86_64 :: amx :: on"], ["gpu :: sm :: 90"], [V4, AVX, "gpu :: sm :: 90"]]
)
def test_a_variant_that_lacks_one_property_is_out(properties: list[str]) -> None:
    assert variant(V2) == chosen([variant(*properties), variant(V2), standard()])
    assert chosen([variant(*properties)]) is None


def test_label_wheels_are_recognised_and_not_selected() -> None:
    candidates = [label("v3"), label("null"), label("9091cdc4"), standard()]
    assert standard() == chosen(candidates)
    assert chosen(candidates[:3]) is None


def test_an_excluded_wheel_is_out_however_good_it_is() -> None:
    assert variant(V2) == chosen([variant(V4, excluded="it is corrupt"), variant(V2)])
    assert chosen([Candidate(standard().wheel, excluded="it needs another Python")]) is None


def test_a_variant_whose_properties_are_not_known_is_never_taken_for_a_standard_wheel() -> None:
    nameless = Candidate(variant(V4).wheel)
    assert standard() == chosen([nameless, standard()])
    assert chosen([nameless], wanted=(nameless.wheel.label,), force=True) is None


# --- what the user asked for


def test_no_variant_means_standard_wheels_only() -> None:
    assert standard() == chosen([variant(V4), standard(), label("null")], no_variant=True)
    assert chosen([variant(V4), label("null")], no_variant=True) is None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param([variant(V2).wheel.label], [V2], id="by hash"),
        pytest.param([V3], [V3], id="by property"),
        pytest.param(["x86_64::level::v3"], [V3], id="by property, other blanks"),
        pytest.param([AVX], [V2, AVX, AVX2], id="by one property of several"),
        pytest.param([V5, "abcd1234", V3, V2], [V3], id="the first that exists"),
        pytest.param([V2, V3], [V2, AVX, AVX2], id="the best of those that have it"),
        pytest.param([V5], None, id="none that exists"),
        pytest.param(["standard"], None, id="a word"),
        pytest.param(["x86_64 :: level"], None, id="half a property"),
        pytest.param(["level :: v3 ::"], None, id="a broken property"),
    ],
)
def test_a_wanted_variant_is_taken_and_nothing_else(wanted: list[str], expected: list[str] | None) -> None:
    candidates = [variant(V4), variant(V3), variant(V2), variant(V2, AVX, AVX2), standard()]
    taken = chosen(candidates, wanted=tuple(wanted))
    assert (None if expected is None else variant(*expected)) == taken


def test_a_wanted_variant_rejects_all_others_the_standard_wheel_included() -> None:
    verdicts = select([variant(V4), variant(V3), standard()], X86, TAGS, Preferences(wanted=(V3,)))
    assert [variant(V3)] == fitting(verdicts)


def test_a_wanted_variant_that_exists_and_does_not_fit_is_not_passed_over() -> None:
    """What was asked for first decides; a silent second best would not be what was asked for."""
    assert chosen([variant(V5), variant(V3), standard()], wanted=(V5, V3)) is None


def test_force_takes_a_wanted_variant_that_the_host_does_not_support() -> None:
    candidates = [variant(V5), variant(V3), standard()]
    assert variant(V5) == chosen(candidates, wanted=(V5,), force=True)
    assert variant(V5) == chosen(candidates, wanted=(variant(V5).wheel.label,), force=True)


def test_force_alone_changes_nothing() -> None:
    assert variant(V3) == chosen([variant(V5), variant(V3), standard()], force=True)
    assert chosen([variant(V5), standard()], force=True) == standard()
    assert chosen([variant(V5)], force=True) is None


def test_force_prefers_what_the_host_supports() -> None:
    unsupported = variant(V3, AVX, AVX2, "x86_64 :: amx :: on")
    verdicts = select([unsupported, variant(V3), standard()], X86, TAGS, Preferences(wanted=(V3,), force=True))
    assert [variant(V3), unsupported] == fitting(verdicts)


def test_force_prefers_what_the_host_supports_however_little_that_is() -> None:
    host = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3"])])])
    unsupported = variant(V3, *(f"npu :: key{number} :: on" for number in range(20)))
    assert chosen([unsupported, variant(V3)], host, wanted=(V3,), force=True) == variant(V3)


def test_force_takes_no_wheel_for_another_interpreter() -> None:
    assert chosen([variant(V5, tag="cp310-cp310-win32")], wanted=(V5,), force=True) is None


# --- cost


def _work(function: Callable[[], object]) -> int:
    """How many functions are called, Python's and C's: a measure of work that no clock disturbs."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def _huge(providers: int, keys: int, values: int) -> HostProfile:
    return HostProfile(
        [
            ProviderConfig(f"p{p}", [KeyConfig(f"k{k}", [f"v{v}" for v in range(values)]) for k in range(keys)])
            for p in range(providers)
        ]
    )


def _offered(profile: HostProfile, count: int) -> list[Candidate]:
    chance = random.Random(2)
    offered: dict[str, Candidate] = {}
    while len(offered) < count:
        drawn = {
            (provider.provider, config.key): chance.choice(config.values)
            for provider in chance.sample(profile.providers, 3)
            for config in chance.sample(provider.configs, 2)
        }
        candidate = variant(*(f"{name} :: {key} :: {value}" for (name, key), value in drawn.items()))
        offered[candidate.wheel.filename] = candidate
    return list(offered.values())


def test_a_profile_with_more_combinations_than_there_are_atoms_costs_what_its_wheels_cost() -> None:
    """30 providers × 5 keys × 20 values: 21 ** 150 combinations. The work follows the wheels and the list of values."""
    profile = _huge(30, 5, 20)
    combinations = 21**150
    values = 30 * 5 * 20
    assert combinations > 10**100

    offered = _offered(profile, 400)

    def cost(count: int) -> int:
        return _work(lambda: select(offered[:count], profile, TAGS))

    work = {count: cost(count) for count in (100, 200, 400)}
    assert work[400] < 40 * (400 + values)
    # Another 200 wheels cost about twice as much as another 100, and each of them little.
    assert 1.5 < (work[400] - work[200]) / (work[200] - work[100]) < 2.5
    assert (work[400] - work[200]) / 200 < 100


def test_the_same_wheels_cost_no_more_when_a_million_times_as_much_could_exist() -> None:
    small, large = _huge(3, 2, 5), _huge(6, 2, 10)
    offered = _offered(small, 300)
    extra = 6 * 2 * 10 - 3 * 2 * 5  # values that are looked at once
    difference = _work(lambda: select(offered, large, TAGS)) - _work(lambda: select(offered, small, TAGS))
    assert difference < 40 * extra


def test_selection_hashes_nothing_and_reading_an_index_hashes_each_variant_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = _huge(30, 5, 20)
    offered = _offered(profile, 50)
    described = ((c.wheel.label, c.description) for c in offered)
    text = hashes.dump_index({label: d for label, d in described if label and isinstance(d, VariantDescription)})
    hashed: list[object] = []
    original = variantlib.meta.hash_properties

    def counted(properties: list[str]) -> str:
        hashed.append(properties)
        return original(properties)

    monkeypatch.setattr(variantlib.meta, "hash_properties", counted)
    monkeypatch.setattr(variantlib.dialects.hashes, "hash_properties", counted)
    variants = hashes.parse_index(text)
    assert 50 == len(hashed) == len(variants)
    assert len(fitting(select(offered, profile, TAGS))) == 50
    assert len(hashed) == 50


def test_reasons_are_put_into_words_only_for_those_who_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(self: VariantMeta) -> str:
        raise AssertionError("a property was written out")

    monkeypatch.setattr(VariantMeta, "__str__", unwanted)
    monkeypatch.setattr(VariantMeta, "to_str", unwanted)
    offered = [
        Candidate(
            parse_wheel_name(f"a-1~{'0' * 8}-py3-none-any.whl"), VariantDescription([VariantMeta("p0", "k0", f"v{v}")])
        )
        for v in range(5)
    ]
    verdicts = select(offered, _huge(1, 1, 3), TAGS)
    assert [v.outcome for v in verdicts] == [
        Outcome.CHOSEN,
        Outcome.BEATEN,
        Outcome.BEATEN,
        Outcome.REJECTED,
        Outcome.REJECTED,
    ]


def test_tags_are_looked_at_once_for_each_set_of_tags() -> None:
    ranks = TagRanks(["py3-none-any", "py2-none-any", "py3-none-any"])
    assert ranks.rank(standard("py2.py3-none-any")) == 0
    assert ranks.rank(variant(V2)) == 0
    assert ranks.rank(standard("py2-none-any")) == 1
    assert ranks.rank(standard("cp311-cp311-linux_x86_64")) is None
    many = [standard("py2.py3-none-any", f"-{number}") for number in range(200)]
    assert _work(lambda: [ranks.rank(candidate) for candidate in many]) < 3 * len(many)
