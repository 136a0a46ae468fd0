"""What label wheels stand for: where it is read, and what bad, missing or contradictory metadata costs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import samples
from dualvariant.network.client import Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.label_metadata import MOST_UNLISTED
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Release
from dualvariant.selection.view import View
from label_documents import CPU_PROVIDER, document, make_label_wheel, static, write_index_file
from processes import PATIENCE
from servers import IndexServer, serving
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.dialects import labels
from variantlib.profile import HostProfile
from variantlib.selection import Preferences
from variantlib.wheel_archive import rewrite_wheel

DEMO = canonicalize_name("demo")
V3 = HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3", "v2"])])])
PROVIDERS = {"x86_64": CPU_PROVIDER}
TEXT = document(PROVIDERS, {"v3": {"x86_64": {"level": ["v3"]}}, "v2": {"x86_64": {"level": ["v2"]}}, "null": {}})
HASHED = ["x86_64 :: level :: v2"]


def view_of(*places: str | Path, wanted: tuple[str, ...] = (), cache: Path | None = None) -> View:
    """A view on indexes (addresses) and find-links folders (paths)."""
    urls = [place for place in places if isinstance(place, str)]
    folders = tuple(str(place) for place in places if isinstance(place, Path))
    settings = SourceSettings(urls[0], tuple(urls[1:]), folders) if urls else SourceSettings("", (), folders, True)
    client = Client(Transport(timeout=PATIENCE, retries=0))
    choice = Choice(V3, ("py3-none-any",), "3.11.7", named={DEMO: Preferences(wanted)} if wanted else {})
    return View(Sources(settings, client), choice, lambda: MetadataReader(client, ContentCache(cache)))


def release_of(view: View, version: str = "1.0") -> Release:
    project = view.project(DEMO)
    assert project is not None
    return next(release for number, release in project.releases.items() if str(number) == version)


def judged(view: View, version: str = "1.0") -> dict[str, tuple[str, str]]:
    """Label (or standard, or hash) → outcome and reason, in order of preference."""
    return {
        str(v.candidate.wheel.label or "standard"): (str(v.outcome), str(v.reason))
        for v in release_of(view, version).verdicts
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``demo`` 1.0: a standard wheel, label wheels v3, v2 and null, and a hash wheel; no document beside them."""
    samples.make_wheel(tmp_path, "demo", "1.0")
    samples.make_wheel(tmp_path, "demo", "1.0", properties=HASHED)
    for label in ("v3", "v2", "null"):
        make_label_wheel(tmp_path, "demo", "1.0", label, TEXT)
    return tmp_path


@pytest.mark.parametrize("kind", ["html", "json", "folder"])
@pytest.mark.parametrize("listed", [True, False])
def test_the_document_beside_the_wheels_counts_else_the_wheels_themselves(
    kind: str, listed: bool, folder: Path
) -> None:
    if listed:
        write_index_file(folder, "demo", "1.0", TEXT)
    if kind == "folder":
        found = judged(view_of(folder))
    else:
        with serving(IndexServer(folder, kind, ranges=True)) as server:
            found = judged(view_of(server.url))
            paths = [path for path in server.paths() if path.startswith("/files/")]
        assert [path.endswith("-variants.json") for path in paths].count(True) == listed
        assert [path for path in paths if path.endswith(("v3.whl", "v2.whl", "null.whl")) and listed] == []
    assert list(found)[:2] == ["v3", "v2"]
    assert list(found)[3:] == ["null", "standard"]
    assert found["v3"][0] == "chosen"


def test_a_label_that_the_document_lacks_is_read_from_one_of_its_wheels(folder: Path) -> None:
    """Uploads are not atomic: the document may be older than a wheel."""
    for build in ("1", "2"):
        make_label_wheel(folder, "demo", "1.0", "v3", TEXT, build=build)
    older = document(PROVIDERS, {"v2": {"x86_64": {"level": ["v2"]}}})
    write_index_file(folder, "demo", "1.0", older)
    with serving(IndexServer(folder, ranges=True)) as server:
        found = judged(view_of(server.url))
        asked = [path for path in server.paths() if path.endswith("-v3.whl")]
    assert list(found)[:2] == ["v3", "v2"]
    assert len(set(asked)) == 1


def test_what_was_read_from_a_wheel_is_kept(folder: Path, tmp_path: Path) -> None:
    with serving(IndexServer(folder, ranges=True)) as server:
        first = judged(view_of(server.url, cache=tmp_path / "cache"))
        before = len(server.requests)
        assert judged(view_of(server.url, cache=tmp_path / "cache")) == first
        assert [path for path, _ in server.requests[before:]] == ["/simple/demo/"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "demo-1.0-variants.json: not JSON"),
        (TEXT.replace('"v3": {"x86', '"V3": {"x86'), "demo-1.0-variants.json: variants.V3: is no label"),
        (TEXT.replace("v0.2.0", "v2.0.0"), "demo-1.0-variants.json: $schema: major version 2 is not known"),
        (TEXT.replace('"null": {}', '"null": {"x86_64": {"level": ["v1"]}}'), "demo-1.0-variants.json: variants.null"),
        (TEXT.replace('["v2"]', '["V2"]'), "demo-1.0-variants.json: variants.v2.x86_64.level: must match"),
        (TEXT[:-1] + ', "more": 1}', "demo-1.0-variants.json: $: unknown key 'more'"),
    ],
)
def test_a_bad_document_costs_the_label_wheels_and_never_the_version(text: str, why: str, folder: Path) -> None:
    """Not even if an older release is sound; uv would go back to that one."""
    make_label_wheel(folder, "demo", "0.9", "v3", TEXT)
    write_index_file(folder, "demo", "0.9", TEXT)
    write_index_file(folder, "demo", "1.0", text)
    view = view_of(folder)
    found = judged(view)
    (chosen,) = [name for name, (outcome, _) in found.items() if outcome == "chosen"]
    assert len(chosen) == 8  # the hash wheel
    assert all(found[label][0] == "rejected" and found[label][1].startswith(why) for label in ("v3", "v2", "null"))
    (problem,) = release_of(view).problems
    assert problem.startswith(why)
    assert judged(view, "0.9")["v3"][0] == "chosen"


def test_a_document_that_is_gone_or_another_one_costs_the_label_wheels(folder: Path) -> None:
    path = write_index_file(folder, "demo", "1.0", TEXT)
    for status, body, why in [
        (404, b"", "404"),
        (200, TEXT.replace("v3", "v2").encode(), "it is not the file that the page lists (its sha256 is another)"),
    ]:
        with serving(IndexServer(folder)) as server:
            server.override = lambda at, answer=(status, {}, body): answer if at.endswith(path.name) else None  # type: ignore[misc]
            found = judged(view_of(server.url))
        assert found["v3"][0] == "rejected"
        assert why in found["v3"][1] and path.name in found["v3"][1]
        assert found["standard"][0] == "beaten"


def test_a_document_with_more_or_with_no_labels_of_the_page_harms_nothing(folder: Path) -> None:
    value = json.loads(TEXT)
    value["variants"]["gone"] = {"x86_64": {"level": ["v3"]}}
    path = write_index_file(folder, "demo", "1.0", json.dumps(value))
    assert judged(view_of(folder))["v3"][0] == "chosen"
    value["variants"] = {}
    path.write_text(json.dumps(value))
    assert judged(view_of(folder))["v3"][0] == "chosen"


def test_two_spellings_of_a_version_are_one_release(folder: Path) -> None:
    write_index_file(folder, "Demo", "1.0.0", document(PROVIDERS, {"v2": {"x86_64": {"level": ["v3"]}}}))
    found = judged(view_of(folder))
    assert "contradict each other (variants.v2: two different sets of properties)" not in found["v2"][1]
    assert list(found)[:2] == ["v2", "v3"]


def test_a_wheel_that_contradicts_the_document_excludes_the_labels_and_both_are_named(folder: Path) -> None:
    other = document({"x86_64": {"requires": ["provider-variant-x86-64"]}}, {"v2": {"x86_64": {"level": ["v2"]}}})
    write_index_file(folder, "demo", "1.0", other)
    view = view_of(folder)
    found = judged(view)
    for label in ("v3", "v2", "null"):
        outcome, why = found[label]
        assert outcome == "rejected"
        assert why.startswith("demo-1.0-py3-none-any-") and "demo-1.0-variants.json contradict each other" in why
        assert "providers.x86_64: two different contents" in why
    assert found["standard"][0] == "beaten"


def test_a_broken_wheel_costs_its_own_label(folder: Path) -> None:
    path = folder / "demo-1.0-py3-none-any-v3.whl"
    standard = folder / "demo-1.0-py3-none-any.whl"
    for content, why in [
        (None, "it has no 'demo-1.0.dist-info/variant.json'"),
        (b"{", "its variant.json: not JSON"),
        (TEXT.encode(), "its variant.json: variants: must have the label of the file name, 'v3', alone"),
    ]:
        rewrite_wheel(standard, path, {} if content is None else {"demo-1.0.dist-info/variant.json": content})
        view = view_of(folder)
        found = judged(view)
        assert found["v3"][0] == "rejected" and why in found["v3"][1] and path.name in found["v3"][1]
        assert found["v2"][0] == "chosen"
        assert release_of(view).unreadable and not release_of(view).problems


def test_a_server_that_fails_is_a_problem_of_the_release(folder: Path) -> None:
    with serving(IndexServer(folder, ranges=True)) as server:
        server.override = lambda path: (503, {}, b"") if path.endswith("-v3.whl") else None
        view = view_of(server.url)
        assert judged(view)["v3"][0] == "rejected"
        assert "503" in release_of(view).problems[0]


def test_many_labels_without_a_document_are_not_asked_one_by_one(tmp_path: Path) -> None:
    samples.make_wheel(tmp_path, "demo", "1.0")
    labels = [f"v3_{number}" for number in range(MOST_UNLISTED + 1)]
    text = document(PROVIDERS, {label: {"x86_64": {"level": ["v3"]}} for label in labels})
    for label in labels:
        make_label_wheel(tmp_path, "demo", "1.0", label, text)
    with serving(IndexServer(tmp_path, ranges=True)) as server:
        view = view_of(server.url)
        found = judged(view)
        assert found["standard"][0] == "chosen"
        assert all("asking more than 16 is too many" in found[label][1] for label in labels)
        assert release_of(view).problems == [f"17 labels: {found['v3_1'][1]}"]
        assert [path for path in server.paths() if path.endswith(".whl")] == []
        wished = judged(view_of(server.url, wanted=("v3_7",)))
        assert wished["v3_7"][0] == "chosen"
        assert {path for path in server.paths() if path.endswith(".whl")} == {"/files/demo-1.0-py3-none-any-v3_7.whl"}


def test_the_documents_of_two_sources_are_never_put_together(tmp_path: Path) -> None:
    """The same label means v2 on one source and v4 on the other; the wheels of each are what its own document says."""
    one, other = tmp_path / "one", tmp_path / "other"
    for place, label, level in ((one, "fast", "v2"), (other, "fast", "v4"), (other, "slow", "v3")):
        text = document(PROVIDERS, {label: {"x86_64": {"level": [level]}}})
        make_label_wheel(place, "demo", "1.0", label, text, build="1" if place == one else None)
    write_index_file(one, "demo", "1.0", document(PROVIDERS, {"fast": {"x86_64": {"level": ["v2"]}}}))
    both = {"fast": {"x86_64": {"level": ["v4"]}}, "slow": {"x86_64": {"level": ["v3"]}}}
    write_index_file(other, "demo", "1.0", document(PROVIDERS, both))
    found = [(v.candidate.wheel.filename, str(v.outcome)) for v in release_of(view_of(one, other)).verdicts]
    assert found == [
        ("demo-1.0-1-py3-none-any-fast.whl", "chosen"),
        ("demo-1.0-py3-none-any-slow.whl", "beaten"),
        ("demo-1.0-py3-none-any-fast.whl", "rejected"),
    ]


def test_a_document_on_one_source_says_nothing_of_the_wheels_of_another(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    make_label_wheel(one, "demo", "1.0", "fast", document(PROVIDERS, {"fast": {"x86_64": {"level": ["v4"]}}}))
    other.mkdir()
    write_index_file(other, "demo", "1.0", document(PROVIDERS, {"fast": {"x86_64": {"level": ["v3"]}}}))
    assert judged(view_of(one, other))["fast"][1].startswith("needs 'x86_64 :: level :: v4'")


def test_a_yanked_label_wheel_is_not_chosen(folder: Path) -> None:
    write_index_file(folder, "demo", "1.0", TEXT)
    with serving(IndexServer(folder)) as server:
        page = server.page("demo").replace(b"any-v3.whl#", b'any-v3.whl" data-yanked="broken" data-x="#')
        server.override = lambda path: (200, {"Content-Type": "text/html"}, page) if path.endswith("demo/") else None
        found = judged(view_of(server.url))
    assert found["v3"] == ("rejected", "yanked (broken)")
    assert found["v2"][0] == "chosen"


def test_a_static_list_of_the_release_counts_on_every_host(tmp_path: Path) -> None:
    text = document(
        {"blas": static({"lib": ["openblas", "mkl"]})}, {n: {"blas": {"lib": [n]}} for n in ("mkl", "openblas")}
    )
    for label in ("mkl", "openblas"):
        make_label_wheel(tmp_path, "demo", "1.0", label, text)
    assert list(judged(view_of(tmp_path))) == ["openblas", "mkl"]


def test_the_documents_of_a_page_are_sorted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not once for each of its releases."""
    for number in range(6):
        make_label_wheel(tmp_path, "demo", f"1.{number}", "v3", TEXT)
        write_index_file(tmp_path, "demo", f"1.{number}", TEXT)
    parsed: list[str] = []
    original = labels.parse_index_filename

    def count(name: str) -> object:
        parsed.append(name)
        return original(name)

    monkeypatch.setattr(labels, "parse_index_filename", count)
    project = view_of(tmp_path).project(DEMO)
    assert project is not None
    assert len(project.shown) == 6 and all(file.is_renamed for file in project.shown)
    assert len(parsed) == 6
