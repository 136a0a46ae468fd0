"""The plan of a run: for each job its compiler, its flags, and the key of everything that its wheel is made of."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping

from attrs import asdict, field, frozen

from dualvariant import __version__
from dualvariant.builder.declaration.job import Flags, Job
from dualvariant.builder.declaration.model import Declaration
from dualvariant.builder.errors import FlagsError
from dualvariant.builder.run.hooks import resolve_backend
from dualvariant.builder.run.source import Source
from dualvariant.builder.toolchain.build_systems import uses_rustc
from dualvariant.builder.toolchain.choice import choose_toolchain
from dualvariant.builder.toolchain.flags import find_flags
from dualvariant.builder.variables import USER_VARIABLES
from variantlib.dialects.labels.document import dump_document

__all__ = ["DEFAULT_EPOCH", "Plan", "get_epoch", "make_plan"]

#: ``SOURCE_DATE_EPOCH`` of builds where the user sets none: 2020-02-02.
DEFAULT_EPOCH = "1580601600"


def get_epoch(environ: Mapping[str, str]) -> str:
    """The ``SOURCE_DATE_EPOCH`` of a build, in seconds."""
    return environ.get("SOURCE_DATE_EPOCH") or DEFAULT_EPOCH


@frozen
class Plan:
    """What a run builds with.

    Args:
        backend: the build backend that compiles.
        compiler: ``local`` or ``zig``.
        identities: the kind and version of each platform's compiler.
        flags: what the properties of each variant mean for its compiler, or why there are no flags.
        user_variables: CC, CFLAGS and the like of the user's environment.
        epoch: ``SOURCE_DATE_EPOCH``.
    """

    backend: str
    compiler: str
    identities: Mapping[str, str] = field(hash=False)
    flags: Mapping[Job, Flags | FlagsError] = field(hash=False)
    user_variables: Mapping[str, str] = field(hash=False)
    epoch: str

    def make_key(self, job: Job, source_digest: str) -> str:
        """A digest of everything that a job's wheel is made of.

        Args:
            job: a job that there are flags for.
            source_digest: changes when the sources do.
        """
        settings = asdict(job.settings, recurse=False)
        settings["allow"] = [each._asdict() for each in job.settings.allow]
        for name in ("test_command", "test_requires"):
            del settings[name]
        flags = self.flags.get(job, {})
        parts = {
            "source": source_digest,
            "platform": job.platform,
            "properties": job.properties,
            "settings": settings,
            # Those of a hash wheel without a name stay as they were: they name what earlier versions have built.
            **({"names": job.names} if job.names and job.dialect != "label" else {}),
            **({"document": dump_document(job.labelled.metadata)} if job.labelled and job.dialect == "label" else {}),
            "flags": {} if isinstance(flags, FlagsError) else {name: list(flags[name]) for name in flags},
            "compiler": self.identities[job.platform],
            "carried": self.user_variables,
            "backend": self.backend,
            "epoch": self.epoch,
            "python": sys.version,
            "tool": __version__,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def make_plan(source: Source, declaration: Declaration, compiler: str) -> Plan:
    """Find compilers and flags for every job.

    Args:
        source: what is built from.
        declaration: what to build.
        compiler: ``local`` or ``zig``.

    Raises:
        UsageError: there is no compiler for a platform.
    """
    user_variables = {name: os.environ[name] for name in USER_VARIABLES if name in os.environ}
    backend = resolve_backend(source.backend, declaration.backend)
    identities: dict[str, str] = {}
    by_kind: dict[str, list[Job]] = {}
    for platform in dict.fromkeys(job.platform for job in declaration.jobs):
        toolchain = choose_toolchain(platform, compiler, user_variables)
        identities[platform] = toolchain.identity()
        by_kind.setdefault(toolchain.kind, []).extend(job for job in declaration.jobs if job.platform == platform)
    flags: dict[Job, Flags | FlagsError] = {}
    for kind, jobs in by_kind.items():
        flags |= find_flags(jobs, kind, rust=uses_rustc(backend, source.pyproject))
    return Plan(backend, compiler, identities, flags, user_variables, get_epoch(os.environ))
