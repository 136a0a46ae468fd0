"""Which sources are asked for a project, and what follows when one of them fails or does not have it."""

from __future__ import annotations

from pathlib import Path

import pytest

import samples
from demo_sources import DEMO, TRANSPORT, list_by_name, uv_settings
from dualvariant.network.client import Client
from dualvariant.network.failures import ForbiddenError, SourceError
from dualvariant.repository.sources import Sources, SourceSettings
from servers import IndexServer


def test_sources_are_read_at_once(places: dict[str, IndexServer]) -> None:
    import threading

    everybody = threading.Barrier(3)

    def together(path: str) -> None:
        everybody.wait(TRANSPORT.timeout)

    for name in ("index", "extra", "third"):
        places[name].override = together
    assert list_by_name(
        Sources(SourceSettings(places["index"].url, (places["extra"].url, places["third"].url)), Client(TRANSPORT))
    )


# --- a source that does not answer


@pytest.mark.parametrize("status", [404, 410])
def test_a_source_without_the_project_is_passed_over(status: int, places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (status, {}, b"")
    messages: list[str] = []
    found = list_by_name(
        Sources(SourceSettings(places["index"].url, (places["extra"].url,)), Client(TRANSPORT), messages.append)
    )
    assert len(found) == 2 and messages == []


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_source_that_fails_is_passed_over_and_named_once(status: int, places: dict[str, IndexServer]) -> None:
    """As in pip; what only it has is missed, and the user learns of that."""
    places["extra"].override = lambda path: (status, {}, b"")
    messages: list[str] = []
    settings = SourceSettings(places["index"].url, (places["extra"].url,))
    sources = Sources(settings, Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1
    assert f"{places['extra'].url}/demo/" in messages[0] and str(status) in messages[0]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_source_that_fails_is_an_error_if_the_user_is_strict(status: int, places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (status, {}, b"")
    settings = SourceSettings(places["index"].url, (places["extra"].url,), strict=True)
    with pytest.raises(SourceError) as caught:
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert f"{places['extra'].url}/demo/" in str(caught.value) and str(status) in str(caught.value)


def test_a_source_that_fails_is_an_error_if_no_other_has_the_project(places: dict[str, IndexServer]) -> None:
    """It is not known then whether the project exists."""
    places["index"].override = lambda path: (404, {}, b"")
    places["extra"].override = lambda path: (500, {}, b"")
    settings = SourceSettings(places["index"].url, (places["extra"].url,))
    with pytest.raises(SourceError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)


def test_a_source_that_refuses_every_name_is_named_once(places: dict[str, IndexServer]) -> None:
    places["extra"].override = lambda path: (403, {}, b"")
    messages: list[str] = []
    sources = Sources(SourceSettings(places["index"].url, (places["extra"].url,)), Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1 and places["extra"].url in messages[0] and "403" in messages[0]


def test_a_refusal_is_an_error_where_no_other_source_has_the_project(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    places["extra"].override = lambda path: (403, {}, b"")
    (tmp_path / "empty").mkdir()
    settings = SourceSettings(places["extra"].url, find_links=(str(tmp_path / "empty"),))
    with pytest.raises(ForbiddenError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)


def test_a_folder_that_is_not_there_is_named_once(places: dict[str, IndexServer], tmp_path: Path) -> None:
    """It may be on a disk that is not mounted. pip warns of it too."""
    messages: list[str] = []
    settings = SourceSettings(places["index"].url, find_links=(str(tmp_path / "absent"),))
    sources = Sources(settings, Client(TRANSPORT), messages.append)
    assert len(list_by_name(sources)) == 2 and len(list_by_name(sources)) == 2
    assert len(messages) == 1 and "absent" in messages[0]


# --- uv's order


def asked(server: IndexServer) -> list[str]:
    return [path for path in server.paths() if path.startswith("/simple/")]


def test_uv_asks_no_index_behind_the_first_that_has_the_project(places: dict[str, IndexServer]) -> None:
    """A private name is never sent to the public index: nobody can put a higher version there."""
    settings = uv_settings(places["index"].url, places["extra"].url)
    names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {file.source for file in names.values()} == {0}
    assert asked(places["extra"]) == []


def test_uv_asks_the_next_index_if_one_does_not_have_the_project(places: dict[str, IndexServer]) -> None:
    places["index"].override = lambda path: (404, {}, b"")
    settings = uv_settings(places["index"].url, places["extra"].url, places["third"].url)
    names = list_by_name(Sources(settings, Client(TRANSPORT)))
    assert {file.source for file in names.values()} == {1}
    assert asked(places["third"]) == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_uv_ends_its_search_at_an_index_that_fails(status: int, places: dict[str, IndexServer]) -> None:
    """As uv does, unless the file that names the index says that the code means nothing."""
    places["index"].override = lambda path: (status, {}, b"")
    settings = uv_settings(places["index"].url, places["extra"].url)
    with pytest.raises(SourceError):
        Sources(settings, Client(TRANSPORT)).list_files(DEMO)
    assert asked(places["extra"]) == []
    codes = {places["index"].url: frozenset({status})}
    found = Sources(settings._replace(ignored_codes=codes), Client(TRANSPORT)).list_files(DEMO)
    assert found is not None and {file.source for file in found.files} == {1}


def test_a_flat_index_of_uv_has_a_project_if_it_has_a_file_of_it(
    places: dict[str, IndexServer], tmp_path: Path
) -> None:
    samples.make_wheel(tmp_path / "flat", "other", "1.0")
    flat = (tmp_path / "flat").as_uri()
    settings = uv_settings(flat, places["index"].url, places["extra"].url, flat=frozenset({flat}))
    assert {file.source for file in list_by_name(Sources(settings, Client(TRANSPORT))).values()} == {1}
    samples.make_wheel(tmp_path / "flat", "demo", "9.0")
    assert list(list_by_name(Sources(settings, Client(TRANSPORT)))) == ["demo-9.0-py3-none-any.whl"]
