"""A view with URLs: each page and each file that is not left at its source gets one of ours.

The URLs carry a digest of the choice and of the sources, and those of files the sha256 of the file as well. Installers
cache by URL, so a cache never answers with the wheel of another choice, or with one that was uploaded again since.
docs/explanation/view.md has more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.network.client import Client
from dualvariant.network.failures import NotFoundError
from dualvariant.network.pages import Page
from dualvariant.network.urls import is_http
from dualvariant.repository.listed_file import find_sha256
from dualvariant.repository.page import File
from dualvariant.repository.plain_page import find_servers
from dualvariant.selection.project import Project, ShownFile
from dualvariant.selection.view import View
from dualvariant.serve.handover import ClientAbilities, can_fetch, can_fetch_all
from variantlib.wheel_name import parse_wheel_name

__all__ = ["PublishedView", "Resource"]


class Resource(NamedTuple):
    """A file that has a URL of ours.

    Args:
        filename: the name under which the installer sees it.
        file: the file, as its source lists it, with its sha256 where that is known.
        redirect: whether the installer can fetch it from its source, and so is redirected there.
    """

    filename: str
    file: File
    redirect: bool


class PublishedView:
    """Gives the pages and files of a view their URLs. Threads share it.

    Args:
        view: what to show.
        client: knows what the URLs of files need, and reads those that are streamed.
        base: the URL under which it is served.
        abilities: what the installer can do with our settings for the network.
    """

    def __init__(self, view: View, client: Client, base: str, abilities: ClientAbilities) -> None:
        self.view = view
        self.client = client
        self.base = base
        self.abilities = abilities
        self.digest = view.choice.digest(view.sources.settings.identity)
        self._pages: dict[NormalizedName, Sequence[File]] = {}
        self._resources: dict[tuple[str, str], Resource] = {}
        #: Called with each file that gets a URL of ours, before the installer sees that.
        self.on_offer: Callable[[Resource], None] = lambda resource: None

    @property
    def index_url(self) -> str:
        """The index, for the installer's ``--index-url``."""
        return f"{self.base}/{self.digest}/simple"

    @property
    def resources(self) -> Sequence[Resource]:
        """Every file that has a URL of ours on a page that was asked for so far."""
        return list(self._resources.values())

    def page(self, name: NormalizedName) -> Sequence[File] | None:
        """The files that the installer sees of a project, with their URLs; None if no source has the project.

        Raises:
            SourceError: a source cannot be read.
        """
        if name not in self._pages:
            project = self.view.project(name)
            if project is None:
                return None
            from dualvariant.selection.inspection import inspect_newest

            # Two threads may both get here; they make the same page.
            self._pages[name] = self._publish(inspect_newest(self.view, project))
            required = self.view.choice.preferences(name).rules.require
            if required and not self._pages[name]:
                what = " and ".join(map(repr, map(str, required)))
                self.view.warn(f"nothing of {name} is taken: no variant that fits has {what}, which 'require' asks for")
        return self._pages[name]

    def plain_page(self, name: NormalizedName) -> Page | None:
        """The page as its source answered, if the installer may see it as it is.

        Nothing on it has to do with variants, and the installer can read all its files itself.

        Raises:
            SourceError: a source cannot be read.
        """
        project = self.view.project(name)
        if project is None or project.plain is None:
            return None
        if self.client.may_need_access and not can_fetch_all(find_servers(project.plain), self.client, self.abilities):
            return None
        return project.plain

    def find(self, token: str, filename: str) -> Resource | None:
        """The file behind a URL of ours on a page that was asked for so far, or None."""
        return self._resources.get((token, filename))

    def resource(self, token: str, filename: str) -> Resource | None:
        """The file behind a URL of ours, or None if its project's page does not have that URL.

        An installer may know the URL from an earlier run, where the address is a stable one.

        Raises:
            SourceError: a source cannot be read.
        """
        if (token, filename) not in self._resources and filename.endswith(".whl"):
            self.page(canonicalize_name(filename.partition("-")[0]))
        return self._resources.get((token, filename))

    def read_metadata(self, resource: Resource) -> bytes:
        """The METADATA of a wheel: of the file beside it, else, for a variant, of the wheel itself.

        An installer that finds no METADATA where a page promises one ends the run, and without variants it would not
        have asked for that of a variant.

        Raises:
            SourceError: it cannot be read.
        """
        file = resource.file
        try:
            return self.client.read(f"{file.url}.metadata")
        except NotFoundError:
            if resource.filename == file.filename:
                raise
            return self.view.reader.read_metadata(file._replace(metadata=None), parse_wheel_name(file.filename))

    def _publish(self, project: Project) -> list[File]:
        return [
            self.offer(shown) if shown.is_renamed or self._needs_us(shown.file) else shown.file
            for shown in project.shown
        ]

    def _needs_us(self, file: File) -> bool:
        """Whether the installer cannot read a file that is not renamed. It can read paths: it is on the same machine.

        A file that is left at its source keeps its URL, so that the installer's caches for that URL work: pip finds
        the wheel that it has built from an sdist by the URL of the sdist.
        """
        return is_http(file.url) and not can_fetch(file.url, self.client, self.abilities)

    def offer(self, shown: ShownFile) -> File:
        """The file under a URL of ours, from which an installer can get it whether a page lists it or not."""
        file, sha256 = shown.file, find_sha256(shown.file)
        if sha256 is not None:
            file = file._replace(hashes={"sha256": sha256, **file.hashes})
        token = sha256 or hashlib.sha256(file.url.encode()).hexdigest()
        redirect = can_fetch(file.url, self.client, self.abilities)
        resource = Resource(shown.filename, file, redirect)
        self.on_offer(resource)
        self._resources[token, shown.filename] = resource
        url = f"{self.base}/{self.digest}/files/{token}/{shown.filename}"
        hashes = {} if shown.hides_digests else file.hashes
        return file._replace(filename=shown.filename, url=url, hashes=hashes)
