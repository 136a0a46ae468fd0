"""The vocabulary of wheel variants: properties, labels, wheel names, host profiles, and the choice between wheels.

Everything is a value or a function of its arguments, with two exceptions: :mod:`variantlib.cpu.probes` reads this
host's CPU, and rewriting a wheel reads ``SOURCE_DATE_EPOCH``. Nothing opens a network connection, starts a process or
prints. The application built on it is ``dualvariant``; a provider plugin needs ``KeyConfig`` and ``ProviderConfig``.

The names in ``__all__`` are imported from here: ``from variantlib import VariantMeta``. Each is loaded when it is first
used, so that ``import variantlib`` stays cheap.
"""

TYPE_CHECKING = False  # the typing module costs more to import than all of this one
if TYPE_CHECKING:
    from variantlib.config import KeyConfig, ProviderConfig
    from variantlib.errors import IndexMetadataError, ProfileError, VariantError, WheelFileError, WheelNameError
    from variantlib.meta import VariantDescription, VariantMeta
    from variantlib.profile import HostProfile
    from variantlib.provider import ENTRY_POINT_GROUP, FlagProvider, Provider, ReasonProvider
    from variantlib.selection import Preferences, TagRanks, select
    from variantlib.verdict import Candidate, Outcome, Reason, Verdict
    from variantlib.wheel_archive import WheelArchive
    from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__version__ = "0.1.0"

__all__ = [
    "ENTRY_POINT_GROUP",
    "Candidate",
    "Dialect",
    "FlagProvider",
    "HostProfile",
    "IndexMetadataError",
    "KeyConfig",
    "Outcome",
    "Preferences",
    "ProfileError",
    "Provider",
    "ProviderConfig",
    "Reason",
    "ReasonProvider",
    "TagRanks",
    "VariantDescription",
    "VariantError",
    "VariantMeta",
    "Verdict",
    "WheelArchive",
    "WheelFileError",
    "WheelName",
    "WheelNameError",
    "__version__",
    "parse_wheel_name",
    "select",
]

#: The module that each public name comes from; the imports above are the same for type checkers.
_MODULES = {
    name: module
    for module, names in {
        "config": ("KeyConfig", "ProviderConfig"),
        "errors": ("IndexMetadataError", "ProfileError", "VariantError", "WheelFileError", "WheelNameError"),
        "meta": ("VariantDescription", "VariantMeta"),
        "profile": ("HostProfile",),
        "provider": ("ENTRY_POINT_GROUP", "FlagProvider", "Provider", "ReasonProvider"),
        "selection": ("Preferences", "TagRanks", "select"),
        "verdict": ("Candidate", "Outcome", "Reason", "Verdict"),
        "wheel_archive": ("WheelArchive",),
        "wheel_name": ("Dialect", "WheelName", "parse_wheel_name"),
    }.items()
    for name in names
}


if not TYPE_CHECKING:  # else a type checker would accept every name

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used (PEP 562)."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
