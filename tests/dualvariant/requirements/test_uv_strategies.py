"""uv's strategies, from every place that may set one, against uv itself.

That pip's options mean what they mean to pip is a part of tests/dualvariant/selection/test_finder.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import samples
from dualvariant.core.toml import format_toml
from dualvariant.requirements.prereleases import filter_versions
from dualvariant.requirements.uv_strategies import read_uv_strategies
from dualvariant.settings.uv_config import UvConfig, read_uv_config
from property_tests import examples
from uv_resolution import resolve_demo

DEMO = canonicalize_name("demo")
RELEASES = ["0.5.dev1", "1.0", "1.0.post1", "1.5a1", "2.0b1", "2.0"]
_STRATEGY = st.sampled_from(["allow", "disallow", "explicit", "if-necessary", "if-necessary-or-explicit"])
_RESOLUTION = st.sampled_from(["highest", "lowest", "lowest-direct"])
_OF_PROJECT = st.tuples(st.sampled_from(["demo", "De.mo", "other"]), _STRATEGY)
#: Each option is there in some command lines only, so that every place decides in some examples.
_LINES = st.tuples(
    st.sampled_from([[], [], ["--pre"]]),
    st.one_of(st.just([]), _STRATEGY.map(lambda strategy: ["--prerelease", strategy])),
    st.one_of(st.just([]), _RESOLUTION.map(lambda resolution: ["--resolution", resolution])),
    st.lists(_OF_PROJECT.map(lambda pair: ["--prerelease-package", "=".join(pair)]), max_size=2),
).map(lambda parts: [*parts[0], *parts[1], *parts[2], *(word for option in parts[3] for word in option)])
_VARIABLES = st.fixed_dictionaries({}, optional={"UV_PRERELEASE": _STRATEGY, "UV_RESOLUTION": _RESOLUTION})
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "prerelease": _STRATEGY,
        "resolution": _RESOLUTION,
        "prerelease-package": st.lists(_OF_PROJECT, min_size=1, max_size=2).map(dict),
        "pip": st.fixed_dictionaries({}, optional={"prerelease": _STRATEGY, "resolution": _RESOLUTION}),
    },
)
_REQUIREMENTS = st.sampled_from(
    [
        "",
        ">=1.2",
        ">=1.5a0",
        "==2.0b1",
        "<2",
        "<2.0b2",
        "!=1.5a1",
        "~=1.5a1",
        "==1.5a1",
        ">1.0.dev0",
        "==3",
        ">=1,!=2.0",
    ]
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of each release."""
    folder = tmp_path_factory.mktemp("releases")
    for release in RELEASES:
        samples.make_wheel(folder, "demo", release)
    return folder


def _list(wheels: Path, releases: Sequence[str]) -> Path:
    """A page with links to the wheels of some releases."""
    page = wheels / "links.html"
    page.write_text("".join(f'<a href="demo-{release}-py3-none-any.whl">x</a>\n' for release in releases))
    return page


@examples(25)
@given(
    releases=st.lists(st.sampled_from(RELEASES), min_size=1, unique=True),
    line=_LINES,
    variables=_VARIABLES,
    document=_DOCUMENTS,
    requirement=_REQUIREMENTS,
)
@example(["1.0", "2.0b1"], [], {}, {"prerelease": "if-necessary"}, ">=0.9a0")
@example(["2.0b1"], ["--prerelease", "explicit"], {}, {"pip": {"prerelease": "disallow"}}, "==2.0b1")
@example(["1.0", "2.0b1"], ["--prerelease-package", "x=allow"], {}, {"prerelease-package": {"demo": "allow"}}, "")
def test_as_uv(
    wheels: Path,
    releases: list[str],
    line: list[str],
    variables: dict[str, str],
    document: dict[str, Any],
    requirement: str,
) -> None:
    (wheels / "uv.toml").write_text(format_toml(document))
    config = read_uv_config(wheels, {**variables, "UV_CONFIG_FILE": "uv.toml"})

    strategies = read_uv_strategies(config, line, pre=False)
    specifier = Requirement(f"demo{requirement}").specifier
    admitted = filter_versions(specifier, map(Version, releases), strategies.prereleases(DEMO, specifier))
    first = min if strategies.takes_lowest else max
    words: list[str | Path] = ["--no-index", "--find-links", _list(wheels, releases), *line, f"demo{requirement}"]
    assert (str(first(admitted)) if admitted else None) == resolve_demo(wheels, *words, variables=variables)


def test_the_option_comes_before_all() -> None:
    assert read_uv_strategies(UvConfig({"UV_PRERELEASE": "disallow"}), [], pre=True).prerelease == "allow"
