"""``endpoint-router discover``: asks AWS or reads files, prints or writes TOML, tells the status.

0: done; with a policy, there is no difference. 1: there is one, or no endpoint can be used. 2: bad
input, or AWS did not answer; nothing was written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from botocore.exceptions import NoCredentialsError, NoRegionError, PartialCredentialsError
from botocore.loaders import create_loader

from ..discover.asking import Refused, ask, regions_of, session_for
from ..discover.described import Description, decode, private_names
from ..discover.difference import difference
from ..discover.found import Found, judge
from ..discover.writing import HUB, as_data, as_toml, difference_as_toml
from ..policy.load import load
from ..printable import printable
from ..sdk.endpoints.botocore_data import data_for
from .checking import check_written
from .files import write
from .output import BadInput
from .policy_option import policy_named

#: Bytes of a file: some thousand endpoints.
_LIMIT = 64 << 20


def discover(
    *,
    regions: Sequence[str] = (),
    profiles: Sequence[str] = (),
    files: Sequence[str] = (),
    vpcs: Sequence[str] = (),
    policy: str | None = None,
    output: str | None = None,
    force: bool = False,
    as_json: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> int:
    """Find endpoints, and write them as TOML.

    :param regions: none means that of each profile.
    :param profiles: none means the default credentials.
    :param files: read in the place of asking AWS; ``-`` is stdin.
    :param vpcs: leave out the endpoints of others.
    :param policy: write the difference to it; a file, inline JSON, or ``-``.
    :param output: path to write to; by default, or with ``-``, stdout.
    :param force: write over a file that exists.
    :raises BadInput: what stands above for 2.
    """
    _check(regions, profiles, files, policy, output, as_json)
    if files:
        found, looked_at, asked = _from_files(files)
    else:
        found, looked_at, asked = _from_aws(regions, profiles, environ)
    if vpcs:
        found = [each for each in found if each.vpc in vpcs]
        asked.append(f"Of {', '.join(vpcs)} only.")
    found = sorted({each.id: each for each in found}.values(), key=_order)
    made = None
    if policy is None:
        text = as_toml(found, asked)
        check_written(text, "the policy for these endpoints")
    else:
        with policy_named(policy) as source:
            loaded = load(source, environ=environ)
        made = difference(found, loaded, looked_at)
        text = difference_as_toml(made, found, asked, f"{', '.join(loaded.sources())}")
        check_written(f"version = 1\n{text}", "the policy for these endpoints")
    usable = sum(bool(each.entries) for each in found)
    status = int(not usable) if made is None else int(not made.is_none)
    if output and output != "-":
        _write(output, text, force=force)
    if as_json:
        print(json.dumps(as_data(found, asked, made), indent=2))
    elif output and output != "-":
        print(f"Written: {printable(output)}")
        print(f"{usable} of {len(found)} endpoint(s) can be used; comments say why others cannot.")
        print(" ".join(HUB))
    else:
        print(text, end="")
    return status


def _order(found: Found) -> tuple[object, ...]:
    return (found.account, found.region, found.vpc, found.type, found.service_name, found.id)


def _check(
    regions: Sequence[str],
    profiles: Sequence[str],
    files: Sequence[str],
    policy: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    if "" in (*regions, *profiles, *files, policy, output):
        raise BadInput("found nothing, expected a name: an argument is empty")
    if files and (regions or profiles):
        raise BadInput("--from-file asks no AWS: --region and --profile do not go with it")
    if [*files, policy].count("-") > 1:
        raise BadInput("only one of --from-file and --policy can be -, which is stdin")
    if as_json and output == "-":
        raise BadInput("--json and --output - are both stdout")


# --- where it is from


def _from_aws(
    regions: Sequence[str], profiles: Sequence[str], environ: Mapping[str, str]
) -> tuple[list[Found], set[str], list[str]]:
    found: list[Found] = []
    looked_at: set[str] = set()
    asked: list[str] = []
    for profile in dict.fromkeys(profiles) if profiles else [None]:
        try:
            session = session_for(profile, environ)
            wanted = list(dict.fromkeys(regions)) or regions_of(session)
            if not wanted:
                raise BadInput("which region? For example: --region us-gov-west-1")
            for region in wanted:
                if not data_for(create_loader()).partition(region):
                    raise BadInput(f"--region: botocore knows no partition of {region!r}")
                answer = ask(session, profile, region)
                found += _judged(answer.described, region)
                looked_at.add(region)
                asked.append(f"Asked: {f'profile {profile}' if profile else 'default'}, {region}.")
        except (NoCredentialsError, PartialCredentialsError, NoRegionError) as error:
            way_out = "give some, or the answers of `aws ec2 describe-vpc-endpoints` by --from-file"
            raise BadInput(f"{error} ({way_out})") from None
        except Refused as error:
            raise BadInput(str(error)) from None
    return found, looked_at, asked


def _from_files(names: Sequence[str]) -> tuple[list[Found], set[str], list[str]]:
    described = []
    asked = []
    for name in names:
        try:
            described.append(decode(_content(name)))
        except OSError as error:
            raise BadInput(f"--from-file {name}: {error.strerror or error}") from None
        except ValueError as error:
            why = f"no answer of describe-vpc-endpoints or -services: {error}"
            raise BadInput(f"--from-file {name}: {why}") from None
        if described[-1].NextToken:
            asked.append(f"{name} is one page of several (NextToken): the others are missing.")
        asked.append(f"From: {'stdin' if name == '-' else name}.")
    if all(each.VpcEndpoints is None for each in described):
        raise BadInput(f"{', '.join(names)}: no answer of describe-vpc-endpoints is among them")
    found = _judged(described)
    return found, {each.region for each in found}, asked


def _content(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(_LIMIT) if sys.stdin else b""
    with open(name, "rb") as file:
        content = file.read(_LIMIT + 1)
    if len(content) > _LIMIT:
        raise OSError(f"more than {_LIMIT >> 20} MiB")
    return content


def _judged(described: Sequence[Description], region: str = "") -> list[Found]:
    private = private_names(service for each in described for service in each.ServiceDetails or ())
    yields = data_for(create_loader()).yields
    return [
        judge(endpoint, private, yields, region)
        for each in described
        for endpoint in each.VpcEndpoints or ()
    ]


# --- where it goes


def _write(output: str, text: str, *, force: bool) -> None:
    try:
        write({Path(output): text}, force=force)
    except FileExistsError:
        raise BadInput(f"{output} exists; --force replaces it") from None
    except OSError as error:
        raise BadInput(f"{error.filename}: {error.strerror or error}") from None
