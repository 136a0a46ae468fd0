"""Who says what a host supports of a namespace of the label dialect: the document, the profile, or nobody.

No package is ever installed to be asked.

Source: the draft of PEP 850: the list in the document, the user's list, and what an installer answers for a package
itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from variantlib.label_meta import (
    LABEL_NAME,
    LABEL_VALUE,
    BuiltinProvider,
    LabelProvider,
    PluginProvider,
    StaticProvider,
)
from variantlib.preferences import LabelRules
from variantlib.profile import HostProfile

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["STAND_INS", "Silence", "Supported", "find_supported"]

#: The packages for which a provider of a profile answers: namespace → name → the version that the answer is of.
STAND_INS: Mapping[str, Mapping[str, str]] = {
    "x86_64": {"x86-64-variant-provider": "0.2.1", "provider-variant-x86-64": "0.0.1.post2"},
    "aarch64": {"aarch64-variant-provider": "0.2.0", "provider-variant-aarch64": "0.0.1.post2"},
    "nvidia": {"nvidia-variant-provider": "0.0.1"},
}

#: For these packages, the plugin that the answer is of. Of any other it is the one that ``plugin-api`` need not name:
#: the module with the package's name.
_PLUGINS: Mapping[str, str] = {
    "provider-variant-x86-64": "provider_variant_x86_64.plugin:X8664Plugin",
    "provider-variant-aarch64": "provider_variant_aarch64.plugin:AArch64Plugin",
    "nvidia-variant-provider": "nvidia_variant_provider.plugin:NvidiaVariantPlugin",
}

#: The namespace that PEP 817 reserves for the versions of other packages: a part that tools may leave out, as this one.
ABI_DEPENDENCY = "abi_dependency"

#: A namespace's features with their values, most important and best first.
Supported = Sequence[tuple[str, Sequence[str]]]


class Silence(NamedTuple):
    """Why nothing of a namespace is supported."""

    why: str

    def __str__(self) -> str:
        return self.why


def find_supported(
    namespace: str, provider: LabelProvider | None, profile: HostProfile, rules: LabelRules
) -> Supported | Silence:
    """What a host supports of a namespace, or why nobody says so.

    Args:
        namespace: the namespace.
        provider: its provider by the document; None if the document has none.
        profile: the host.
        rules: what the user has said.
    """
    if isinstance(provider, BuiltinProvider):
        return Silence(f"the document leaves it to {provider.name!r}, which is not read by this version")
    if provider is not None and provider.optional and namespace not in rules.enabled:
        return Silence(f"its provider is optional, and '--enable-provider {namespace}' is not given")
    if isinstance(provider, StaticProvider):
        return provider.features
    if namespace == ABI_DEPENDENCY:
        return Silence(
            f"{namespace!r} is about other packages' versions, which no plugin and no profile can answer for"
        )
    if namespace not in rules.listed:
        why = _why_other_package(namespace, provider, rules)
        if why is not None:
            return Silence(why)
    for config in profile.providers:
        if config.provider == namespace:
            return [
                (one.key, [value for value in one.values if LABEL_VALUE.fullmatch(value)])
                for one in config.configs
                if LABEL_NAME.fullmatch(one.key)
            ]
    return Silence(f"no provider {namespace!r} reports anything for this host")


def _admits(requirement: Requirement, version: str) -> bool:
    try:
        return requirement.specifier.contains(version, prereleases=True)
    except ValueError:  # a number with more digits than Python reads
        return False


def _why_other_package(namespace: str, provider: PluginProvider | None, rules: LabelRules) -> str | None:
    """Why the profile's provider does not answer for a document's provider; None if it does."""
    if provider is None:
        known = namespace in STAND_INS or rules.stand_ins.get(namespace) or namespace in rules.plugins
        return None if known else "the document names no provider for it"
    requires = provider.requires
    if len(requires) != 1:
        return f"it is left to several packages ({', '.join(requires)}), and packages are never installed for that"
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(requires[0])
    except InvalidRequirement:
        return f"the package that it is left to is not understood: {requires[0]!r}"
    if requirement.marker is not None or requirement.extras or requirement.url is not None:
        return f"the package that it is left to has a condition: {requires[0]!r}"
    package = canonicalize_name(requirement.name)
    named = rules.stand_ins.get(namespace)
    if named is not None and package == canonicalize_name(named):
        return None
    answers = dict(STAND_INS.get(namespace, {}))
    plugins = {None, package.replace("-", "_"), _PLUGINS.get(package)}
    if namespace in rules.plugins and package == canonicalize_name(rules.plugins[namespace][0]):
        answers[package] = rules.plugins[namespace][1]
        plugins.add(provider.plugin_api)  # the plugin that is installed answers itself
    if package not in answers:
        return f"it is left to the package {package!r}, which is never installed, and nothing here answers in its place"
    if provider.plugin_api not in plugins:
        return f"it is left to the plugin {provider.plugin_api!r}, and the answer here is that of {package} itself"
    if not _admits(requirement, answers[package]):
        return f"it is left to {requires[0]!r}, and the answer here is that of {package} {answers[package]}"
    return None
