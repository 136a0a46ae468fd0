"""What the view answers on a connection: pages, METADATA and files, or where a file is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from dualvariant.core.errors import DualvariantError, NoNextStep
from dualvariant.core.files import open_regular
from dualvariant.network.failures import UnreadableSourceFileError, error_for_status, is_error_status
from dualvariant.network.urls import local_path
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.page_renderer import render_html_page, render_json_page
from dualvariant.repository.plain_page import with_absolute_links
from dualvariant.serve.http_connection import HttpConnection
from dualvariant.serve.published_view import PublishedView, Resource

if TYPE_CHECKING:
    from dualvariant.serve.loopback import Httpd

__all__ = ["ViewConnection"]

_CHUNK = 1 << 18
_INSTALLER_REPORTS = NoNextStep("it is printed as a warning, and the installer reports the missing file")
_ROUTE = re.compile(
    r"/(?P<digest>[0-9a-f]{16})/"
    r"(?:simple/(?P<project>[^/]+)/|files/(?P<token>[0-9a-f]+)/(?P<filename>[^/]+?)(?P<metadata>\.metadata)?)"
)


class ViewConnection(HttpConnection):
    """Answers what an installer asks for on one connection to a :class:`~dualvariant.serve.loopback.LoopbackServer`."""

    def setup(self) -> None:
        super().setup()
        httpd = cast("Httpd", self.server)
        self.loopback, self.strangers, self.waiting = httpd.server, httpd.strangers, httpd.waiting

    def handle(self) -> None:
        self.close_connection = False
        self.strangers.add(self.connection)
        try:
            while not self.close_connection and self.read_in_time():
                if self.path.startswith(f"/{self.loopback.segment}/"):
                    self.strangers.remove(self.connection)
                    if self.version != "HTTP/1.0":
                        self.waiting.add(self.connection)
                self._answer(body=self.method == "GET")
                self.wfile.flush()
        finally:
            self.strangers.remove(self.connection)
            self.waiting.remove(self.connection)

    def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        """Write the head of an answer; from now on nothing else is sent on the connection."""
        self.waiting.remove(self.connection)
        super().send_head(status, headers)

    def _answer(self, *, body: bool) -> None:
        loopback, prefix = self.loopback, f"/{self.loopback.segment}"
        path = self.path.partition("?")[0]
        match = _ROUTE.fullmatch(path.removeprefix(prefix)) if path.startswith(prefix) else None
        published = None if match is None else loopback.find_view(match["digest"])
        if match is None or published is None:
            return self.send(404, b"not found\n", "text/plain", body=body)
        try:
            if match["project"] is not None:
                published = loopback.choose_view(self.headers.get("user-agent", "")) or published
                return self._page(published, unquote(match["project"]), body=body)
            filename = unquote(match["filename"])
            resource = published.resource(match["token"], filename)
            if resource is None:
                return self.send(404, b"not found\n", "text/plain", body=body)
            if match["metadata"]:
                return self._metadata(published, resource, body=body)
            return self._file(published, resource, body=body)
        except DualvariantError as error:
            # pip repeats a request for half a minute after every 5xx, and we have repeated ours already.
            loopback.warn(str(error))
            if self.begun:
                self.close_connection = True  # so that the installer does not take the message for the rest
                return None
            return self.send(404, f"{error}\n".encode(), "text/plain", body=body)

    def _page(self, published: PublishedView, name: str, *, body: bool) -> None:
        project = canonicalize_name(name)
        accept = self.headers.get("accept", "")
        plain = published.plain_page(project)
        if plain is not None and (plain.content_type != JSON_TYPE or JSON_TYPE in accept):
            kind = "text/html" if plain.content_type == HTML_TYPE and HTML_TYPE not in accept else plain.content_type
            if plain.charset:
                kind += f"; charset={plain.encoding}"
            content = with_absolute_links(plain)
            sha256 = plain.sha256 if content is plain.body else None
            return self._send_page(content, kind, plain.remaining, sha256, body=body)
        files = published.page(project)
        if files is None:
            return self.send(404, b"no such project\n", "text/plain", body=body)
        if JSON_TYPE in accept:
            return self._send_page(render_json_page(project, files).encode(), JSON_TYPE, body=body)
        return self._send_page(render_html_page(project, files).encode(), "text/html; charset=utf-8", body=body)

    def _send_page(
        self, content: bytes, kind: str, lifetime: int = 0, sha256: str | None = None, *, body: bool
    ) -> None:
        """Send a page. An installer that finds it under the same address in the next run may keep it.

        It may use a page without variants for as long as its source allows, and asks for each other one again.

        Args:
            content: the page.
            kind: its media type.
            lifetime: seconds for which it may be used without asking.
            sha256: the digest of the content, where it is known.
            body: whether the content is sent as well.
        """
        if not self.loopback.stable:
            return self.send(200, content, kind, body=body)
        identity = f"{kind}\n{sha256 or hashlib.sha256(content).hexdigest()}"
        etag = f'"{hashlib.sha256(identity.encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": f"max-age={lifetime}" if lifetime else "no-cache", "Vary": "Accept"}
        if etag in self.headers.get("if-none-match", ""):
            return self.send_head(304, headers)
        self.send_head(200, {**headers, "Content-Type": kind, "Content-Length": str(len(content))})
        if body:
            self.wfile.write(content)
        return None

    def _metadata(self, published: PublishedView, resource: Resource, *, body: bool) -> None:
        return self.send(200, published.read_metadata(resource), "application/octet-stream", body=body)

    def _file(self, published: PublishedView, resource: Resource, *, body: bool) -> None:
        url = resource.file.url
        if resource.redirect:
            return self._redirect(published, url, body=body)
        path = local_path(url)
        if path is not None:
            try:
                file = open_regular(path)
            except OSError as error:
                raise UnreadableSourceFileError(
                    f"{str(path)!r} cannot be read ({error.strerror})", _INSTALLER_REPORTS
                ) from error
            with file:
                file.seek(0, 2)
                size = file.tell()
                file.seek(0)
                return self._stream(file, size, body=body)
        with published.client.open(url, {"Accept-Encoding": "identity"}) as response:
            if is_error_status(response.status):
                raise error_for_status(url, response.status)
            length = response.headers.get("Content-Length")
            return self._stream(response, int(length) if length else None, body=body)  # type: ignore[arg-type]

    def _redirect(self, published: PublishedView, url: str, *, body: bool) -> None:
        """Send the installer to where a file is, or say what is there: pip follows no redirect of a HEAD request."""
        if body:
            location = quote(url, safe="/:?&=%#@!$'()*+,;~")
            return self.send_head(302, {"Location": location, "Content-Length": "0"})
        with published.client.open(url, {"Accept-Encoding": "identity"}) as response:
            if is_error_status(response.status):
                raise error_for_status(url, response.status)
            headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
            length = response.headers.get("Content-Length", "")
            if length.isascii() and length.isdigit():
                headers["Content-Length"] = length
            if response.headers.get("Accept-Ranges") == "bytes":
                headers["Accept-Ranges"] = "bytes"
            return self.send_head(200, headers)

    def _stream(self, source: IO[bytes], size: int | None, *, body: bool) -> None:
        # The URL is another one in the next run, so a cache that kept the file would only grow.
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
        if size is None:
            self.close_connection = True
        else:
            headers["Content-Length"] = str(size)
        self.send_head(200, headers)
        left = size
        while body and (left is None or left > 0):
            chunk = source.read(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                break
            self.wfile.write(chunk)
            left = None if left is None else left - len(chunk)
        if body and left:
            self.close_connection = True  # the source ended early: the installer must not wait for the rest
