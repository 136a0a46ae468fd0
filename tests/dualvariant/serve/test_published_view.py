"""The URLs of a view: which files get one of ours, what it carries, and who is redirected."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import samples
from dualvariant.network.client import AccessNeeds, Client
from dualvariant.network.transport import Transport
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.page import File
from dualvariant.repository.sources import Sources, SourceSettings
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.view import View
from dualvariant.serve.handover import ClientAbilities, can_fetch
from dualvariant.serve.published_view import PublishedView
from processes import PATIENCE
from servers import IndexServer, serving
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.profile import HostProfile

DEMO = canonicalize_name("demo")
BASE = "http://127.0.0.1:1/segment"
STANDARD = "demo-1.0-py3-none-any.whl"
PIP = ClientAbilities()
UV = ClientAbilities(trusted_hosts=False, client_certificate=False)
pytestmark = pytest.mark.usefixtures("no_proxies")
CHOICE = Choice(HostProfile([ProviderConfig("x86_64", [KeyConfig("level", ["v3"])])]), ("py3-none-any",), "3.11.7")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with a v3 variant."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0")
    samples.make_wheel(folder, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    return folder


def publish(
    settings: SourceSettings, cache: Path, choice: Choice = CHOICE, abilities: ClientAbilities = PIP
) -> PublishedView:
    client = Client(Transport(timeout=PATIENCE, retries=0), settings.indexes)
    reader = MetadataReader(client, ContentCache(cache))
    return PublishedView(View(Sources(settings, client), choice, lambda: reader), client, BASE, abilities)


def page(published: PublishedView) -> dict[str, File]:
    files = published.page(DEMO)
    assert files is not None
    return {file.filename: file for file in files}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_chosen_variant_has_its_standard_name_under_a_url_with_digest_and_sha256(
    wheels: Path, tmp_path: Path
) -> None:
    (variant,) = wheels.glob("*~*.whl")
    published = publish(SourceSettings(find_links=(str(wheels),), no_index=True), tmp_path)
    (file,) = page(published).values()
    token = sha256(variant)
    assert file.filename == STANDARD
    assert file.url == f"{BASE}/{published.digest}/files/{token}/{STANDARD}"
    assert file.hashes["sha256"] == token
    assert published.index_url == f"{BASE}/{published.digest}/simple"
    resource = published.resource(token, STANDARD)
    assert resource is not None and (resource.file.url, resource.redirect) == (variant.as_uri(), False)
    assert published.resource(token, variant.name) is None
    assert published.resource("0" * 64, STANDARD) is None


def test_a_file_that_is_not_renamed_keeps_its_url(wheels: Path, tmp_path: Path) -> None:
    """pip finds the wheel that it has built from an sdist by the URL of the sdist."""
    (wheels / "demo-0.9.tar.gz").write_bytes(b"")
    published = publish(SourceSettings(find_links=(str(wheels),), no_index=True), tmp_path)
    assert page(published)["demo-0.9.tar.gz"].url == (wheels / "demo-0.9.tar.gz").as_uri()
    assert [resource.filename for resource in published.resources] == [STANDARD]


def test_a_wheel_that_is_uploaded_again_gets_another_url(wheels: Path, tmp_path: Path) -> None:
    settings = SourceSettings(find_links=(str(wheels),), no_index=True)
    before = page(publish(settings, tmp_path))[STANDARD].url
    samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v3"], body="AGAIN = True\n")
    assert page(publish(settings, tmp_path))[STANDARD].url != before


def test_another_choice_and_other_sources_have_other_urls(wheels: Path, tmp_path: Path) -> None:
    settings = SourceSettings(find_links=(str(wheels),), no_index=True)
    published = publish(settings, tmp_path)
    others = [
        publish(settings, tmp_path, CHOICE._replace(python="3.12.1")),
        publish(settings._replace(find_links=(f"{wheels}/",)), tmp_path),
    ]
    assert len({one.digest for one in (published, *others)}) == 3
    assert len({page(one)[STANDARD].url for one in (published, *others)}) == 3


def test_a_variant_on_a_server_is_redirected_to(wheels: Path, tmp_path: Path) -> None:
    with serving(IndexServer(wheels)) as server:
        published = publish(SourceSettings(server.url), tmp_path)
        page(published)
    assert [resource.redirect for resource in published.resources] == [True]


def test_files_of_an_index_with_a_login_are_all_streamed(wheels: Path, tmp_path: Path) -> None:
    """The installer does not have the login that is in the URL of the index."""
    (wheels / "demo-0.9-py2-none-any.whl").write_bytes(b"")
    with serving(IndexServer(wheels)) as server:
        published = publish(SourceSettings(server.url.replace("//", "//me:secret@")), tmp_path)
        files = page(published)
    assert all(file.url.startswith(BASE) for file in files.values())
    assert {resource.filename: resource.redirect for resource in published.resources} == dict.fromkeys(files, False)
    assert "secret" not in str([file.url for file in files.values()])


def test_a_url_of_an_earlier_run_is_answered(wheels: Path, tmp_path: Path) -> None:
    """An installer that caches pages need not ask for the page again."""
    settings = SourceSettings(find_links=(str(wheels),), no_index=True)
    token = page(publish(settings, tmp_path))[STANDARD].hashes["sha256"]
    resource = publish(settings, tmp_path).resource(token, STANDARD)
    assert resource is not None and resource.filename == STANDARD


def test_a_project_that_no_source_has(wheels: Path, tmp_path: Path) -> None:
    published = publish(SourceSettings(find_links=(str(wheels),), no_index=True), tmp_path)
    assert published.page(canonicalize_name("other")) is None


def test_a_file_that_cannot_be_read_is_listed_without_a_hash(wheels: Path, tmp_path: Path) -> None:
    """The installer reports it, if it takes the file."""
    (variant,) = wheels.glob("*~*.whl")
    settings = SourceSettings(find_links=(str(wheels),), no_index=True)
    published = publish(settings, tmp_path)
    published.view.project(DEMO)
    variant.unlink()
    assert page(published)[STANDARD].hashes == {}


# --- who can fetch what


@pytest.mark.parametrize(
    ("needs", "pip", "uv"),
    [
        (AccessNeeds(), True, True),
        (AccessNeeds(login=True), False, False),
        (AccessNeeds(trusted_host=True), True, False),
        (AccessNeeds(client_certificate=True), True, False),
        (AccessNeeds(login=True, trusted_host=True), False, False),
    ],
)
def test_what_an_installer_can_do(needs: AccessNeeds, pip: bool, uv: bool) -> None:
    assert (PIP.meet(needs), UV.meet(needs)) == (pip, uv)


@pytest.mark.parametrize(
    ("url", "pip", "uv"),
    [
        ("https://host/x.whl", True, False),
        ("https://other/x.whl", True, True),
        ("http://host/x.whl", True, True),
        ("https://me:pw@other/x.whl", False, False),
        ("file:///x.whl", False, False),
    ],
)
def test_which_urls_an_installer_can_fetch(url: str, pip: bool, uv: bool) -> None:
    client = Client(Transport(trusted_hosts=["host"]))
    assert (can_fetch(url, client, PIP), can_fetch(url, client, UV)) == (pip, uv)
