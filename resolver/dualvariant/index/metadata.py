"""Which properties the hash wheels of a release need: from the index, else from the wheels themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from attrs import frozen

from dualvariant.index.fetch import Client, SourceError, local_path
from dualvariant.index.page import File
from dualvariant.index.remembered import Remembered
from dualvariant.index.remote_wheel import open_remote
from dualvariant.index.sources import Offer
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.index_metadata import index_metadata_filename, parse_index_metadata
from variantlib.meta import VariantDescription
from variantlib.verdict import Candidate
from variantlib.wheel_file import description_of_metadata, metadata_of_wheel
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["Described", "MetadataReader"]


@frozen
class Described:
    """The wheels of one release as candidates, in the order of their offers.

    Args:
        candidates: one for each wheel.
        problems: what is wrong with the index's metadata of the release; its hash wheels are excluded.
        unreadable: whether a wheel that had to be asked itself could not be read; it alone is excluded.
    """

    candidates: Sequence[Candidate]
    problems: Sequence[str] = ()
    unreadable: bool = False


class MetadataReader:
    """Reads variant metadata, the cheapest truthful place first, and remembers what it read over the network.

    Args:
        client: reads addresses.
        remembered: what was read before.
    """

    def __init__(self, client: Client, remembered: Remembered) -> None:
        self.client = client
        self.remembered = remembered

    def describe(self, offers: Sequence[Offer], metadata: Mapping[int, Mapping[str, File]]) -> Described:
        """Candidates from the wheels of one release.

        One source's ``~variants.json`` speaks for that source's wheels only. A wheel that it does not mention is asked
        itself: uploads are not atomic, and the file may be older than the wheel.
        """
        problems: list[str] = []
        tables: dict[int, Mapping[str, VariantDescription] | None] = {}
        candidates = []
        unreadable = False
        for offer in offers:
            assert offer.wheel is not None
            if offer.wheel.dialect is not Dialect.HASH:
                candidates.append(Candidate(offer.wheel))
                continue
            if offer.source not in tables:
                tables[offer.source] = self._table(offer.wheel, metadata.get(offer.source, {}), problems)
            table = tables[offer.source]
            if table is None:
                candidates.append(Candidate(offer.wheel, excluded=problems[-1]))
            elif (description := table.get(offer.wheel.label or "")) is not None:
                candidates.append(Candidate(offer.wheel, description))
            else:
                candidate = self._from_wheel(offer.file, offer.wheel)
                unreadable = unreadable or candidate.excluded is not None
                candidates.append(candidate)
        return Described(candidates, problems, unreadable)

    def _table(
        self, wheel: WheelName, listed: Mapping[str, File], problems: list[str]
    ) -> Mapping[str, VariantDescription] | None:
        """What the index says of the release: empty if it says nothing, None if what it says is unusable."""
        file = listed.get(index_metadata_filename(wheel))
        if file is None:
            return {}
        try:
            return parse_index_metadata(self._small_file(file))
        except (IndexMetadataError, SourceError) as error:
            problems.append(f"{file.filename}: {error}")
            return None

    def _small_file(self, file: File) -> bytes:
        sha256 = file.hashes.get("sha256")
        known = self.remembered.get(sha256) if local_path(file.url) is None else None
        if known is not None:
            return known
        content = self.client.read(file.url)
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise SourceError("it is not the file that the page lists (its sha256 is another)")
        self.remembered.keep(sha256 if local_path(file.url) is None else None, content)
        return content

    def _from_wheel(self, file: File, wheel: WheelName) -> Candidate:
        try:
            return Candidate(wheel, self.read_wheel(file, wheel))
        except (WheelFileError, SourceError, OSError) as error:
            return Candidate(wheel, excluded=str(error))

    def read_wheel(self, file: File, wheel: WheelName) -> VariantDescription | None:
        """What the wheel itself says, checked against its name: ``.metadata``, the wheel's end, the whole wheel.

        Raises:
            WheelFileError: the wheel is broken, or disagrees with its name.
            SourceError, OSError: it cannot be read.
        """
        return description_of_metadata(self.wheel_metadata(file, wheel), wheel)

    def wheel_metadata(self, file: File, wheel: WheelName) -> bytes:
        """The wheel's METADATA, from the cheapest place that has it."""
        path = local_path(file.url)
        if path is not None:
            return metadata_of_wheel(path, wheel)
        sha256 = file.hashes.get("sha256")
        known = self.remembered.get(sha256)
        if known is not None:
            return known
        if file.metadata is not None:
            metadata = self.client.read(f"{file.url}.metadata")
            expected = file.metadata.get("sha256")
            if expected is not None and hashlib.sha256(metadata).hexdigest() != expected:
                raise SourceError(f"{file.filename}.metadata is not the file that the page lists")
        else:
            with open_remote(self.client, file.url) as remote:
                metadata = metadata_of_wheel(remote, wheel)  # type: ignore[arg-type]
        self.remembered.keep(sha256, metadata)
        return metadata
