"""Which plugins may be asked: what ``plugins trust`` and ``distrust`` recorded, and ``trusted_plugins`` in settings.

A provider of our own entry-point group is there because the user has installed it beside dualvariant, and is asked
unless it is distrusted. A plugin of PEP 850 may have come with something else, so the user has to trust its
distribution: by ``plugins trust``, which records the version and the digest of its files, or by name in the user's own
``variant.toml``, which holds for every version. A file in the working directory is never asked whom to trust.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from attrs import field, frozen

from dualvariant.core.dirs import config_dir, state_dir
from dualvariant.core.errors import BadDataError, UsageError
from dualvariant.settings.own_files import TRUSTED_KEY, read_own_setting

__all__ = ["TrustRecord", "TrustStore", "how_to_trust", "normalize_distribution", "read_trusted_plugins"]

SCHEMA = "dualvariant/trust/1"

_LARGEST_FILE = 1 << 20


class TrustRecord(NamedTuple):
    """What the user has said about one distribution.

    Args:
        trusted: whether it may be asked.
        version: the version that this was said of.
        digest: the digest of its RECORD; None where nothing reliable is known about its files.
    """

    trusted: bool
    version: str
    digest: str | None


@frozen
class TrustStore:
    """The records, by the normalized name of the distribution, for providers of every contract.

    Args:
        path: the file that keeps them; None if this user can have none.
        records: its content.
    """

    path: Path | None
    records: dict[str, TrustRecord] = field(factory=dict, hash=False)

    @classmethod
    def read(cls) -> TrustStore:
        """The store of this user; a file that does not exist has no records.

        Raises:
            BadDataError: the file is damaged: what it forbade must not be asked.
        """
        from variantlib.files import read_regular

        folder = state_dir()
        path = None if folder is None else folder / "trusted-plugins.json"
        if path is None or not path.exists():
            return cls(path)
        try:
            document = json.loads(read_regular(path, _LARGEST_FILE))
            if document["schema"] != SCHEMA:
                raise ValueError(f"its schema is {document['schema']!r}")
            return cls(path, {str(name): _parse_record(one) for name, one in document["distributions"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadDataError(
                f"the record of trusted plugins cannot be used ({error}): {str(path)!r}",
                "remove the file, and trust each distribution again: 'dualvariant plugins trust NAME'",
            ) from error

    def find(self, distribution: str) -> TrustRecord | None:
        """What was said of a distribution; None for nothing."""
        return self.records.get(normalize_distribution(distribution))

    def save(self, distribution: str, record: TrustRecord) -> None:
        """Record what the user says of a distribution, instead of what was said before.

        Raises:
            UsageError: this user can have no record.
            OSError: it cannot be written.
        """
        if self.path is None:
            raise UsageError(
                "nothing can be recorded (this user has no home directory)", "set HOME, or XDG_STATE_HOME, to a folder"
            )
        from dualvariant.core.files import replacing

        self.records[normalize_distribution(distribution)] = record
        distributions = {
            name: {"trusted": one.trusted, "version": one.version, "digest": one.digest}
            for name, one in sorted(self.records.items())
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path, mode=0o600) as file:
            file.write(json.dumps({"schema": SCHEMA, "distributions": distributions}, indent=1).encode())


def _parse_record(document: dict[str, Any]) -> TrustRecord:
    trusted, version, digest = document["trusted"], document["version"], document["digest"]
    if not isinstance(trusted, bool) or not isinstance(version, str) or not isinstance(digest, (str, type(None))):
        raise ValueError(f"no record: {document!r}")
    return TrustRecord(trusted, version, digest)


def read_trusted_plugins(note: Callable[[str], None]) -> frozenset[str]:
    """The normalized names of the distributions whose plugins may be asked by the user's settings.

    Args:
        note: gets a message for a setting that has no effect.
    """
    folder = config_dir()
    trusted: set[str] = set()
    for place, value in read_own_setting(TRUSTED_KEY, lambda message: None):
        if folder is None or Path(place).parent != folder:
            note(f"{place}: {TRUSTED_KEY} has no effect here, only in the user's own variant.toml")
        elif isinstance(value, list) and all(isinstance(name, str) for name in value):
            trusted |= set(map(normalize_distribution, value))
        else:
            note(f"{place}: {TRUSTED_KEY} must be a list of names, so it is not used: {reprlib.repr(value)}")
    return frozenset(trusted)


def normalize_distribution(name: str) -> str:
    """A distribution's name in the form that is compared (PEP 503); packaging need not be imported for it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def how_to_trust(distribution: str) -> str:
    """What makes dualvariant ask the plugin of a distribution, in words."""
    folder = config_dir()
    place = "variant.toml in the configuration folder" if folder is None else repr(str(folder / "variant.toml"))
    return (
        f"'dualvariant plugins trust {distribution}' allows this version, and "
        f'{TRUSTED_KEY} = ["{distribution}"] under [variantlib] in {place} allows it and every other one'
    )
