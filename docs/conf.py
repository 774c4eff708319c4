"""How Sphinx makes the site of these pages: ``tox run -e site``. Reading them needs none of it.

The pages stay what they are where they lie. What only a site needs is added while it is built:
navigation (the lists of ``index.md``, then whatever else stands in the four folders), and links
that stay on the site where the README's, for the package index's sake, lead to the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

from pygments.lexers import TerraformLexer
from sphinx.application import Sphinx
from sphinx.highlighting import lexers

import endpoint_router

ROOT = Path(__file__).resolve().parent.parent
#: Where the package index's page leads; the same as in setup.cfg.
REPOSITORY = "https://github.com/endpoint-router/endpoint-router"

project = "endpoint-router"
author = "The endpoint-router authors"
project_copyright = author
version = release = endpoint_router.__version__

# Sphinx starts from the project's root, so that links to README.md and its kin lead to pages.
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = [".*", "build", "dist", "docs/_site"]
extensions = ["myst_parser", "sphinx.ext.autodoc"]
# Anchors as GitHub makes them.
myst_heading_anchors = 6
templates_path = ["_site/templates"]

html_theme = "furo"
html_title = f"endpoint-router {version}"
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# The root of the site leads to its first page.
html_additional_pages = {"index": "to_first_page.html"}
# Its "hcl" knows no expressions.
lexers["hcl"] = TerraformLexer()
pygments_style = "default"
pygments_dark_style = "github-dark"

autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = True
# Types of others, and of ours that are no public names: the site does without the internet.
nitpick_ignore_regex = [("py:.*", r"(?!endpoint_router\.[A-Za-z_]+$).*")]

#: Headings of the first page, and the folder that belongs to each.
FOLDERS = {"Learn": "tutorial", "Do": "how-to", "Look up": "reference", "Understand": "explanation"}


def navigation(index: str) -> Iterator[str]:
    """A tree of pages for each part of the first page: those that it links to, then their kin."""
    for part in re.split(r"^## ", index, flags=re.MULTILINE):
        heading = part.partition("\n")[0]
        pages = [Path(link).with_suffix("") for link in re.findall(r"\]\((\S+\.(?:md|rst))\)", part)]
        if folder := FOLDERS.get(heading):
            beside = sorted(Path(ROOT, "docs", folder).glob("*.md"))
            pages += [page.relative_to(ROOT / "docs").with_suffix("") for page in beside]
        caption = [f":caption: {heading}"] if not heading.startswith("#") else []
        entries = dict.fromkeys(page.as_posix() for page in pages)
        yield "\n".join(["```{toctree}", ":hidden:", *caption, "", *entries, "```"])


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    up = "../" * name.count("/")
    source[0] = source[0].replace(f"]({REPOSITORY}/blob/main/", f"]({up}")
    if name == root_doc:
        source[0] += "\n\n" + "\n\n".join(navigation(source[0])) + "\n"


def _copy_pages(app: Sphinx, error: Exception | None) -> None:
    """Pages that are HTML already, to where the others link to them."""
    for page in ROOT.glob("docs/reference/*.html"):
        copyfile(page, Path(app.outdir, page.relative_to(ROOT)))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    app.connect("build-finished", _copy_pages)
