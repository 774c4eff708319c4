"""``endpoint-router catalog``: reads what was asked, prints or writes it, tells the exit status.

0: something matched. 1: nothing did. 2: bad input, or a file is in the way; nothing was written.
What is printed for people is :mod:`.catalog_text`'s.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

import botocore
from botocore.loaders import Loader, create_loader
from msgspec import Struct

from ..aws.bad_name import BadName
from ..catalog.asking import Condition, NoSuchName, condition, selected
from ..catalog.existence import asked, questions, system_lookup
from ..catalog.forms import as_csv, as_json
from ..catalog.page import as_page
from ..catalog.reading import Catalog
from ..catalog.values import Row
from ..policy.dns_servers import parse_dns_server
from ..policy.quoting import quote
from ..printable import printable
from .catalog_text import Answer, as_text, nothing
from .files import write
from .output import BadInput
from .progress import progress
from .screen import Screen

#: Is in every region; whoever does not know its host does not see the region's names.
_EVERYWHERE = "sts"
#: So many things are done before a bar of them is seen.
_BLINK = 20


class Wanted(Struct, frozen=True):
    """What is asked for: boto3 client names and regions, or globs; variants."""

    services: Sequence[str] = ()
    regions: Sequence[str] = ()
    having: Sequence[str] = ()
    lacking: Sequence[str] = ()


def catalog(
    wanted: Wanted,
    *,
    dns: bool = False,
    dns_servers: Sequence[str] = (),
    form: Literal["text", "csv", "json"] = "text",
    html_file: str | None = None,
    force: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Print, or write, what *wanted* is of the catalogue.

    :param dns: ask which names exist.
    :param dns_servers: whom to ask; none means the system's.
    :param html_file: write a page to this path in place of *form*; ``-`` is stdout.
    :param force: write over a file that exists.
    :raises BadInput: what stands above for 2.
    """
    _check_file(html_file, force=force)
    conditions = _conditions(wanted)
    lookup = system_lookup(tuple(map(_server, dns_servers))) if dns else None
    known = Catalog()
    services = _services(wanted.services, known)
    regions = _named("--region", wanted.regions, known.regions, "a region, as us-gov-west-1")
    rows = _rows(known, services, regions)
    if lookup is not None:
        controls = _rows(known, [_EVERYWHERE], regions)
        # In older botocores the standard host of some regions is the global one.
        names = questions(rows, {row.region: row.regional.name for row in controls})
        with _shown("names", len(names)) as advance:
            rows = asked(rows, names, lookup, advance=advance)
    matching = [row for row in rows if all(each.holds(row) for each in conditions)]
    ignored = _ignored(environ)
    if ignored:
        _note(f"not read: {', '.join(ignored)}. The answer is of botocore's own data.")
    answer = Answer(rows, matching, conditions, dns=dns, narrow=bool(wanted.services))
    if html_file is not None:
        _page(html_file, answer, ignored, force=force)
    elif form == "csv":
        for piece in as_csv(matching, dns=dns):
            sys.stdout.write(piece)
    elif form == "json":
        for piece in as_json(matching, _head(dns, ignored)):
            sys.stdout.write(piece)
    else:
        print(as_text(answer, Screen.of(), botocore.__version__))
    return 0 if matching else 1


def _conditions(wanted: Wanted) -> list[Condition]:
    conditions = []
    for option, words in (("--with", wanted.having), ("--without", wanted.lacking)):
        for word in words:
            try:
                conditions.append(condition(word, wanted=option == "--with"))
            except NoSuchName as error:
                raise BadInput(f"{option}: {error}") from None
    return conditions


def _server(text: str) -> Any:
    try:
        return parse_dns_server(text)
    except BadName as error:
        raise BadInput(f"--dns-server: {error}") from None


def _services(patterns: Sequence[str], known: Catalog) -> tuple[str, ...]:
    for pattern in patterns:
        if pattern not in known.services and (called := known.called(pattern.lower())):
            raise BadInput(
                f"service: {quote(pattern)} is what hosts are called; boto3's client is "
                f"{' or '.join(called)}"
            )
    return _named("service", patterns, known.services, "a boto3 client name, as kms")


def _named(
    what: str, patterns: Sequence[str], known: Sequence[str], expected: str
) -> tuple[str, ...]:
    try:
        return selected(patterns, known, expected)
    except NoSuchName as error:
        raise BadInput(f"{what}: {error}") from None


def _rows(known: Catalog, services: Sequence[str], regions: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    with _shown("services", len(services)) as advance:
        for service in services:
            rows.extend(known.rows(service, regions))
            advance()
    return rows


def _shown(what: str, total: int) -> AbstractContextManager[Callable[[], None]]:
    """The progress, where there is time to look at it."""
    return progress(what, total) if total > _BLINK else nullcontext(lambda: None)


def _ignored(environ: Mapping[str, str]) -> list[str]:
    """Folders that a client of botocore would look into, and this does not."""
    paths = create_loader(environ.get("AWS_DATA_PATH")).search_paths
    return [
        printable(path)
        for path in paths
        if path != Loader.BUILTIN_DATA_PATH and os.path.isdir(path)
    ]


def _head(dns: bool, ignored: Sequence[str]) -> dict[str, Any]:
    return {
        "version": 1,
        "botocore": botocore.__version__,
        "dns": dns,
        "not_read": list(ignored),
    }


def _page(name: str, answer: Answer, ignored: Sequence[str], *, force: bool) -> None:
    if not answer.matching:
        _note(f"{nothing(answer)} No page is written.")
        return
    said = [f"From the data of botocore {botocore.__version__}, without a look at any account."]
    if answer.conditions:
        said.append(f"Of all that was looked at, only what is {answer.asked()}.")
    if ignored:
        said.append(f"Not read: {', '.join(ignored)}.")
    text = as_page(answer.matching, said, dns=answer.dns)
    if name == "-":
        sys.stdout.write(text)
        return
    try:
        write({Path(name): text}, force=force)
    except OSError as error:
        raise BadInput(f"{error.filename or name}: {error.strerror}") from None
    print(f"Written: {printable(name)} ({len(text.encode()) // 1000 + 1} kB)")


def _check_file(name: str | None, *, force: bool) -> None:
    """Before all is read and asked, which takes its time."""
    if name == "":
        raise BadInput("found nothing, expected the name of a file: an argument is empty")
    if name not in (None, "-") and not force and os.path.lexists(name or ""):
        raise BadInput(f"{name}: exists already. --force writes over it.")


def _note(text: str) -> None:
    print(f"endpoint-router catalog: {text}", file=sys.stderr)
