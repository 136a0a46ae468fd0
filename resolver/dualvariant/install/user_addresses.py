"""The user's own addresses in place of those that an installer sees.

An installer is told of one index, the view, and gets copies of requirement files and of local variant wheels. None of
these addresses outlives the run, and that of the view has a secret part. So what the installer prints or keeps gets the
addresses of the user's indexes, of the files on them, and of the user's own files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from dualvariant.engines.protocol import Translation
from dualvariant.network.urls import Url, is_address, local_path, mask_login, strip_credentials
from dualvariant.repository.sources import PYPI, SourceSettings
from dualvariant.serve.published_view import PublishedView

__all__ = ["UserAddresses"]


class UserAddresses:
    """Translates texts and URLs of one run.

    Args:
        published: the view that the installer sees.
        copies: copies of the user's files that the installer gets → what the user calls them.
        earlier: what it saw before in the same run.
    """

    def __init__(
        self, published: PublishedView, copies: Mapping[Path, str], earlier: Sequence[PublishedView] = ()
    ) -> None:
        self.published = published
        self.copies = copies
        self._earlier = earlier
        self._settings: SourceSettings = published.view.sources.settings
        #: As they are printed. Longest first: one may be the beginning of another.
        self._copies = sorted(_list_spellings(copies), key=lambda pair: -len(pair[0]))
        self._urls = {path.as_uri(): Path(place).absolute().as_uri() for path, place in copies.items()}
        base = Url.parse(published.base)
        self._host = base.server.host_and_port
        self._segment = base.path.strip("/")
        self._pattern = re.compile(
            rf"(?:http://{re.escape(self._host)})?/{re.escape(self._segment)}(?:/[0-9a-f]{{16}})?"
            r"(?:/simple(?:/(?P<project>[A-Za-z0-9._-]+))?/?"
            r"|/files/(?P<token>[0-9a-f]+)/(?P<filename>[^\s/\"'<>#?)]+?)(?P<metadata>\.metadata)?(?=[\s/\"'<>#?)]|$))?"
        )
        host, port = self._host.rsplit(":", 1)
        self._server = re.compile(rf"{re.escape(self._host)}|host='{re.escape(host)}', port={port}")

    def move_to(self, published: PublishedView) -> UserAddresses:
        """The addresses after the view was published again; those from before still have a meaning."""
        return UserAddresses(published, self.copies, (self.published, *self._earlier))

    @property
    def translation(self) -> Translation:
        """How an installer's messages are changed."""
        own = " and ".join(self._index_urls()) or "the files of --find-links"
        return Translation(
            marks=(self._segment, self._host, *(path for path, _ in self._copies), ".whl", "port="),
            translate=self.translate,
            explanation=f"addresses with {self._host} are those of dualvariant, which reads {own}",
        )

    def translate(self, text: str) -> str | None:
        """A message of the installer as the user sees it; None if it is to be left out."""
        if text == f"Looking in indexes: {self.published.index_url}":
            return self._describe_sources()
        text = self._pattern.sub(self._replace, text)
        for path, place in self._copies:
            text = text.replace(path, place)
        text = self._server.sub("dualvariant", text)
        for resource in self.published.resources:
            if resource.filename != resource.file.filename and resource.filename in text:
                text = text.replace(resource.filename, resource.file.filename)
        return text

    def find_url(self, url: str) -> str:
        """The user's URL for one that the installer has recorded; itself if it is no URL of ours."""
        if url in self._urls:
            return self._urls[url]
        match = self._pattern.fullmatch(url)
        return url if match is None or match["token"] is None else self._replace(match, strip_credentials)

    def _replace(self, match: re.Match[str], show: Callable[[str], str] = mask_login) -> str:
        if match["token"] is not None:
            filename = match["filename"].rstrip(".,:;")
            rest = match["filename"][len(filename) :] + (match["metadata"] or "")
            views = (self.published, *self._earlier)
            found = (view.find(match["token"], unquote(filename)) for view in views)
            resource = next((each for each in found if each is not None), None)
            if resource is None:
                return filename + rest
            return show(quote(resource.file.url, safe="/:?&=%#@!$'()*+,;~[]")) + rest
        pages = self._index_urls()
        if match["project"] is not None:
            pages = [f"{url.rstrip('/')}/{match['project']}/" for url in pages]
        return ", ".join(pages or self._links()) or "dualvariant"

    def _describe_sources(self) -> str | None:
        """What pip says of these sources: nothing if PyPI is the only index."""
        lines = []
        if self._settings.indexes not in ((), (PYPI,)):
            lines.append(f"Looking in indexes: {', '.join(self._index_urls())}")
        if self._settings.find_links:
            lines.append(f"Looking in links: {', '.join(self._links())}")
        return "\n".join(lines) or None

    def _index_urls(self) -> Sequence[str]:
        return [mask_login(url) for url in self._settings.indexes]

    def _links(self) -> Sequence[str]:
        return [str(local_path(url) or mask_login(url)) for url in self._settings.find_links]


def _list_spellings(copies: Mapping[Path, str]) -> Iterator[tuple[str, str]]:
    """The spellings in which an installer prints the copies, each with what the user calls the file."""
    here = str(Path.cwd())
    for path, place in copies.items():
        if is_address(place):
            place = address = mask_login(place)
        else:
            address = Path(place).absolute().as_uri()
        yield str(path), place
        yield path.as_uri(), address
        if str(path).startswith(f"{here}{os.sep}"):
            yield f".{str(path)[len(here) :]}", place  # as pip shortens it
