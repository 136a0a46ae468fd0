"""The documentation site: ``sphinx-build -W --keep-going -b html docs docs/_build/html``.

The samples are checked too: ``sphinx-build -b doctest docs docs/_build/doctest`` runs every ``{doctest}`` block, and
``python docs/check_console.py docs/tutorial.md`` the tutorial's commands. All of it needs ``dualvariant`` and
``dual_autodiff`` installed beside Sphinx, because reference pages are made from docstrings.
"""

import logging
import sys
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.errors import ConfigError

for distribution, source in {"dualvariant": ".", "dual_autodiff": "./dual_core"}.items():
    try:
        version_of(distribution)
    except PackageNotFoundError:
        raise ConfigError(f"{distribution!r} is needed (it is not installed): pip install {source}") from None

project = "dualvariant"
author = copyright = "the dualvariant authors"
version = release = version_of("dualvariant")

sys.path.insert(0, str(Path(__file__).parent))
extensions = [
    *("myst_nb", "sphinx.ext.autodoc", "sphinx.ext.doctest", "sphinx.ext.napoleon", "sphinx_copybutton"),
    *("command_line", "named_tuples"),
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# The notebook is run whenever the site is built, and an error in it is an error of the build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # for a notebook that hangs; the tests may run beside it
# matplotlib makes its list of fonts when it is first imported, and says so: here, and not in the notebook.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
import matplotlib.font_manager  # noqa: E402, F401

# A copy button copies the commands of a block, without the prompt and without what they print.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"dualvariant {version}"
html_favicon = "figures/favicon.svg"
myst_html_meta = {
    "description lang=en": "dualvariant installs the wheel that was built for this machine's CPU, through unmodified "
    "pip or uv."
}
html_static_path = ["figures"]
html_css_files = ["pages.css"]
