"""Tables over the bucket of a trail, for Athena. Pure.

Columns are those of AWS's documentation that an audit reads, and a few for people. Nothing in
them tells Athena to skip what it cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from .names import literal, table_name

__all__ = ["COLUMNS", "PLACEHOLDER", "Trail", "ddl"]

#: Types as Hive writes them.
COLUMNS = {
    "eventversion": "STRING",
    "useridentity": (
        "STRUCT<type:STRING,principalid:STRING,arn:STRING,accountid:STRING,invokedby:STRING,"
        "accesskeyid:STRING,username:STRING,sessioncontext:STRUCT<sessionissuer:STRUCT<"
        "type:STRING,principalid:STRING,arn:STRING,accountid:STRING,username:STRING>>>"
    ),
    "eventtime": "STRING",
    "eventsource": "STRING",
    "eventname": "STRING",
    "awsregion": "STRING",
    "sourceipaddress": "STRING",
    "useragent": "STRING",
    "errorcode": "STRING",
    "errormessage": "STRING",
    "requestparameters": "STRING",
    "responseelements": "STRING",
    "additionaleventdata": "STRING",
    "requestid": "STRING",
    "eventid": "STRING",
    "readonly": "STRING",
    "managementevent": "STRING",
    "eventtype": "STRING",
    "recipientaccountid": "STRING",
    "sharedeventid": "STRING",
    "vpcendpointid": "STRING",
    "vpcendpointaccountid": "STRING",
    "eventcategory": "STRING",
    "addendum": (
        "STRUCT<reason:STRING,updatedfields:STRING,originalrequestid:STRING,originaleventid:STRING>"
    ),
    "sessioncredentialfromconsole": "STRING",
    "tlsdetails": (
        "STRUCT<tlsversion:STRING,ciphersuite:STRING,clientprovidedhostheader:STRING,"
        "keyexchange:STRING>"
    ),
}
#: Where nobody said a bucket; no bucket can be called so.
PLACEHOLDER = "s3://<bucket>/AWSLogs/"

#: The folders of a trail, and what is put behind the name of the table.
_FOLDERS = {"CloudTrail": "", "CloudTrail-NetworkActivity": "_network"}
_LOCATION = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[\w!.*()=+@:,-]+)*/?", re.ASCII)
_VALUE = re.compile(r"[a-z0-9-]+", re.ASCII)


class Trail(Struct, frozen=True):
    """What the tables are over."""

    #: ``s3://bucket[/prefix]``, with ``AWSLogs[/o-organization]`` behind it or without.
    location: str = PLACEHOLDER
    #: All that are to be asked for; where none are named, each query has to name them.
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


def ddl(table: str, trail: Trail) -> str:
    """Two statements: for the trail's records, and for its network activity.

    :raises ValueError: a name or a place is none; the text says what one is.
    """
    folder = _folder(trail.location)
    return "\n".join(
        _statement(f"{table}{ending}", folder, kind, trail) for kind, ending in _FOLDERS.items()
    )


def _folder(location: str) -> str:
    if location == PLACEHOLDER:
        return location
    if not _LOCATION.fullmatch(location):
        raise ValueError("expected s3://BUCKET/PREFIX")
    place = location.rstrip("/")
    parts = place.split("/")
    if "CloudTrail" in parts:
        raise ValueError("expected it to end with AWSLogs, or with the organization's id")
    return f"{place}/" if "AWSLogs" in parts else f"{place}/AWSLogs/"


def _statement(table: str, folder: str, kind: str, trail: Trail) -> str:
    name = ".".join(f"`{part}`" for part in table_name(table))
    columns = ",\n".join(f"  `{column}` {of_type}" for column, of_type in COLUMNS.items())
    properties = {
        "projection.enabled": "true",
        **_projection("account", trail.accounts),
        **_projection("region", trail.regions),
        "projection.day.type": "date",
        "projection.day.format": "yyyy/MM/dd",
        "projection.day.range": "2013/11/01,NOW",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "storage.location.template": f"{folder}${{account}}/{kind}/${{region}}/${{day}}",
    }
    told = ",\n".join(f"  {literal(key)} = {literal(text)}" for key, text in properties.items())
    return f"""\
CREATE EXTERNAL TABLE {name} (
{columns}
)
PARTITIONED BY (`account` STRING, `region` STRING, `day` STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION {literal(folder)}
TBLPROPERTIES (
{told}
);
"""


def _projection(column: str, values: Sequence[str]) -> dict[str, str]:
    for value in values:
        if not _VALUE.fullmatch(value):
            raise ValueError(f"{value!r} is no {column}")
    if not values:
        return {f"projection.{column}.type": "injected"}
    return {
        f"projection.{column}.type": "enum",
        f"projection.{column}.values": ",".join(values),
    }
