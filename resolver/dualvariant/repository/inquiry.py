"""How the sources are asked for a project: which of them, in which order, and what it means when one does not answer.

pip asks every source and passes over one that fails (``pip._internal.index.collector``). uv, by its ``first-index``
strategy, asks one index after the other and ends its search at the first that has the project, and at the first that
fails (``uv-client``, ``registry_client.rs``). So a private name is never asked of a public index behind the one that
has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from packaging.utils import NormalizedName

from dualvariant.network.concurrency import map_parallel
from dualvariant.network.failures import ForbiddenError, SourceError
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.network.urls import Url, redact_url
from dualvariant.repository.flat_index import FlatIndex
from dualvariant.repository.listed_file import parse_listed_file
from dualvariant.repository.source import FindLinks, Index, Listing, Source

__all__ = ["Asking", "Inquiry"]

#: What uv's strategies that ask every index take for "the index does not have the project".
_LOGIN_CODES = frozenset({401, 403, 407, 511})


class Asking(Enum):
    """How an installer asks its sources."""

    #: pip: all of them; one that fails is passed over.
    PASS_OVER = "pass over"
    #: uv's ``first-index``: one index after the other; one that fails ends the search.
    IN_ORDER = "in order"
    #: uv's other strategies: all of them; one that fails is an error, unless it wants a login.
    ALL = "all"


class Inquiry(NamedTuple):
    """Asks sources for projects. Threads share it.

    Args:
        sources: find-links locations first, then indexes in their order.
        asking: how.
        warn_once: called with a key and a message for each source that is passed over.
        strict: a source that is passed over is an error; one that refuses to say whether it has the project is none.
        ignored_codes: for the place of a source, the status codes that mean that it does not have a project.
    """

    sources: Sequence[Source]
    asking: Asking
    warn_once: Callable[[str, str], None]
    strict: bool = False
    ignored_codes: Mapping[str, frozenset[int]] = MappingProxyType({})

    def ask(self, project: NormalizedName) -> list[Listing | None]:
        """What each source lists of a project; None where it has nothing, is not asked or does not answer.

        Raises:
            SourceError: a source fails that may not be passed over, or the sources that answer do not have the project.
        """
        if self.asking is Asking.IN_ORDER:
            answers = self._ask_in_order(project)
        else:
            answers = map_parallel(lambda source: self._ask_one(source, project), self.sources, MAX_PARALLEL)
        failures = [answer for answer in answers if isinstance(answer, SourceError)]
        has_it = [_has_project(*pair, project) for pair in zip(self.sources, answers, strict=True)]
        if failures and (self.asking is Asking.ALL or not any(has_it)):
            raise failures[0]
        for source, answer in zip(self.sources, answers, strict=True):
            if isinstance(answer, SourceError) and self.asking is Asking.PASS_OVER:
                self._pass_over(source, answer)
        return [None if isinstance(answer, SourceError) else answer for answer in answers]

    def _ask_one(self, source: Source, project: NormalizedName) -> Listing | SourceError | None:
        try:
            return source.list_files(project)
        except SourceError as error:
            codes = _LOGIN_CODES if self.asking is Asking.ALL else self.ignored_codes.get(source.place, ())
            return None if error.status in codes else error

    def _ask_in_order(self, project: NormalizedName) -> list[Listing | SourceError | None]:
        answers: list[Listing | SourceError | None] = []
        ended = False
        for source in self.sources:
            is_index = not isinstance(source, FindLinks) or isinstance(source, FlatIndex)
            answer = None if is_index and ended else self._ask_one(source, project)
            answers.append(answer)
            if is_index and (isinstance(answer, SourceError) or _has_project(source, answer, project)):
                ended = True
        return answers

    def _pass_over(self, source: Source, error: SourceError) -> None:
        if isinstance(error, ForbiddenError):
            host = Url.parse(error.url).server.host_and_port
            why = f"{error}; so it counts as an index without the project, as in pip (said once for its host)"
            return self.warn_once(host, why)
        if self.strict:
            raise error
        why = (
            f"{error}; it is left out, so releases and variants that only it has are missed "
            f"(said once for {redact_url(source.place)}); --strict makes this an error"
        )
        return self.warn_once(f"failed {source.place}", why)


def _has_project(source: Source, answer: Listing | SourceError | None, project: NormalizedName) -> bool:
    """Whether a source has the project: an index has a page of it, another source a file."""
    if not isinstance(answer, Listing):
        return False
    return isinstance(source, Index) or any(parse_listed_file(file, 0, project) is not None for file in answer.files)
