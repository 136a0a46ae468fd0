"""The options that change which wheel is chosen, shared by every command that chooses; from arguments to values."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UsageError
from dualvariant.settings.installer_options import describe_pip_option as words

if TYPE_CHECKING:
    from dualvariant.settings.options import ProfileOptions, SelectionOptions

__all__ = [
    "add_choice_options",
    "add_options",
    "add_other_machine_options",
    "add_profile_options",
    "read_options",
    "read_profile_options",
]


class _FormatOption(argparse.Action):
    """Keeps options that change what the ones before them say, in the order in which they are given."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), (option_string, values)])


class _OnceOption(argparse.Action):
    """Keeps a value that may be given once, as uv has it."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            raise UsageError(f"{option_string} is given twice: {values!r}", "uv takes it once: leave out the other one")
        setattr(namespace, self.dest, values)


class _NetworkOption(argparse.Action):
    """Keeps an option of pip's as the setting of that name, which it overrides; ``--trusted-host`` adds to itself.

    The engine gets the setting by its environment.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        settings: dict[str, str] = dict(namespace.network)
        key = (option_string or "").removeprefix("--")
        before = f"{settings[key]} " if key in ("trusted-host", "platform", "abi") and key in settings else ""
        settings[key] = before + (values if isinstance(values, str) else "1")
        namespace.network = settings


def add_profile_options(add_argument: Callable[..., argparse.Action], add_rare: Callable[..., argparse.Action]) -> None:
    """The options that say which host is meant, added by a method of a parser or of a group.

    Args:
        add_argument: adds an option that many people need.
        add_rare: adds another one.
    """
    add_argument(
        "--profile",
        metavar="F",
        help="the profile of another host: a file, or the name of a machine, such as zen4",
    )
    add_rare("--strict", action="store_true", help="end with code 4 if a provider fails, with code 5 if a source does")
    add_rare("--refresh", action="store_true", help="ask the providers again, and keep the new answers")
    add_rare("--no-foreign-code", action="store_true", help="ask the built-in providers only")
    add_rare(
        "--enable-provider",
        action="append",
        default=[],
        metavar="NS[,NS…]",
        help="label variants that need this namespace count, although its provider is optional",
    )


def add_options(parser: Parser) -> None:
    """Selection and source options, and those that say what is asked for, with pip's names where pip has one."""
    add_choice_options(parser)
    what = parser.add_argument_group("what, as in pip")
    what.add_argument("-r", "--requirement", action="append", default=[], metavar="F", help=words("--requirement"))
    what.add_argument("-c", "--constraint", action="append", default=[], metavar="F", help=words("--constraint"))
    what.add_argument("--pre", action="store_true", help=words("--pre"))
    what.add_argument(
        "--no-binary", action=_FormatOption, dest="formats", default=[], metavar="X", help=words("--no-binary")
    )
    what.add_argument("--only-binary", action=_FormatOption, dest="formats", metavar="X", help=words("--only-binary"))


def add_choice_options(parser: Parser) -> None:
    """Which variant, and where from, for a command that is not asked for anything else."""
    parser.set_defaults(requirements=[], requirement=[], constraint=[], pre=False, formats=[], network={})
    selection = parser.add_argument_group("which variant")
    selection.add_argument(
        "--variant",
        action="append",
        default=[],
        metavar="[NAME=]V[,V…]",
        help="take this variant: a label, a hash, a name or a property; the first that exists",
    )
    selection.add_argument("--no-variant", action="store_true", help="standard wheels only")
    selection.add_argument("--force", action="store_true", help="take a --variant that this host does not support")
    rare = parser.add_rare_group("properties and providers")
    for rule, meaning in (
        ("prefer", "variants with this property come first, of those that fit"),
        ("avoid", "variants with this property come behind all other wheels"),
        ("require", "of a project with variants, take one with this property or nothing"),
    ):
        rare.add_argument(f"--{rule}-property", action="append", default=[], metavar="P[,P…]", help=meaning)
    add_profile_options(selection.add_argument, rare.add_argument)
    rare.add_argument("--provider-priority", metavar="A,B", help="the order of providers, most important first")
    selection.add_argument("--python", metavar="P", help="the interpreter, or environment, to choose for")
    sources = parser.add_argument_group("where from, as in pip")
    sources.add_argument("-i", "--index-url", metavar="U", help=words("--index-url"))
    sources.add_argument("--extra-index-url", action="append", default=[], metavar="U", help=words("--extra-index-url"))
    sources.add_argument("-f", "--find-links", action="append", default=[], metavar="D", help=words("--find-links"))
    sources.add_argument("--no-index", action="store_true", help=words("--no-index"))
    _add_rare_options(parser)


def _add_rare_options(parser: Parser) -> None:
    """Options that few people need."""
    releases = parser.add_rare_group("which releases and files, as in pip")
    for name in ("--all-releases", "--only-final"):
        releases.add_argument(name, action=_FormatOption, dest="formats", metavar="X", help=words(name))
    for name in ("--prefer-binary", "--ignore-requires-python"):
        releases.add_argument(name, action=_NetworkOption, dest="network", nargs=0, help=words(name))
    name = "--uploaded-prior-to"
    releases.add_argument(name, action=_NetworkOption, dest="network", metavar="T", help=words(name))
    network = parser.add_rare_group("network, as in pip")
    for name in ("--cert", "--client-cert", "--proxy", "--timeout", "--retries", "--keyring-provider"):
        network.add_argument(name, action=_NetworkOption, dest="network", default={}, metavar="X", help=words(name))
    name = "--trusted-host"
    network.add_argument(name, action=_NetworkOption, dest="network", metavar="H", help=words(name))
    for name in ("--no-input", "--no-proxy-env", "--isolated"):
        network.add_argument(name, action=_NetworkOption, dest="network", nargs=0, help=words(name))
    of_uv = parser.add_rare_group("where from, with --engine uv")
    of_uv.add_argument("--index", action="append", default=[], metavar="U", help="an index before the others")
    of_uv.add_argument(
        "--default-index", action=_OnceOption, metavar="U", help="the index that takes the place of PyPI"
    )
    of_uv.add_argument("--index-strategy", action=_OnceOption, metavar="S", help="which of the indexes count, as in uv")


def add_other_machine_options(parser: Parser) -> None:
    """pip's options for wheels that are for another machine, or another Python, than the target interpreter's own."""
    group = parser.add_rare_group("for another machine, as in pip; --profile says what it supports")
    for name in ("--platform", "--python-version", "--implementation", "--abi"):
        group.add_argument(name, action=_NetworkOption, dest="network", default={}, metavar="X", help=words(name))


def read_profile_options(args: argparse.Namespace) -> ProfileOptions:
    """The values of :func:`add_profile_options`; the variable ``DUALVARIANT_PROFILE`` stands for ``--profile``."""
    import os

    from dualvariant.profiles.read import PROFILE_VARIABLE
    from dualvariant.settings.options import ProfileOptions

    return ProfileOptions(
        os.environ.get(PROFILE_VARIABLE) or None if args.profile is None else args.profile,
        getattr(args, "provider_priority", None),
        args.strict,
        args.refresh,
        tuple(args.enable_provider),
        not args.no_foreign_code,
    )


def read_options(args: argparse.Namespace) -> SelectionOptions:
    """The values of :func:`add_options`, and of a positional ``requirements``."""
    from dualvariant.settings.options import PropertyOptions, RequirementOptions, SelectionOptions, SourceOptions

    return SelectionOptions(
        RequirementOptions(
            tuple(args.requirements), tuple(args.requirement), tuple(args.constraint), args.pre, tuple(args.formats)
        ),
        SourceOptions(
            args.index_url,
            tuple(args.extra_index_url),
            tuple(args.find_links),
            args.no_index,
            dict(args.network),
            tuple(args.index),
            args.default_index,
            args.index_strategy,
        ),
        read_profile_options(args),
        tuple(args.variant),
        args.no_variant,
        args.force,
        retry_failed=getattr(args, "retry_failed", False),
        properties=PropertyOptions(
            tuple(args.prefer_property), tuple(args.avoid_property), tuple(args.require_property)
        ),
    )
