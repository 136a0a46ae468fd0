"""The law: what plain pip or uv installs, dualvariant installs too, the same wheel or a better variant of its release.

docs/explanation/law.md says how it is checked, and how to repeat what a run has found.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from law_cases import THEMES, Case, Listed, Setting, Source, make_case, make_uv_case, tapes
from law_files import Blob
from law_judge import Judge, describe_case, opened_judge
from long_form import rounds

UV_THEMES = ("hashes", "times", "sources", "settings", "everything")
#: Real installs on both sides: with which installer, of which theme.
REAL = (("pip", "sources"), ("pip", "files"), ("pip", "settings"), ("uv", "sources"), ("uv", "settings"))


def _examples(usual: int, *, night: int) -> settings:
    # A judge lives as long as this module: each case has folders of its own.
    return settings(max_examples=rounds(usual, night=night), suppress_health_check=[*HealthCheck])


@pytest.fixture(scope="module")
def pip_judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with opened_judge(tmp_path_factory.mktemp("law")) as judge:
        yield judge


@pytest.fixture(scope="module")
def uv_judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with opened_judge(tmp_path_factory.mktemp("law"), "uv") as judge:
        yield judge


@pytest.fixture(scope="module")
def real_judges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Judge]]:
    with (
        opened_judge(tmp_path_factory.mktemp("law"), "pip", real=True) as pip,
        opened_judge(tmp_path_factory.mktemp("law"), "uv", real=True) as uv,
    ):
        yield {"pip": pip, "uv": uv}


def _check(judge: Judge, case: Case) -> None:
    found = judge.compare(case)
    assert not found, f"{describe_case(case)}\n\n" + "\n\n".join(f"{each.kind}: {each.text}" for each in found)


@pytest.mark.parametrize("theme", THEMES)
@_examples(260, night=1300)
@given(tape=tapes())
def test_as_pip(theme: str, tape: bytes, pip_judge: Judge) -> None:
    _check(pip_judge, make_case(tape, THEMES[theme]))


@pytest.mark.parametrize("theme", UV_THEMES)
@_examples(40, night=400)
@given(tape=tapes())
def test_as_uv(theme: str, tape: bytes, uv_judge: Judge) -> None:
    _check(uv_judge, make_uv_case(tape, THEMES[theme]))


@pytest.mark.parametrize(("installer", "theme"), REAL)
@_examples(12, night=100)
@given(tape=tapes())
def test_real_installs(installer: str, theme: str, tape: bytes, real_judges: dict[str, Judge]) -> None:
    make = make_case if installer == "pip" else make_uv_case
    _check(real_judges[installer], make(tape, THEMES[theme]))


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_variant_is_taken_where_nothing_speaks_against_it(installer: str, pip_judge: Judge, uv_judge: Judge) -> None:
    """The law alone would hold as well if no variant was ever taken."""
    judge = pip_judge if installer == "pip" else uv_judge
    standard = Blob("demo", "1.0")
    variant = Blob("demo", "1.0", properties=("x86_64 :: level :: v3",))
    source = Source("html", (Listed(standard), Listed(variant)))
    case = Case((source,), ("demo",), (Setting("index-url", "<0>"),), installer=installer)
    before = judge.variants
    _check(judge, case)
    assert judge.variants == before + 1
