"""The judge of the law sees what the law forbids, and allows its exceptions; no installer runs here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest
from attrs import define, evolve
from hypothesis import given

from law_cases import Case, Listed, Setting, Source
from law_files import Blob
from law_judge import Judge, Outcome
from law_pip_cases import make_case
from law_themes import THEMES, tapes
from law_uv_cases import make_uv_case
from law_world import Side, World, opened_world
from property_tests import examples

OLD, STANDARD = Blob("demo", "1.0"), Blob("demo", "2.0")
FITTING = evolve(STANDARD, properties=("x86_64 :: level :: v3",))
UNFIT = evolve(STANDARD, properties=("x86_64 :: level :: v4",))
ONLY_VARIANT = Blob("demo", "3.0", properties=("x86_64 :: level :: v3",))
BLOBS = (OLD, STANDARD, FITTING, UNFIT, ONLY_VARIANT)
CASE = Case((Source("html", tuple(map(Listed, BLOBS))),), ("demo",), (Setting("index-url", "<0>"),))


def _installed(*blobs: Blob) -> Outcome:
    return Outcome(0, {blob.project: (blob.version, blob.digest("sha256")) for blob in blobs})


def _explained(blob: Blob) -> Outcome:
    candidates = [{"filename": blob.filename, "verdict": "chosen"}]
    project = {"name": blob.project, "version": blob.version, "candidates": candidates}
    return Outcome(0, stdout=json.dumps({"projects": [project]}))


@define
class _Written:
    """Runs whose outcomes are given; the installer cannot install what a limit asks for."""

    plain: Outcome
    install: Outcome
    explain: Outcome

    def theirs(self, side: Side, words: Sequence[str]) -> Outcome:
        return Outcome(1) if "law-limits.txt" in words else self.plain

    def ours(self, command: str, side: Side, words: Sequence[str]) -> Outcome:
        return self.install if command == "install" else self.explain

    def key(self, blob: Blob) -> str:
        return blob.digest("sha256")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.mark.parametrize(
    ("plain", "install", "explain", "kinds"),
    [
        (_installed(STANDARD), _installed(STANDARD), _explained(STANDARD), []),
        (_installed(STANDARD), _installed(FITTING), _explained(FITTING), []),
        (_installed(OLD), _installed(ONLY_VARIANT), _explained(ONLY_VARIANT), []),
        (Outcome(1), _installed(FITTING), _explained(FITTING), []),
        (Outcome(1), Outcome(3), _explained(STANDARD), []),
        (_installed(STANDARD), _installed(OLD), _explained(OLD), ["release"]),
        (_installed(OLD), _installed(STANDARD), _explained(STANDARD), ["release"]),
        (_installed(STANDARD), _installed(UNFIT), _explained(UNFIT), ["wheel"]),
        (_installed(STANDARD), Outcome(5, error="unusable-wheel"), Outcome(5), ["fails [unusable-wheel]"]),
        (Outcome(1), Outcome(5, error="unusable-wheel"), Outcome(3), ["explain ends otherwise"]),
        (_installed(STANDARD), Outcome(1), _explained(STANDARD), ["fails [1]"]),
        (Outcome(1), _installed(STANDARD), _explained(STANDARD), ["succeeds"]),
        (Outcome(1), Outcome(1, output="Traceback"), _explained(STANDARD), ["traceback"]),
        (_installed(STANDARD), _installed(STANDARD), _explained(OLD), ["explain release"]),
        (_installed(STANDARD), _installed(STANDARD), _explained(FITTING), ["explain wheel"]),
        (_installed(STANDARD), _installed(STANDARD), Outcome(3, error="x"), ["explain fails [x]"]),
        (_installed(OLD), _installed(OLD), evolve(_explained(OLD), code=3), ["explain finds nothing"]),
        (Outcome(1), Outcome(3, error="nothing-fits"), _explained(STANDARD), ["explain ends otherwise"]),
        (Outcome(1), Outcome(3, error="nothing-fits"), Outcome(3, error="no-admitted-release"), []),
    ],
)
def test_the_judge(plain: Outcome, install: Outcome, explain: Outcome, kinds: list[str], world: World) -> None:
    found = Judge(world, _Written(plain, install, explain)).compare(CASE)
    assert [difference.kind for difference in found] == kinds


def test_the_oracle_sees_no_trace_of_variants(world: World) -> None:
    source = Source("folder", CASE.sources[0].files, (("demo", "2.0", "right"),))
    with world.written(evolve(CASE, sources=(source,))) as (plain, full):
        names = [
            sorted(path.name for path in (side.folder.parent / "0").iterdir() if "~" in path.name)
            for side in (plain, full)
        ]
    assert names[0] == []
    assert len(names[1]) == 4


@pytest.mark.parametrize("make", [make_case, make_uv_case])
@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
@examples(15)
@given(tape=tapes())
def test_every_tape_is_a_case_that_can_be_written(
    make: Callable[[bytes, object], Case], theme: object, tape: bytes, world: World
) -> None:
    case = make(tape, theme)
    assert case == make(tape, theme)
    with world.written(case) as sides:
        for side in sides:
            assert "<0>" not in " ".join([*side.words, *side.our_words, *side.environment.values()])


def test_a_tape_of_zeros_is_the_simplest_case() -> None:
    case = make_case(b"", THEMES["everything"])
    assert (len(case.sources), len(case.requirements), len(case.files)) == (1, 1, 0)
    assert [listed.blob for listed in case.sources[0].files] == [Blob("demo", "1.0")]


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_files_are_the_same_in_every_process(kind: str) -> None:
    """Digests are parts of cases, and a seed has to repeat them."""
    blob = Blob("demo", "1.0", kind=kind)
    program = f"from law_files import Blob; print(Blob('demo', '1.0', kind={kind!r}).digest('sha256'))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == blob.digest("sha256")
