"""How Sphinx makes the site of these pages: ``tox run -e site``. Reading them needs none of it.

The pages stay what they are where they lie. What only a site needs is added while it is built:
navigation (the lists of ``index.md``, then whatever else stands in the four folders), and links
that stay on the site where the README's, for the package index's sake, lead to the repository.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import copyfile
from typing import get_type_hints

from pygments.lexers import TerraformLexer
from sphinx.application import Sphinx
from sphinx.highlighting import lexers

import endpoint_router
from endpoint_router.policy.keys import keys_of

ROOT = Path(__file__).resolve().parent.parent
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
METADATA = SETUP["metadata"]
#: Where the package index's page leads.
REPOSITORY = METADATA["url"]

project = "endpoint-router"
author = METADATA["author"]
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
html_copy_source = False
html_show_sphinx = False
# The root of the site leads to its first page.
html_additional_pages = {"index": "to_first_page.html"}
# Its "hcl" knows no expressions.
lexers["hcl"] = TerraformLexer()
pygments_style = "default"
pygments_dark_style = "github-dark"

html_domain_indices = False

autodoc_member_order = "bysource"
autodoc_default_options = {"undoc-members": True, "exclude-members": "unshown"}
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80
nitpicky = True
# Types of others, and of ours that are no public names: the site does without the internet.
nitpick_ignore_regex = [("py:.*", r"(?!endpoint_router\.[A-Za-z_]+$).*")]

#: Whose annotations say beside each key's type what it means, and these meanings.
KEYED = (endpoint_router.Policy, endpoint_router.Settings)
MEANINGS = {
    f"{struct.__name__}.{name}": key.meaning.replace("`", "``")
    for struct in KEYED
    for name, key in keys_of(struct).items()
}

#: Headings of the first page, and the folder that belongs to each.
FOLDERS = {"Learn": "tutorial", "Do": "how-to", "Look up": "reference", "Understand": "explanation"}


def navigation(index: str) -> Iterator[str]:
    """A tree of pages for each part of the first page: those that it links to, then their kin."""
    for part in re.split(r"^## ", index, flags=re.MULTILINE):
        heading = part.partition("\n")[0]
        links = re.findall(r"\[([^\]]+)\]\((\S+)\.(?:md|rst)\)", part)
        if heading.startswith("#"):  # above all parts: the README, whose title says nothing here
            yield _tree("", (f"{text} <{page}>" for text, page in links))
            continue
        folder = Path(ROOT, "docs", FOLDERS.get(heading, "-"))
        beside = (f"{folder.name}/{page.stem}" for page in sorted(folder.glob("*.md")))
        yield _tree(heading, (*(page for _, page in links), *beside))


def _tree(caption: str, entries: Iterable[str]) -> str:
    options = (":hidden:", *([f":caption: {caption}"] if caption else []))
    return "\n".join(("```{toctree}", *options, "", *dict.fromkeys(entries), "```"))


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    up = "../" * name.count("/")
    source[0] = source[0].replace(f"{REPOSITORY}/blob/main/", up)
    # Sphinx would have such a page downloaded, not opened.
    source[0] = re.sub(r"\[([^\]]+)\]\(([\w./-]+\.html)\)", r'<a href="\2">\1</a>', source[0])
    if name == root_doc:
        source[0] += "\n\n" + "\n\n".join(navigation(source[0])) + "\n"


def _without_signature(app: Sphinx, what: str, name: str, *_: object) -> tuple[str, str] | None:
    """Values come from this package, and only tests make any: their fields say it all."""
    is_for_tests = name.startswith("endpoint_router.testing.")
    return ("", "") if what in ("class", "exception") and not is_for_tests else None


def _public_bases(
    app: Sphinx, name: str, value: object, options: object, bases: list[type]
) -> None:
    bases[:] = [public for base in bases for public in _public(base)]


def _public(base: type) -> tuple[type, ...]:
    return base.__bases__ if base.__name__.startswith("_") else (base,)


def _say_meaning(
    app: Sphinx, what: str, name: str, value: object, options: object, lines: list[str]
) -> None:
    meaning = MEANINGS.get(".".join(name.split(".")[-2:]))
    if what == "attribute" and meaning:
        lines[:] = [meaning]


def _copy_pages(app: Sphinx, error: Exception | None) -> None:
    """Pages that are HTML already, to where the others link to them."""
    for page in ROOT.glob("docs/reference/*.html"):
        copyfile(page, Path(app.outdir, page.relative_to(ROOT)))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _read)
    app.connect("autodoc-process-signature", _without_signature)
    app.connect("autodoc-process-bases", _public_bases)
    app.connect("autodoc-process-docstring", _say_meaning)
    for struct in KEYED:
        struct.__annotations__ = get_type_hints(struct)  # the types alone
    app.connect("build-finished", _copy_pages)
