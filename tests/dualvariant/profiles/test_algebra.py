"""The laws of profiles as values, on profiles of any providers."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.core.errors import UnknownNameError
from dualvariant.profiles.algebra import diff, intersect, limit, list_properties, remove
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile

#: Few names, so that profiles have much in common.
NAMES = ["a", "b", "c"]
CHAINS = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


@st.composite
def profiles(draw: st.DrawFn) -> HostProfile:
    """Any providers, keys and values, in any order."""
    return HostProfile(
        ProviderConfig(provider, [KeyConfig(key, draw(CHAINS)) for key in draw(CHAINS)])
        for provider in draw(st.lists(st.sampled_from(NAMES), unique=True))
    )


@st.composite
def agreeing(draw: st.DrawFn, count: int) -> list[HostProfile]:
    """Profiles that have one order: each is a part of one and the same profile, as with one version of providers."""
    whole = draw(profiles())
    properties = list_properties(whole)
    return [
        take(whole, draw(st.sets(st.sampled_from(properties)) if properties else st.just(set()))) for _ in range(count)
    ]


def take(profile: HostProfile, kept: Iterable[VariantMeta]) -> HostProfile:
    """The profile with some of its properties, without any code of the package under test."""
    found: dict[str, dict[str, list[str]]] = {}
    for meta in list_properties(profile):
        if meta in set(kept):
            found.setdefault(meta.provider, {}).setdefault(meta.key, []).append(meta.value)
    return HostProfile(
        ProviderConfig(provider, [KeyConfig(key, values) for key, values in keys.items()])
        for provider, keys in found.items()
    )


def fits(properties: Iterable[VariantMeta], profile: HostProfile) -> bool:
    """Whether a wheel that needs the properties fits, by the ranking that selection uses."""
    return not isinstance(Ranking(profile).key(VariantDescription(list(properties))), VariantMeta)


@st.composite
def needs(draw: st.DrawFn) -> list[VariantMeta]:
    """What a wheel may need: one value for each key."""
    keys = draw(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), min_size=1))
    return [VariantMeta(provider, key, draw(st.sampled_from(NAMES))) for provider, key in sorted(keys)]


@given(st.lists(profiles(), min_size=1, max_size=4), needs())
def test_what_fits_the_intersection_is_what_fits_each(found: list[HostProfile], wheel: list[VariantMeta]) -> None:
    assert fits(wheel, intersect(found)) == all(fits(wheel, profile) for profile in found)


@given(st.lists(profiles(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_profiles_plays_no_part(found: list[HostProfile], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert intersect(shuffled) == intersect(found)


@given(profiles())
def test_a_profile_with_itself_is_the_profile(profile: HostProfile) -> None:
    assert intersect([profile]) == intersect([profile, profile]) == profile


@given(profiles(), profiles(), profiles())
def test_what_is_supported_does_not_depend_on_the_grouping(a: HostProfile, b: HostProfile, c: HostProfile) -> None:
    left, right = intersect([intersect([a, b]), c]), intersect([a, intersect([b, c])])
    assert set(list_properties(left)) == set(list_properties(right)) == set(list_properties(intersect([a, b, c])))


@given(agreeing(3))
def test_neither_does_the_order_where_the_profiles_agree_on_one(found: list[HostProfile]) -> None:
    a, b, c = found
    whole = intersect([a, b, c])
    assert intersect([intersect([a, b]), c]) == intersect([a, intersect([b, c])]) == whole
    assert not diff(whole, take(a, set(list_properties(whole))))


@given(profiles(), st.data())
def test_a_limit_never_adds_and_keeps_the_order(profile: HostProfile, data: st.DataObject) -> None:
    properties = list_properties(profile)
    if not properties:
        return
    highest = data.draw(st.sampled_from(properties))
    limited = limit(profile, highest)
    assert limited == take(profile, list_properties(limited))
    assert highest in list_properties(limited)
    assert limit(limited, highest) == limited
    removed = remove(profile, highest.provider, highest.key)
    assert removed == take(profile, [m for m in properties if (m.provider, m.key) != (highest.provider, highest.key)])


@given(profiles(), profiles())
def test_two_profiles_without_a_difference_are_one(a: HostProfile, b: HostProfile) -> None:
    found = diff(a, b)
    assert bool(found) == (a != b)
    assert {*found.added} == {*list_properties(b)} - {*list_properties(a)}
    assert {*found.removed} == {*list_properties(a)} - {*list_properties(b)}


def test_a_level_limits_the_instruction_sets_too() -> None:
    host = HostProfile(
        [
            ProviderConfig(
                "x86_64",
                [
                    KeyConfig("level", ["v4", "v3", "v2", "v1"]),
                    KeyConfig("avx512f", ["on"]),
                    KeyConfig("aes", ["on"]),
                    KeyConfig("avx2", ["on"]),
                ],
            ),
            ProviderConfig("nvidia", [KeyConfig("sm_arch", ["90_real"])]),
        ]
    )
    limited = limit(host, VariantMeta("x86_64", "level", "v3"))
    # No level has aes: a CPU of v3 need not have it.
    assert [str(meta) for meta in list_properties(limited)] == [
        *(f"x86_64 :: level :: {level}" for level in ("v3", "v2", "v1")),
        "x86_64 :: avx2 :: on",
        "nvidia :: sm_arch :: 90_real",
    ]
    assert limit(limited, VariantMeta("x86_64", "level", "v4")) == limited


@pytest.mark.parametrize(
    "name", ["x86_64 :: level :: v9", "x86_64 :: lvl :: v3", "x86 :: level :: v3", "x86_64 :: avx2 :: off"]
)
def test_a_limit_that_names_nothing_is_an_error(name: str) -> None:
    host = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3"]), KeyConfig("avx2", ["on"])])])
    with pytest.raises(UnknownNameError):
        limit(host, VariantMeta.from_str(name))
