"""The law: what plain pip or uv installs, dualvariant installs too, the same wheel or a better variant of its release.

docs/explanation/law.md says how it is checked, and how to repeat what a run has found.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings

from law_cases import Case, Listed, RequirementFile, Setting, Source
from law_files import Blob
from law_judge import Judge, opened_judge
from law_pip_cases import make_case
from law_themes import THEMES, tapes
from law_uv_cases import make_uv_case
from law_words import describe_case
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
@_examples(250, night=1250)
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


@pytest.mark.parametrize("requirement", ["demo", "demo>=1", "demo<2"])
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_pre_releases_beside_final_ones_that_are_yanked(
    installer: str, requirement: str, pip_judge: Judge, uv_judge: Judge
) -> None:
    """To uv there is then no final release; pip finds nothing."""
    variant = Blob("demo", "2.1rc1", properties=("x86_64 :: level :: v3",))  # a page without any is not judged
    files = (Listed(Blob("demo", "2.1rc1")), Listed(variant), Listed(Blob("demo", "1.0"), yanked=""))
    case = Case((Source("json", files),), (requirement,), (Setting("index-url", "<0>"),), installer=installer)
    _check(pip_judge if installer == "pip" else uv_judge, case)


@pytest.mark.parametrize("requirement", ["demo", "demo>=1", "demo==1.0"])
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_yanked_files_beside_a_variant_that_does_not_fit(
    installer: str, requirement: str, pip_judge: Judge, uv_judge: Judge
) -> None:
    """The variant keeps its release from being yanked as a whole."""
    fitting, unfit = (Blob("demo", "1.0", properties=(f"x86_64 :: level :: {level}",)) for level in ("v3", "v4"))
    source = Source("json", (Listed(Blob("demo", "1.0"), yanked=""), Listed(fitting, yanked=""), Listed(unfit)))
    case = Case((source,), (requirement,), (Setting("index-url", "<0>"),), installer=installer)
    _check(pip_judge if installer == "pip" else uv_judge, case)


#: pip's own to judge, and two requests that ``install`` refuses before.
FAILING = [*permutations(("demo", "needed", "absent"), 2), *permutations(("demo===9", "needed", "absent"), 2)]


@pytest.mark.parametrize("requirements", list(dict.fromkeys(FAILING)), ids=" ".join)
def test_two_requests_that_fail_in_different_ways(requirements: tuple[str, str], pip_judge: Judge) -> None:
    late = "2026-01-01T00:00:00Z"
    damaged = Blob("needed", "1.0", properties=("x86_64 :: level :: v3",), damage="cut")
    source = Source("json", (Listed(Blob("demo", "1.0"), uploaded=late), Listed(damaged, uploaded=late)))
    settings = (Setting("index-url", "<0>"), Setting("uploaded-prior-to", "2025-01-01", "command"))
    _check(pip_judge, Case((source,), requirements, settings))


@pytest.mark.parametrize("value", [":none:", "other-name", "demo", ":all:"])
def test_a_final_release_that_has_variants_only_beside_a_pre_release(value: str, pip_judge: Judge) -> None:
    """It is taken, unless the user asks for the pre-releases of this very project."""
    variant = Blob("demo", "1.0", properties=("x86_64 :: level :: v3",))
    source = Source("html", (Listed(Blob("demo", "2.1rc1")), Listed(variant)))
    settings = (Setting("index-url", "<0>"), Setting("all-releases", value, "command"))
    _check(pip_judge, Case((source,), ("demo",), settings))


@pytest.mark.parametrize("strategy", ["allow", "disallow", "explicit", "if-necessary"])
def test_uvs_strategies_where_a_final_release_has_variants_only(strategy: str, uv_judge: Judge) -> None:
    variant = Blob("demo", "1.0", properties=("x86_64 :: level :: v3",))
    source = Source("html", (Listed(Blob("demo", "2.1rc1")), Listed(variant)))
    settings = (Setting("index-url", "<0>"), Setting("prerelease", strategy, "env"))
    _check(uv_judge, Case((source,), ("demo",), settings, installer="uv"))


@pytest.mark.parametrize("option", ["", "--no-verify-hashes"])
@pytest.mark.parametrize("requirement", ["demo", "demo==1.0", "demo==1.*", "demo===1.0"])
def test_uv_compares_the_hashes_of_one_exact_version(requirement: str, option: str, uv_judge: Judge) -> None:
    """Of files in a folder we know the hashes; the variant does not fit, but a page without any is not judged."""
    variant = Blob("demo", "1.0", properties=("x86_64 :: level :: v4",))
    source = Source("folder", (Listed(Blob("demo", "1.0")), Listed(variant)))
    asked = RequirementFile("asked.txt", (f"{requirement} --hash=sha256:{'0' * 64}",))
    settings = [Setting("find-links", "<0>"), Setting("no-index", None), Setting("requirement", "asked.txt")]
    settings += [Setting(option[2:], None)] if option else []
    _check(uv_judge, Case((source,), (), tuple(settings), (asked,), installer="uv"))


@pytest.mark.parametrize("override", ["demo!=2.0", "demo==1.0", "demo>=1"])
def test_uv_compares_the_hashes_of_a_version_that_an_override_may_replace(override: str, uv_judge: Judge) -> None:
    newer, older = Blob("demo", "3.0"), Blob("demo", "1.0")
    variants = [Listed(evolve(blob, properties=("x86_64 :: level :: v3",))) for blob in (newer, older)]
    # Of files in a folder we know that they are not listed.
    source = Source("folder", (Listed(newer), Listed(older), *variants))
    asked = RequirementFile("asked.txt", (f"demo==1.0 --hash=sha256:{older.digest('sha256')}",))
    settings = (
        Setting("find-links", "<0>"),
        Setting("no-index", None),
        Setting("requirement", "asked.txt"),
        Setting("override-dependencies", override, "pyproject"),
    )
    _check(uv_judge, Case((source,), (), settings, (asked,), installer="uv"))


@pytest.mark.parametrize("yanked", [None, ""])
@pytest.mark.parametrize("kind", ["folder", "json"])
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_yanked_wheel_with_a_listed_hash_beside_one_without_hashes(
    installer: str, kind: str, yanked: str | None, pip_judge: Judge, uv_judge: Judge
) -> None:
    built, plain = Blob("demo", "1.0", build="1"), Blob("demo", "1.0")
    unfit = Listed(Blob("demo", "1.0", properties=("x86_64 :: level :: v4",)))  # a page without any is not judged
    sources = (Source(kind, (Listed(built, ()),)), Source("json", (Listed(plain, ("sha512",), yanked=yanked), unfit)))
    hashes = " ".join(f"--hash=sha512:{blob.digest('sha512')}" for blob in (built, plain))
    asked = RequirementFile("asked.txt", (f"demo==1.0 {hashes}",))
    other = Setting("find-links" if kind == "folder" else "extra-index-url", "<0>")
    settings = (Setting("index-url", "<1>"), other, Setting("requirement", "asked.txt"))
    case = Case(sources, (), settings, (asked,), installer=installer)
    _check(pip_judge if installer == "pip" else uv_judge, case)


@pytest.mark.parametrize("requirement", ["demo", "demo==2.0", "demo>=2"])
@pytest.mark.parametrize(
    "listed",
    [
        Listed(Blob("demo", "2.0", build="1"), uploaded="2026-09-01T00:00:00Z"),
        Listed(Blob("demo", "2.0", build="1")),
        Listed(Blob("demo", "2.0", build="1"), yanked="", uploaded="2026-01-01T00:00:00Z"),
        Listed(Blob("demo", "2.0", tag="cp39-cp39-win_amd64"), uploaded="2026-01-01T00:00:00Z"),
        Listed(Blob("demo", "2.0", kind="sdist"), uploaded="2026-01-01T00:00:00Z"),
    ],
    ids=["late", "without a time", "yanked", "of another system", "sdist"],
)
def test_uv_goes_on_to_the_next_index_where_it_cannot_take_a_file(
    listed: Listed, requirement: str, uv_judge: Judge
) -> None:
    """With ``unsafe-best-match``; the first index has a variant of the same release that does not fit."""
    early = "2026-01-01T00:00:00Z"
    variant = Listed(Blob("demo", "2.0", properties=("x86_64 :: level :: v4",)), uploaded=early)
    later = (Listed(Blob("demo", "2.0"), uploaded=early), Listed(Blob("demo", "1.0"), uploaded=early))
    settings = [Setting("index-url", "<1>"), Setting("extra-index-url", "<0>"), Setting("only-binary", "demo")]
    settings += [
        Setting("index-strategy", "unsafe-best-match", "env"),
        Setting("exclude-newer", "2026-05-01T00:00:00Z"),
    ]
    sources = (Source("json", (listed, variant)), Source("json", later))
    _check(uv_judge, Case(sources, (requirement,), tuple(settings), installer="uv"))


@pytest.mark.parametrize("hashes", [(), ("sha256",)])
@pytest.mark.parametrize("kinds", list(permutations(("folder", "links", "links"))), ids=" ".join)
def test_uv_takes_a_find_links_copy_before_it_looks_at_the_python_it_needs(
    kinds: tuple[str, ...], hashes: tuple[str, ...], uv_judge: Judge
) -> None:
    final, later = Blob("demo", "1.0"), Listed(Blob("demo", "2.1rc1"))
    sources = [
        Source(kind, (Listed(final, hashes, requires_python=">=4" if at == 0 else None), later))
        for at, kind in enumerate(kinds)
    ]
    variant = Listed(Blob("demo", "1.0", properties=("x86_64 :: level :: v4",)))  # a page without any is not judged
    sources[2] = evolve(sources[2], files=(*sources[2].files, variant))
    settings = [Setting("find-links", f"<{number}>") for number in range(3)] + [Setting("no-index", None)]
    _check(uv_judge, Case(tuple(sources), ("demo",), tuple(settings), installer="uv"))


#: It does not fit, but a page without any variant is not judged.
UNFIT = Blob("demo", "2.0", properties=("x86_64 :: level :: v4",))


@pytest.mark.parametrize(
    ("listed", "setting"),
    [
        (Listed(Blob("demo", "2.0")), Setting("exclude-newer", "2026-05-01T00:00:00Z", "env")),
        (Listed(Blob("demo", "2.0"), requires_python="nothing"), Setting("no-deps", None)),
        (Listed(Blob("demo", "2.1rc1")), Setting("prerelease", "if-necessary", "env")),
    ],
    ids=["without a time", "Python that cannot be read", "a pre-release"],
)
@pytest.mark.parametrize("requirement", ["demo", "demo>=0.9a0"])
def test_explain_passes_over_a_release_as_uv_does(
    requirement: str, listed: Listed, setting: Setting, uv_judge: Judge
) -> None:
    older = Listed(Blob("demo", "1.0"), uploaded="2026-01-01T00:00:00Z")
    source = Source("json", (listed, evolve(listed, blob=UNFIT), older))
    _check(uv_judge, Case((source,), (requirement,), (Setting("index-url", "<0>"), setting), installer="uv"))


def test_explain_prefers_a_wheel_without_hashes_to_one_with_others_as_uv_does(uv_judge: Judge) -> None:
    first, built = Blob("demo", "2.0"), Blob("demo", "2.0", build="1")
    source = Source("json", (Listed(first, hashes=()), Listed(built, hashes=("md5",)), Listed(UNFIT)))
    hashes = " ".join(f"--hash=sha256:{blob.digest('sha256')}" for blob in (first, built))
    asked = RequirementFile("asked.txt", (f"demo==2.0 {hashes}",))
    settings = (Setting("index-url", "<0>"), Setting("requirement", "asked.txt"))
    _check(uv_judge, Case((source,), (), settings, (asked,), installer="uv"))


@pytest.mark.parametrize("hashes", [("sha256",), ("sha256", "md5")], ids=" ".join)
@pytest.mark.parametrize("kind", ["html", "links"])
@pytest.mark.parametrize("fragment", ["plain", "upper", "other-after", "other-before"])
@pytest.mark.parametrize("listed", ["sdist", "variant", "all"])
def test_the_hashes_that_uv_reads_of_a_link(
    listed: str, fragment: str, kind: str, hashes: tuple[str, ...], uv_judge: Judge
) -> None:
    """The case of a digest makes no difference to it, and a link with several pairs has no hash."""
    blobs = {
        "wheel": Blob("demo", "1.0", build="1"),
        "sdist": Blob("demo", "1.0", kind="sdist"),
        "variant": Blob("demo", "1.0", properties=("x86_64 :: level :: v3",)),
    }
    files = tuple(Listed(blob, hashes, fragment=fragment) for blob in blobs.values())
    allowed = blobs.values() if listed == "all" else [blobs[listed]]
    asked = RequirementFile(
        "asked.txt", ("demo==1.0 " + " ".join(f"--hash=sha256:{blob.digest('sha256')}" for blob in allowed),)
    )
    place = Setting("find-links" if kind == "links" else "index-url", "<0>")
    settings = (place, Setting("requirement", "asked.txt"), *([Setting("no-index", None)] if kind == "links" else []))
    _check(uv_judge, Case((Source(kind, files),), (), settings, (asked,), installer="uv"))


@pytest.mark.parametrize("resolution", ["lowest", "highest"])
@pytest.mark.parametrize("listed", ["1.0", "1.0+cpu", "both", "neither"])
@pytest.mark.parametrize("shown", [(), ("sha256",)])
def test_uv_compares_no_hashes_of_different_versions(
    shown: tuple[str, ...], listed: str, resolution: str, uv_judge: Judge
) -> None:
    """A version with a local part is admitted too."""
    blobs = {version: Blob("demo", version) for version in ("1.0", "1.0+cpu")}
    unfit = [evolve(blob, properties=("x86_64 :: level :: v4",)) for blob in blobs.values()]
    source = Source("json", tuple(Listed(blob, shown) for blob in (*blobs.values(), *unfit)))
    allowed = [blob.digest("sha256") for version, blob in blobs.items() if listed in (version, "both")]
    hashes = " ".join(f"--hash=sha256:{digest}" for digest in allowed or ["0" * 64])
    asked = RequirementFile("asked.txt", (f"demo==1.0 {hashes}",))
    settings = (
        Setting("index-url", "<0>"),
        Setting("requirement", "asked.txt"),
        Setting("resolution", resolution, "env"),
    )
    _check(uv_judge, Case((source,), (), settings, (asked,), installer="uv"))


@pytest.mark.parametrize("asked", ["1.0", "1", "01.0", "1.0.0", "1.0+cpu", "1.0+CPU", "1.0rc1", "1.0.0rc1"])
@pytest.mark.parametrize("written", [("1.0",), ("1.0.0", "1.0+cpu"), ("1.0+cpu",), ("1.0rc1", "0.9")], ids=" ".join)
def test_uv_compares_versions_where_the_operator_compares_text(
    written: tuple[str, ...], asked: str, uv_judge: Judge
) -> None:
    blobs = [Blob("demo", version) for version in written]
    variants = [evolve(blob, properties=("x86_64 :: level :: v3",)) for blob in blobs]
    source = Source("json", tuple(map(Listed, (*blobs, *variants))))
    _check(uv_judge, Case((source,), (f"demo==={asked}",), (Setting("index-url", "<0>"),), installer="uv"))


def test_a_newer_release_may_need_a_project_that_has_variants_only(pip_judge: Judge) -> None:
    """Exception 1 of decision 42; without the variant, the newer release is not installable."""
    files = [
        Listed(Blob("demo", "3.0", requires=("needed",))),
        Listed(Blob("demo", "1.0")),
        Listed(Blob("needed", "1.0", properties=("x86_64 :: level :: v3",))),
    ]
    before = pip_judge.variants
    _check(pip_judge, Case((Source("json", tuple(files)),), ("demo",), (Setting("index-url", "<0>"),)))
    assert pip_judge.variants == before + 1


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_final_release_of_variants_only_that_lacks_what_it_needs(
    installer: str, pip_judge: Judge, uv_judge: Judge
) -> None:
    """The installer would not go back from it to the pre-release that it takes by itself."""
    variant = Blob("demo", "1.0", properties=("x86_64 :: level :: v3",), requires=("needed<2",))
    source = Source("json", (Listed(Blob("demo", "2.1rc1")), Listed(variant), Listed(Blob("needed", "3.0"))))
    case = Case((source,), ("demo",), (Setting("index-url", "<0>"),), installer=installer)
    _check(pip_judge if installer == "pip" else uv_judge, case)


def test_a_newer_release_of_variants_only_beside_an_older_one_that_needs_nothing(pip_judge: Judge) -> None:
    """Without the variants, the installer can have the newer release by an older one of the project that needs it."""
    files = [
        Listed(Blob("demo", "2.0", requires=("needed",))),
        Listed(Blob("demo", "1.0")),
        Listed(Blob("needed", "1.0")),
        Listed(Blob("needed", "1.1", properties=("x86_64 :: level :: v3",))),
    ]
    _check(pip_judge, Case((Source("json", tuple(files)),), ("demo",), (Setting("index-url", "<0>"),)))


@pytest.mark.parametrize("asked", [Setting("pre", None), Setting("all-releases", ":all:")])
def test_a_pre_release_of_variants_only_is_taken_where_pre_releases_are_asked_for(
    asked: Setting, pip_judge: Judge
) -> None:
    files = (Listed(Blob("demo", "1.0")), Listed(Blob("demo", "2.1rc1", properties=("x86_64 :: level :: v3",))))
    before = pip_judge.variants
    _check(pip_judge, Case((Source("json", files),), ("demo",), (Setting("index-url", "<0>"), asked)))
    assert pip_judge.variants == before + 1


def test_of_copies_in_several_sources_the_last_one_has_the_last_place(pip_judge: Judge) -> None:
    """pip takes the last of the files that do not differ, as versions and tags go."""
    variant = Blob("demo", "2.0", properties=("x86_64 :: level :: v3",))
    first = (Listed(Blob("demo", "2.0")), Listed(variant))
    second = (Listed(Blob("demo", "2.0.0")), Listed(Blob("demo", "2.0")))
    settings = (Setting("index-url", "<0>"), Setting("extra-index-url", "<1>"))
    _check(pip_judge, Case((Source("json", first), Source("json", second)), ("demo",), settings))


@pytest.mark.parametrize("often", [1, 2])
def test_uv_takes_an_option_of_its_own_once(often: int, uv_judge: Judge) -> None:
    files = (Listed(Blob("demo", "1.0")), Listed(Blob("demo", "1.0", properties=("x86_64 :: level :: v4",))))
    settings = (Setting("index-url", "<0>"), *[Setting("index-strategy", "first-index")] * often)
    _check(uv_judge, Case((Source("json", files),), ("demo",), settings, installer="uv"))


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
