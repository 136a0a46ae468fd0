"""The requirements of a case of the law: names, specifiers, markers and hashes."""

from __future__ import annotations

from law_cases import Listed
from law_files import Blob
from law_pages import STABLE
from law_themes import Drawn, Theme

__all__ = ["PROJECTS", "draw_for_other_python", "draw_hash_options", "draw_limit_marker", "draw_requirement"]

PROJECTS = ("demo", "needed", "other-name")
#: A marker of another Python than any target's.
OTHER_PYTHON = "python_version < '3'"
SPELLINGS = {
    "demo": ("demo", "Demo", "DEMO"),
    "needed": ("needed", "NEEDED"),
    "other-name": ("other-name", "other_name", "Other.Name"),
}


def draw_requirement(drawn: Drawn, theme: Theme, project: str, releases: dict[str, list[Listed]]) -> str:
    """A requirement of a project, which usually fits one of its releases."""
    name = drawn.one(*SPELLINGS[project])
    extras = drawn.one("", "", "", "", "[more]")
    files = releases[project]
    versions = [listed.blob.version for listed in files if not listed.blob.properties] or [files[0].blob.version]
    version = drawn.one(*versions) if drawn.chance(90) else drawn.one(*STABLE[:2])
    if theme.hashes and drawn.chance(80):
        specifier = f"=={version}"
    else:
        major = version.partition("!")[2] or version
        specifier = drawn.one(
            "",
            "",
            f"=={version}",
            f"<={version}",
            f">={version}",
            f">={version}",
            f"<{version}",
            f">{version}",
            f"!={version}",
            f"~={version}",
            f"==={version}",
            f"=={major.partition('.')[0]}.*",
            f">=0.1, <{version}",
        )
    marker = drawn.one("; python_version < '3'", "; python_version > '3'") if drawn.chance(5) else ""
    return f"{name}{extras}{specifier}{marker}"


def draw_hash_options(drawn: Drawn, hashed: bool, project: str, releases: dict[str, list[Listed]]) -> list[str]:
    """``--hash`` options: of all files, of all but the variants, or of others."""
    if not hashed:
        return []
    algorithm = drawn.one("sha256", "sha512", "sha384")
    blobs = [listed.blob for listed in releases[project]]
    which = drawn.one(*["standard", "all"] * 4, "variants", "some", "none")
    if which == "standard":
        blobs = [blob for blob in blobs if not blob.properties]
    elif which == "variants":
        blobs = [blob for blob in blobs if blob.properties]
    elif which == "some":
        blobs = drawn.subset(blobs)
    digests = [blob.digest(algorithm) for blob in blobs] if which != "none" else []
    if drawn.chance(20) or not digests:
        digests.append("0" * len(Blob("demo", "0").digest(algorithm)))
    options = [f"--hash={algorithm}:{digest}" for digest in dict.fromkeys(digests)]
    if drawn.chance(15) and blobs:
        options.append(f"--hash=sha256:{blobs[0].digest('sha256')}")
    return options


def draw_limit_marker(drawn: Drawn) -> str:
    """A marker of another Python for a constraint, or nothing."""
    return f" ; {OTHER_PYTHON}" if drawn.chance(30) else ""


def draw_for_other_python(drawn: Drawn, project: str, releases: dict[str, list[Listed]]) -> list[str]:
    """The same project with another release, for another Python: a lock file for several has such lines."""
    if not drawn.chance(25):
        return []
    blob = drawn.one(*releases[project]).blob
    return [f"{project}=={blob.version} ; {OTHER_PYTHON} --hash=sha256:{blob.digest('sha256')}"]
