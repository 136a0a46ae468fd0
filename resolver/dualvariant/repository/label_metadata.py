"""Reads what the label wheels of a release stand for: from the index's document, else from the wheels themselves.

The documents of two sources are never put together: each says what its own wheels are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.network.failures import DamagedError, NotFoundError, SourceError
from dualvariant.network.urls import local_path
from dualvariant.repository.label_wheel import read_document
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.small_files import SmallFiles
from variantlib.dialects import labels
from variantlib.dialects.labels.combine import CombineError, combine
from variantlib.dialects.labels.document import parse_document
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.label_meta import LabelMetadata, LabelVariant
from variantlib.wheel_name import Dialect

__all__ = ["MOST_UNLISTED", "LabelReader", "LabelWheels"]

#: The most labels of a release that no document of the index has, and of which a wheel is read instead.
MOST_UNLISTED = 16

#: A source's position and a version.
_Release = tuple[int, Version | None]
#: The documents of a source by project and version.
_Documents = dict[tuple[NormalizedName, Version], list[File]]


class _Unusable(NamedTuple):
    """Why a document cannot be used; ``temporary`` if it may be readable at another time."""

    why: str
    temporary: bool = False


class LabelWheels(NamedTuple):
    """What is known of label wheels.

    Args:
        variants: for the URL of each wheel its variant, or why it is excluded.
        problems: what is wrong with the index's documents.
        unreadable: why each wheel that had to be read itself could not be read.
    """

    variants: Mapping[str, LabelVariant | str] = MappingProxyType({})
    problems: Sequence[str] = ()
    unreadable: Sequence[str] = ()


class _Group(NamedTuple):
    """The label wheels of one release on one source.

    Args:
        source: the position of the source.
        files: the documents of the index that describe the release.
        wheels: the wheels of each label, in the order of the page.
    """

    source: int
    files: Sequence[File]
    wheels: Mapping[str, Sequence[ListedFile]]


class LabelReader:
    """Reads documents of the label dialect, each once.

    Args:
        files: reads files of an index.
    """

    def __init__(self, files: SmallFiles) -> None:
        self._files = files
        self._documents: dict[str, LabelMetadata | _Unusable] = {}
        #: By the id of a source's files of metadata: these, and the documents among them by release.
        self._listed: dict[int, tuple[Mapping[str, File], _Documents]] = {}

    def prefetch(
        self, wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]], wanted: Sequence[str] = ()
    ) -> None:
        """Read the documents that :meth:`describe` will need, of any number of releases, several at once."""
        groups = self._make_groups(wheels, index_metadata).values()
        unread = {file.url: file for group in groups for file in group.files if file.url not in self._documents}
        read = self._files.map(self._read_index_file, list(unread.values()))
        self._documents.update(zip(unread, read, strict=True))
        asked = {
            listed.file.url: listed
            for group in groups
            for listed in self._choose_asked(group, wanted)
            if listed.file.url not in self._documents
        }
        answers = self._files.map(self._read_wheel, list(asked.values()))
        self._documents.update(zip(asked, answers, strict=True))

    def describe(
        self, wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]], wanted: Sequence[str] = ()
    ) -> LabelWheels:
        """What the label wheels of one release stand for.

        Args:
            wheels: label wheels that are not excluded.
            index_metadata: for the position of each source, its files of metadata by file name.
            wanted: the labels that the user asks for.
        """
        self.prefetch(wheels, index_metadata, wanted)
        groups = self._make_groups(wheels, index_metadata)
        problems: dict[str, None] = {}
        unreadable: list[str] = []
        known = {
            release: self._describe_group(group, wanted, problems, unreadable) for release, group in groups.items()
        }
        variants = {url: variant for described in known.values() for url, variant in described.items()}
        return LabelWheels(variants, list(problems), unreadable)

    def _make_groups(
        self, wheels: Iterable[ListedFile], index_metadata: Mapping[int, Mapping[str, File]]
    ) -> dict[_Release, _Group]:
        by_release: dict[_Release, dict[str, list[ListedFile]]] = {}
        for listed in wheels:
            wheel = listed.wheel
            if wheel is not None and wheel.dialect is Dialect.LABEL and listed.excluded is None:
                release = by_release.setdefault((listed.source, listed.version), {})
                release.setdefault(wheel.label or "", []).append(listed)
        groups = {}
        for (source, version), found in by_release.items():
            first = next(iter(found.values()))[0].wheel
            assert first is not None
            documents = self._sort_by_release(index_metadata.get(source, {}))
            groups[source, version] = _Group(source, documents.get((first.name, first.version), []), found)
        return groups

    def _sort_by_release(self, files: Mapping[str, File]) -> _Documents:
        """The documents among a source's files; they are sorted once, not for each release."""
        kept = self._listed.get(id(files))
        if kept is not None and kept[0] is files:
            return kept[1]
        found: _Documents = {}
        for filename, file in files.items():
            release = labels.parse_index_filename(filename)
            if release is not None:
                found.setdefault(release, []).append(file)
        self._listed[id(files)] = (files, found)
        return found

    def _describe_group(
        self, group: _Group, wanted: Sequence[str], problems: dict[str, None], unreadable: list[str]
    ) -> Mapping[str, LabelVariant | str]:
        """For the URL of each label wheel of one source's release its variant, or why it is excluded."""
        urls = {listed.file.url: label for label, wheels in group.wheels.items() for listed in wheels}
        documents: list[tuple[str, LabelMetadata]] = []
        for file in group.files:
            found = self._documents[file.url]
            if isinstance(found, _Unusable):
                problems[found.why] = None
                return dict.fromkeys(urls, found.why)
            documents.append((file.filename, found))
        #: Why wheels cannot be read: by their URLs, and by their labels.
        broken: dict[str, str] = {}
        excluded: dict[str, str] = {}
        for listed in self._choose_asked(group, wanted):
            found = self._documents[listed.file.url]
            if isinstance(found, LabelMetadata):
                documents.append((listed.file.filename, found))
                continue
            assert listed.wheel is not None and listed.wheel.label is not None
            broken[listed.file.url] = found.why
            excluded.setdefault(listed.wheel.label, found.why)
            unreadable.append(found.why)
            if found.temporary:
                problems[found.why] = None
        try:
            metadata = combine(documents) if documents else None
        except CombineError as error:
            why = f"{error.names[0]} and {error.names[1]} contradict each other ({error})"
            problems[why] = None
            return dict.fromkeys(urls, why)
        unlisted = f"the index does not say what its label stands for, and asking more than {MOST_UNLISTED} is too many"
        described: dict[str, LabelVariant | str] = {}
        for label in group.wheels:
            variant = metadata.variant(label, group.source) if metadata is not None else None
            described[label] = variant or excluded.get(label, unlisted)
            if described[label] == unlisted:
                problems[f"{len(group.wheels)} labels: {unlisted}"] = None
        return {url: broken.get(url, described[label]) for url, label in urls.items()}

    def _choose_asked(self, group: _Group, wanted: Sequence[str]) -> Sequence[ListedFile]:
        """The wheels that are read themselves, because no document of the index has their label.

        It is one of each label. Of wheels on this machine it is every one, up to the same number: two of one label may
        have different properties, which is said before either is chosen.
        """
        documents = [self._documents[file.url] for file in group.files]
        if any(isinstance(document, _Unusable) for document in documents):
            return []
        known = {label for document in documents if isinstance(document, LabelMetadata) for label in document.variants}
        unlisted = [label for label in group.wheels if label not in known]
        if len(unlisted) > MOST_UNLISTED:
            unlisted = [label for label in unlisted if label in wanted]
        asked = [group.wheels[label][0] for label in unlisted]
        others = [listed for label in unlisted for listed in group.wheels[label][1:] if local_path(listed.file.url)]
        return [*asked, *others[: max(0, MOST_UNLISTED - len(asked))]]

    def _read_index_file(self, file: File) -> LabelMetadata | _Unusable:
        try:
            return parse_document(self._files.read(file))
        except (IndexMetadataError, SourceError) as error:
            return _Unusable(f"{file.filename}: {error}")

    def _read_wheel(self, listed: ListedFile) -> LabelMetadata | _Unusable:
        assert listed.wheel is not None
        try:
            return read_document(self._files, listed.file, listed.wheel)
        except (WheelFileError, NotFoundError, DamagedError) as error:
            return _Unusable(_with_name(listed.file.filename, str(error)))
        except (SourceError, OSError) as error:
            return _Unusable(_with_name(listed.file.filename, str(error)), temporary=True)


def _with_name(filename: str, message: str) -> str:
    return message if filename in message else f"{filename}: {message}"
