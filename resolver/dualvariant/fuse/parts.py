"""The wheels that become one: which of them belong together, the variants' names, and the order of the choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import UsageError, did_you_mean
from dualvariant.core.platforms import (
    LINUX_PLATFORMS,
    Architecture,
    find_oldest_libc_tag,
    get_platform,
    split_platform_tags,
)
from dualvariant.fuse.errors import CannotFuseError
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.cpu.tables import load_aarch64, load_table, load_x86_64
from variantlib.dialects import hashes
from variantlib.dialects.convert import describe_as_hash
from variantlib.fused import STANDARD, name_variant
from variantlib.meta import VariantDescription
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["Part", "Release", "group_wheels", "open_release"]

#: The manylinux tags that came before tags with the version of glibc in them (PEP 513, PEP 571, PEP 599).
_ALIASES = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
_MOST_VARIANTS = 32


class Part(NamedTuple):
    """One of the wheels.

    Args:
        archive: the wheel, open.
        name: the variant's short name, or ``none``.
        description: what it needs; None for the standard wheel.
    """

    archive: WheelArchive
    name: str
    description: VariantDescription | None = None


class Release(NamedTuple):
    """A standard wheel and its variants.

    Args:
        platform: the name of its platform, a Linux one.
        standard: the standard wheel.
        variants: best first, in the founding order.
    """

    platform: str
    standard: Part
    variants: tuple[Part, ...]

    @property
    def architecture(self) -> Architecture:
        """``x86_64`` or ``aarch64``."""
        return get_platform(self.platform).architecture

    @property
    def parts(self) -> tuple[Part, ...]:
        """All wheels, the standard one last."""
        return (*self.variants, self.standard)


def group_wheels(paths: Sequence[Path]) -> list[tuple[Path, list[Path]]]:
    """Each standard wheel with the variants of its release, Python and platform, in the order of the standard wheels.

    A standard wheel without variants is among them: nothing has to be fused there.

    Raises:
        UsageError: there is no such file, or two standard wheels are for the same.
        CannotFuseError: a variant has no standard wheel with its tags.
        WheelNameError: a file name is no wheel's.
    """
    names: dict[Path, WheelName] = {}
    for path in dict.fromkeys(paths):
        if not path.is_file():
            raise UsageError(f"no such wheel: {str(path)!r}", "name existing wheel files")
        names[path] = parse_wheel_name(path.name)
    groups: dict[Path, list[Path]] = {path: [] for path, name in names.items() if name.dialect is Dialect.STANDARD}
    for path, name in names.items():
        if name.dialect is Dialect.STANDARD:
            continue
        fitting = [each for each in groups if _belongs(name, names[each])]
        if len(fitting) != 1:
            raise _explain_lonely(name, [names[each] for each in groups], len(fitting))
        groups[fitting[0]].append(path)
    return list(groups.items())


def _release(name: WheelName) -> tuple[object, ...]:
    return (name.name, name.version, name.build, name.python, name.abi)


def _belongs(variant: WheelName, standard: WheelName) -> bool:
    """Whether a variant is of the release, Python, C library and machine of a standard wheel."""
    kinds = {_read_platform(name.platform)[:2] for name in (variant, standard)}
    return _release(variant) == _release(standard) and len(kinds) == 1


def _read_platform(compressed: str) -> tuple[str, str, tuple[int, ...]]:
    """The machine, the C library (``manylinux``, ``musllinux``, ``linux``, or the whole tag) and its oldest version."""
    tags = [_spell_out(tag) for tag in split_platform_tags(compressed)]
    machine = next(
        (get_platform(each).machine for each in LINUX_PLATFORMS if all(map(get_platform(each).accepts_tag, tags))), ""
    )
    libraries = {tag.split("_")[0] for tag in tags}
    if not machine or len(libraries) != 1:
        return "", compressed, ()
    version = find_oldest_libc_tag(tags).split("_")[1:3]
    return machine, libraries.pop(), tuple(int(part) for part in version if part.isdigit())


def _spell_out(tag: str) -> str:
    first, _, rest = tag.partition("_")
    return f"{_ALIASES[first]}_{rest}" if first in _ALIASES else tag


def _explain_lonely(name: WheelName, standards: Sequence[WheelName], number: int) -> CannotFuseError | UsageError:
    if number > 1:
        return UsageError(f"two standard wheels are for the tags of {name.filename!r}", "name one of them")
    same = [each for each in standards if (each.name, each.version) == (name.name, name.version)]
    if not same:
        near = did_you_mean(name.name, [each.name for each in standards])
        return CannotFuseError(
            repr(name.filename),
            [f"there is no standard wheel of {name.name} {name.version} among the wheels"],
            near or "name the standard wheel as well: processors without a variant get its code",
        )
    tags = ", ".join(each.tag_set for each in same)
    return CannotFuseError(
        repr(name.filename),
        [f"its tags are {name.tag_set}, and those of the standard wheel {tags}"],
        "build both for the same Python, machine and C library (glibc or musl)",
    )


@contextmanager
def open_release(standard: Path, variants: Sequence[Path]) -> Iterator[Release]:
    """Open a standard wheel and its variants, and put the variants in order.

    Raises:
        CannotFuseError: they are for no platform, or need something, that a stub can ask for.
        WheelFileError: a wheel is damaged, or a label has several values for one feature.
    """
    with ExitStack() as stack:
        archive = stack.enter_context(WheelArchive(standard))
        platform = _check_tags(archive.name, [parse_wheel_name(path.name) for path in variants])
        architecture = get_platform(platform).architecture
        ranking = Ranking(_complete_profile(architecture))
        parts = []
        for path in variants:
            variant = stack.enter_context(WheelArchive(path))
            description = _describe(variant)
            _check_properties(variant.name, description, ranking, architecture)
            parts.append(Part(variant, name_variant(ranking.by_importance(description)), description))
        hashes.read_wheel(archive)  # a standard wheel that says that it is a variant is none
        parts.sort(key=lambda part: _key(ranking, part))
        yield Release(platform, Part(archive, STANDARD), tuple(_without_twins(parts)))


def _describe(archive: WheelArchive) -> VariantDescription:
    if archive.name.dialect is Dialect.LABEL:
        return describe_as_hash(archive)
    description = hashes.read_wheel(archive)
    assert description is not None  # of a standard wheel only
    return description


def _key(ranking: Ranking, part: Part) -> int:
    assert part.description is not None
    key = ranking.key(part.description)
    assert isinstance(key, int)  # _check_properties has seen that every property is known
    return key


def _complete_profile(architecture: Architecture) -> HostProfile:
    """The profile of a processor that has everything.

    Two variants have the same order on every processor that has what both need.
    """
    table = load_table(architecture)
    configs = [KeyConfig(table.key, table.values)]
    if architecture == "x86_64":
        configs += [KeyConfig(feature.name, ["on"]) for feature in load_x86_64().features]
    else:
        assert load_aarch64().key == table.key  # the only key that there is
    return HostProfile([ProviderConfig(architecture, configs)])


def _check_tags(standard: WheelName, variants: Sequence[WheelName]) -> str:
    """The platform of a release; no variant may need a newer C library than the tag of the fused wheel says."""
    machine, library, version = _read_platform(standard.platform)
    platform = next((each for each in LINUX_PLATFORMS if get_platform(each).machine == machine), None)
    if platform is None:
        raise CannotFuseError(
            repr(standard.filename),
            [f"its platform tag is {standard.platform}, and stubs are for 64-bit Linux on x86-64 and Arm"],
            "publish it and its variants as they are",
        )
    if not standard.python.startswith("cp") or standard.abi.startswith(("pypy", "graalpy")):
        raise CannotFuseError(
            repr(standard.filename),
            [f"it is for {standard.python}-{standard.abi}, and stubs are for modules of CPython"],
            "publish it as it is: other Pythons get their own wheel",
        )
    newer = [name for name in variants if _read_platform(name.platform)[2] > version]
    if newer:
        problems = [f"{name.filename!r} needs a newer C library ({name.platform})" for name in newer]
        raise CannotFuseError(
            repr(standard.filename), problems, f"build all wheels for the same {library} version, {standard.platform}"
        )
    return platform


def _check_properties(
    name: WheelName, description: VariantDescription, ranking: Ranking, architecture: Architecture
) -> None:
    """A stub asks the processor and nothing else, so every property must be one of its architecture."""
    strange = [meta for meta in description if meta not in ranking.places]
    if not strange:
        return
    known = [str(meta) for meta in ranking.places]
    problems = [f"it needs '{meta}', which a stub cannot ask an {architecture} processor for" for meta in strange]
    near = did_you_mean(str(strange[0]), known, 0.85)
    raise CannotFuseError(
        repr(name.filename), problems, near or "leave it out, and publish it as a variant: installers choose it"
    )


def _without_twins(parts: Sequence[Part]) -> Iterator[Part]:
    """The variants, none of them in both dialects: a hash wheel and a label wheel of the same are one."""
    seen: dict[str, Part] = {}
    for part in parts:
        if part.name in seen:
            names = {part.archive.name.dialect, seen[part.name].archive.name.dialect}
            if len(names) == 1:
                raise UsageError(
                    f"two wheels are the variant {part.name!r}: {seen[part.name].archive.name.filename!r} and "
                    f"{part.archive.name.filename!r}",
                    "name one of them",
                )
            continue
        seen[part.name] = part
        if len(seen) > _MOST_VARIANTS:
            raise UsageError(f"there are more than {_MOST_VARIANTS} variants", "fuse those that matter")
        yield part
