"""The founding order as a sort key, held against the enumeration that it replaces.

The enumeration lives here, in the test: nothing of variantlib ever lists what could exist.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile

CONTRACT = Path(__file__).parent.parent / "data" / "contracts" / "profile.json"


def enumerated(profile: HostProfile) -> Iterator[VariantDescription]:
    """Every variant that the profile supports, in the order in which the founding documents list them."""
    features = [(provider.provider, config) for provider in profile.providers for config in provider.configs]
    for size in range(len(features), 0, -1):
        for combination in itertools.combinations(features, size):
            for values in itertools.product(*(config.values for _, config in combination)):
                yield VariantDescription(
                    [
                        VariantMeta(provider, config.key, value)
                        for (provider, config), value in zip(combination, values, strict=True)
                    ]
                )


def key_of(ranking: Ranking, description: VariantDescription) -> int:
    key = ranking.key(description)
    assert not isinstance(key, VariantMeta), key
    return key


def host(**providers: dict[str, list[str]]) -> HostProfile:
    return HostProfile(
        [ProviderConfig(name, [KeyConfig(k, v) for k, v in configs.items()]) for name, configs in providers.items()]
    )


@pytest.fixture(scope="module")
def review() -> list[VariantDescription]:
    """The enumeration of the review's demo."""
    return list(enumerated(HostProfile.from_json(CONTRACT.read_bytes())))


# --- the numbers of the review


def test_the_reviews_demo_makes_6143_combinations(review: list[VariantDescription]) -> None:
    assert len(review) == 6143


@pytest.mark.parametrize(
    ("number", "digest"),
    [
        (0, "109a2da5"),
        (1, "c0111c07"),
        (5984, "8a11085e"),
        (5985, "d0dff1f7"),
        (5986, "44da9896"),
        (5987, "9091cdc4"),
    ],
)
def test_the_reviews_log_line_by_line(review: list[VariantDescription], number: int, digest: str) -> None:
    assert digest == review[number].hexdigest


def test_the_key_sorts_the_reviews_demo_as_the_enumeration_lists_it(review: list[VariantDescription]) -> None:
    ranking = Ranking(HostProfile.from_json(CONTRACT.read_bytes()))
    shuffled = random.Random(0).sample(review, len(review))
    assert review == sorted(shuffled, key=lambda description: key_of(ranking, description))
    assert len(review) == len({key_of(ranking, description) for description in review})


# --- any configuration

NAMES = [f"p{number}" for number in range(4)]
SMALL_PROFILES = (
    st.lists(
        st.lists(st.integers(1, 3), min_size=1, max_size=3),
        min_size=1,
        max_size=3,  # values of each key of each provider
    )
    .map(
        lambda sizes: HostProfile(
            [
                ProviderConfig(
                    f"p{at}",
                    [KeyConfig(f"k{9 - key}", [f"v{9 - v}" for v in range(count)]) for key, count in enumerate(counts)],
                )
                for at, counts in enumerate(sizes)
            ][::-1]
        )
    )
    .filter(lambda profile: sum(len(provider.configs) for provider in profile.providers) <= 5)
)


@given(SMALL_PROFILES)
def test_the_key_is_the_place_in_the_enumeration(profile: HostProfile) -> None:
    """Names sort the other way round than priorities, so that an alphabetical order would be noticed."""
    listed = list(enumerated(profile))
    keys = [key_of(Ranking(profile), description) for description in listed]
    assert sorted(set(keys)) == keys


@given(SMALL_PROFILES, st.permutations(NAMES))
def test_the_users_priorities_move_whole_providers(profile: HostProfile, priority: list[str]) -> None:
    by_name = {provider.provider: provider for provider in profile.providers}
    reordered = HostProfile([by_name[name] for name in priority if name in by_name])
    ranking = Ranking(profile.prioritized(priority))
    listed = list(enumerated(reordered))
    shuffled = random.Random(0).sample(listed, len(listed))
    assert listed == sorted(shuffled, key=lambda description: key_of(ranking, description))


# --- single rules

CPU = host(x86_64={"level": ["v4", "v3", "v2", "v1"], "avx": ["on"], "avx2": ["on"]}, gpu={"sm": ["90", "80"]})


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(["x86_64 :: level :: v4"], ["x86_64 :: level :: v3"], id="the better value"),
        pytest.param(
            ["x86_64 :: level :: v1"], ["x86_64 :: avx :: on"], id="the more important key, whatever its value"
        ),
        pytest.param(["x86_64 :: avx2 :: on"], ["gpu :: sm :: 90"], id="the more important provider"),
        pytest.param(
            ["x86_64 :: level :: v2", "x86_64 :: avx :: on", "x86_64 :: avx2 :: on"],
            ["x86_64 :: level :: v4"],
            id="more properties beat a better value",
        ),
        pytest.param(
            ["x86_64 :: avx2 :: on", "gpu :: sm :: 80"], ["x86_64 :: level :: v4"], id="more properties of others"
        ),
        pytest.param(
            ["x86_64 :: level :: v1", "x86_64 :: avx :: on"],
            ["x86_64 :: level :: v4", "x86_64 :: avx2 :: on"],
            id="all keys are compared before any value",
        ),
        pytest.param(
            ["x86_64 :: level :: v3", "gpu :: sm :: 80"],
            ["x86_64 :: level :: v2", "gpu :: sm :: 90"],
            id="the value of the more important key counts first",
        ),
    ],
)
def test_what_is_better(better: list[str], worse: list[str]) -> None:
    ranking = Ranking(CPU)
    first, second = (VariantDescription.from_strings(properties) for properties in (better, worse))
    assert key_of(ranking, first) < key_of(ranking, second)


@pytest.mark.parametrize(
    ("properties", "lacking"),
    [
        (["x86_64 :: level :: v5"], "x86_64 :: level :: v5"),
        (["x86_64 :: level :: v4", "x86_64 :: amx :: on"], "x86_64 :: amx :: on"),
        (["gpu :: sm :: 90", "npu :: tops :: 40", "x86_64 :: level :: v4"], "npu :: tops :: 40"),
        (["x86_64 :: LEVEL :: v4"], "x86_64 :: LEVEL :: v4"),
    ],
)
def test_a_variant_that_the_host_cannot_run_has_no_key_but_the_property_it_lacks(
    properties: list[str], lacking: str
) -> None:
    assert VariantMeta.from_str(lacking) == Ranking(CPU).key(VariantDescription.from_strings(properties))


def test_properties_by_importance_with_the_lacking_ones_last() -> None:
    description = VariantDescription.from_strings(
        ["a :: b :: c", "gpu :: sm :: 80", "x86_64 :: avx :: on", "x86_64 :: level :: v2"]
    )
    expected = ["x86_64 :: level :: v2", "x86_64 :: avx :: on", "gpu :: sm :: 80", "a :: b :: c"]
    assert expected == [str(meta) for meta in Ranking(CPU).by_importance(description)]


def test_every_property_of_the_profile_has_its_place() -> None:
    document = json.loads(CONTRACT.read_bytes())
    places = Ranking(HostProfile.from_dict(document)).places
    assert places[VariantMeta("fictional_hw", "architecture", "HAL9000")] == (0, 0)
    assert places[VariantMeta("fictional_hw", "compute_accuracy", "25")] == (3, 2)
    assert places[VariantMeta("fictional_tech", "quantum", "SUPERPOSITION")] == (5, 1)
    assert len(places) == 3 + 3 + 3 + 3 + 1 + 2 + 3
