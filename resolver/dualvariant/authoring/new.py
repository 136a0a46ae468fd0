"""``plugins new``: write a small distribution with a provider and its tests, ready to be published."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from dualvariant.core.errors import UsageError
from dualvariant.core.scratch import make_scratch_dir
from dualvariant.host.discovery import OWN_DISTRIBUTION, find_providers
from variantlib.meta import NAME

__all__ = ["write_plugin"]

_TEMPLATE = Path(__file__).with_name("template")

#: The template's files, and where each is written; ``module`` stands for the import package.
_FILES = {
    "pyproject.txt": "pyproject.toml",
    "readme.txt": "README.md",
    "ignore.txt": ".gitignore",
    "package.txt": "src/module/__init__.py",
    "answer.txt": "src/module/answer.py",
    "check.txt": "tests/test_provider.py",
    "workflow.txt": ".github/workflows/test.yml",
}


def write_plugin(name: str, parent: Path) -> Path:
    """Write the distribution ``NAME-provider`` into a new folder of that name.

    Args:
        name: the provider's name, ``[A-Za-z0-9_]+``; ``-`` is read as ``_``.
        parent: the folder in which the new one is made.

    Returns:
        The new folder.

    Raises:
        UsageError: the name cannot be one, a built-in provider has it, or the folder is there.
        OSError: it cannot be written; nothing of it is left then.
    """
    provider = name.replace("-", "_")
    if not NAME.fullmatch(provider) or not f"{provider}_provider".isidentifier() or keyword.iskeyword(provider):
        meant = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
        hint = f"did you mean {meant!r}?" if meant not in ("", name) and meant.isidentifier() else "as in 'fpga'"
        raise UsageError(f"{name!r} is not a provider name (letters, digits and _, a letter first)", hint)
    if any(entry.name == provider for entry in find_providers() if entry.distribution == OWN_DISTRIBUTION):
        raise UsageError(
            f"a built-in provider is called {provider!r}", "choose another name: that one stays the only one"
        )
    distribution = f"{provider.lower().replace('_', '-')}-provider"
    folder = parent / distribution
    if folder.exists():
        raise UsageError(f"there is something of that name: {str(folder)!r}", "remove it, or choose another name")
    words = {
        "{provider}": provider,
        "{distribution}": distribution,
        "{module}": f"{provider.lower()}_provider",
        "{class}": "".join(part[:1].upper() + part[1:] for part in provider.split("_")) + "Provider",
        "{variable}": f"DUALVARIANT_HOST_{provider.upper()}",
    }
    parent.mkdir(parents=True, exist_ok=True)
    with make_scratch_dir(parent) as scratch:
        written = scratch / distribution
        for source, place in _FILES.items():
            text = (_TEMPLATE / source).read_text(encoding="utf-8")
            for word, meaning in words.items():
                text = text.replace(word, meaning)
            path = written / place.replace("module", words["{module}"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (written / "src" / words["{module}"] / "py.typed").touch()
        written.rename(folder)  # all of it at once: half a distribution would be in the way of the next try
    return folder
