"""Sphinx configuration: plain Markdown pages, built without network access."""

from importlib.metadata import version as installed_version

project = "grokphase"
author = "The grokphase authors"
copyright = "2026, The grokphase authors"
version = release = installed_version("grokphase")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"grokphase {release}"
html_show_sourcelink = False

# Attributes that a docstring lists are fields that are listed besides; once is enough.
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
