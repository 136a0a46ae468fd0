"""uv's limits on upload times, from every place that may set one, against uv itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

import samples
from dualvariant.core.iso_time import parse_iso_time
from dualvariant.core.toml import format_toml
from dualvariant.settings.options import SourceOptions
from dualvariant.settings.upload_limits import read_uv_limits
from dualvariant.settings.uv_config import find_used_indexes, read_uv_config
from property_tests import examples
from servers import IndexServer, serving
from uv_resolution import resolve_demo

DEMO = canonicalize_name("demo")
#: Release → when its wheel was uploaded; None where the page does not say.
UPLOADED = {
    "1.0": "2026-01-01T00:00:00Z",
    "2.0": "2026-02-01T12:00:00.5Z",
    "3.0": "2026-03-01T00:00:00Z",
    "4.0": "2026-11-20T00:00:00Z",
    "5.0": None,
}
_LIMIT = st.sampled_from(["2025-01-01", "2026-01-15", "2026-02-15T00:00:00Z", "2026-03-01T00:00:00Z", "P1W", "9 days"])
_PROJECT = st.sampled_from(["demo", "DEMO", "other"])
_OF_PROJECT = st.dictionaries(_PROJECT, st.one_of(_LIMIT, st.just(False)), min_size=1, max_size=1)
_SETTINGS = {"exclude-newer": _LIMIT, "exclude-newer-package": _OF_PROJECT}
_DOCUMENTS = st.fixed_dictionaries({"pip": st.fixed_dictionaries({}, optional=_SETTINGS)}, optional=_SETTINGS)
_VARIABLES = st.fixed_dictionaries({}, optional={"UV_EXCLUDE_NEWER": _LIMIT})
_LINES = st.tuples(
    st.one_of(st.just([]), _LIMIT.map(lambda limit: ["--exclude-newer", limit])),
    st.one_of(
        st.just([]),
        st.tuples(_PROJECT, st.one_of(_LIMIT, st.just("false"))).map(
            lambda pair: ["--exclude-newer-package", "=".join(pair)]
        ),
    ),
).map(lambda parts: [*parts[0], *parts[1]])
#: What the file says of the index besides.
_OF_INDEX = st.fixed_dictionaries({}, optional={"exclude-newer": st.one_of(_LIMIT, st.just(False))})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexServer]:
    """An index with a wheel of each release; its folder holds uv's files too."""
    server = IndexServer(tmp_path_factory.mktemp("uploads"), "json", hashes=False)
    for release in UPLOADED:
        samples.make_wheel(server.folder, "demo", release)
    server.times = {f"demo-{release}-": time for release, time in UPLOADED.items() if time is not None}
    with serving(server):
        yield server


@examples(25)
@given(line=_LINES, variables=_VARIABLES, document=_DOCUMENTS, of_index=_OF_INDEX)
@example([], {}, {"exclude-newer": "2026-01-15"}, {"exclude-newer": "2026-03-02"})
@example([], {"UV_EXCLUDE_NEWER": "2026-03-02"}, {}, {"exclude-newer": "2026-01-15"})
@example(["--exclude-newer", "2026-01-15"], {}, {}, {"exclude-newer": False})
@example([], {}, {"exclude-newer-package": {"demo": "2026-03-02"}}, {"exclude-newer": "2026-01-15"})
@example(
    ["--exclude-newer-package", "DEMO=2025-01-01"], {}, {"exclude-newer-package": {"DEMO": False, "demo": False}}, {}
)
def test_as_uv(
    index: IndexServer,
    line: list[str],
    variables: dict[str, str],
    document: dict[str, Any],
    of_index: dict[str, Any],
) -> None:
    folder = index.folder
    named = [{"url": index.url, "default": True, **of_index}]
    (folder / "uv.toml").write_text(format_toml({**document, "index": named}))
    config = read_uv_config(folder, {**variables, "UV_CONFIG_FILE": "uv.toml"})

    limits = read_uv_limits(config, find_used_indexes(config.all_indexes(SourceOptions())), line)
    limit = limits.find(DEMO)
    admitted = [
        release
        for release, uploaded in UPLOADED.items()
        if limits.admits_listed(index.url, DEMO, uploaded) and (limit is None or limit.admits(parse_iso_time(uploaded)))
    ]
    assert (admitted[-1] if admitted else None) == resolve_demo(folder, *line, "demo", variables=variables)
