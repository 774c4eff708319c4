"""Each shell and Python example of the docs runs, and prints what is shown; or it says why not.

What cannot run bears a comment above it; :mod:`tests.docs.blocks` has the spellings.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import namespace

from . import running
from .blocks import PAGES, ROOT, Block, blocks

EXAMPLES = [block for page in PAGES for block in blocks(page) if block.is_example]
#: What a test has not.
LACKS = r"needs \w+"


def page_of(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_examples_run_and_print_what_is_shown(tmp_path: Path) -> None:
    namespace.require()
    pages = [page for page in PAGES if any(block.runs_here for block in blocks(page))]
    ran = running.run(pages, tmp_path)
    assert "\n".join(one.problem for one in ran if one.problem) == ""
    assert [one.block for one in ran] == [block for block in EXAMPLES if block.runs_here]


def test_what_does_not_run_says_why_or_who_runs_it() -> None:
    marked = [block for block in EXAMPLES if not block.runs_here]
    for block in marked:
        kind, _, what = block.mark.partition(" ")
        if kind == "run":
            test = ROOT / what.removeprefix("by ")
            assert block.page.stem in test.read_text(encoding="utf-8"), f"{block}: {block.mark}"
        elif kind == "not":
            assert re.match(f"run: {LACKS}", what), f"{block}: {block.mark}"
    lacking = [block for block in marked if block.mark.startswith("not run")]
    assert len(lacking) < len(EXAMPLES) / 3


def test_a_mark_is_directly_above_an_example() -> None:
    mark = r"^ *<!-- (?:not run: |run by ).*? -->"
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        above = re.findall(rf"{mark}\s*^ *```(?:python|sh|bash|shell|console)$", text, re.MULTILINE)
        assert len(above) == len(re.findall(mark, text, re.MULTILINE)), page


def test_a_page_may_say_who_runs_it(tmp_path: Path) -> None:
    page = page_of(
        tmp_path / "page.md",
        "<!-- examples run by tests/x.py -->\n```sh\na\n```\n"
        "<!-- not run: needs AWS -->\n```sh\nb\n```\n",
    )
    assert [block.mark for block in blocks(page)] == ["run by tests/x.py", "not run: needs AWS"]


def test_an_example_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    namespace.require()
    wrong = {
        "status 2": "```sh\nendpoint-router explain no-such-service --region us-east-1\n```\n",
        "exit status 3": "```python\nraise SystemExit('exit status 3')\n```\n",
        "AssertionError": "```python\ndef test_it():\n    assert not __name__\n```\n",
        "bash: status 1": "```sh\nfalse | cat\n```\n",
        "prints something else": "```console\n$ endpoint-router --version\n9.9.9\n```\n",
    }
    pages = [page_of(tmp_path / f"{n}.md", text) for n, text in enumerate(wrong.values())]
    said = [ran.problem for ran in running.run(pages, tmp_path / "run")]
    assert [why for why, text in zip(wrong, said, strict=True) if why not in text] == []


def test_what_is_elided_may_be_anything(tmp_path: Path) -> None:
    assert running._is_shown("a\n...\nz\n", "a\nb\nc\nz\n")
    assert not running._is_shown("a\n...\nz\n", "a\nb\n")


def test_the_blocks_of_a_page_are_found(tmp_path: Path) -> None:
    page = page_of(
        tmp_path / "page.md",
        "<!-- not run: needs AWS -->\n```sh\na\n```\n"
        "- in a list\n\n  ```console\n  $ b \\\n  c\n  d\n  $ e\n  ```\n",
    )
    first, second = blocks(page)
    assert (first.mark, first.runs_here, second.mark) == ("not run: needs AWS", False, "")
    assert isinstance(second, Block)
    assert second.commands == [("b \\\nc", "d\n"), ("e", "")]
