"""The grouping in SQL: on DuckDB it gives the groups that reading the same files gives."""

from __future__ import annotations

import datetime
import random
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from endpoint_router.audit.reading import Read, read
from endpoint_router.audit.sources import Period, find
from endpoint_router.audit.sql.query import COLUMNS, Asked, query
from endpoint_router.audit.sql.rows import Rows, read_rows

from .made import ACCOUNT, OURS, ROLE, delivered, record

DAYS = Period(datetime.date(2026, 11, 19), datetime.date(2026, 11, 21))
NETWORK = "CloudTrail-NetworkActivity"


def by_sql(root: Path, *paths: Path, **asked: Any) -> Rows:
    from .duck import rows, tables

    kinds = {"trail": "/CloudTrail/", "network": f"/{NETWORK}/"}
    found = {
        name: [path for path in paths if mark in path.as_posix()] for name, mark in kinds.items()
    }
    found = {name: files for name, files in found.items() if files}
    wanted = {"tables": tuple(f"db.{name}" for name in found), "period": DAYS, **asked}
    return read_rows(rows(tables(root, **found), query(Asked(**wanted))))


def by_python(root: Path) -> Read:
    return read(find([str(root)], DAYS), DAYS, processes=0)


def same(one: Read, other: Read) -> bool:
    """But for what only files have."""
    return replace(one, files=0, other_days=0, records=one.records - one.other_days) == other


# --- what records may hold

AGENTS = [
    "Boto3/1.44.5 md/Botocore#1.44.5 app/billing Botocore/1.44.5",
    "[Boto3/1.44.5 app/billing]",
    "aws-cli/2.1 app/a app/b",
    "[app/first aws-cli/2]",
    "AWS-CLI/2.31",
    "[[aws-sdk-java/2.1 md/endpoint-router#1.0-0123abcd app/x]",
    "md/endpoint-router#2",
    "xmd/endpoint-router#2 xapp/none",
    "botocore/1 md/endpoint-router#1.0-0123abcd",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.1]",
    "aws-sdk-java/1 aws-internal/3",
    "APN/1.0 console.amazonaws.com",
    "signin.amazonaws.com",
    "AWS Internal",
    "app/AWS Internal",
    "[AWS Internal]",
    "console.ec2.amazonaws.com app/x",
    "Boto3/1 app/console.billing",
    "python-requests console.amazonaws.com",
    "EC2ConsoleFrontend, aws-internal/3 aws-sdk-java/1.11.1",
    "app/it's\ttabbed",
    "Mozilla/5.0 (X11) 'quoted' \"twice\" % _",
    "[Mozilla/5.0 (X11)]",
    "kms.amazonaws.com",
    "",
    None,
    ...,
]
HOSTS = [
    "kms-fips.us-gov-west-1.amazonaws.com",
    "KMS.us-gov-west-1.amazonaws.com:443",
    " kms.us-gov-west-1.amazonaws.com. ",
    "b.s3.us-east-1.amazonaws.com.:443",
    "\u212ams.us-east-1.amazonaws.com",
    "kms.us-gov-west-1.amazonaws.com:8443",
    "b.s3.us-east-1.amazonaws.com",
    "other.b.s3-fips.us-gov-west-1.amazonaws.com:443",
    "B.S3.AMAZONAWS.COM.",
    "s3.amazonaws.com",
    "s3.s3.s3.us-east-1.amazonaws.com",
    "backup.s3.eu.s3.dualstack.eu-west-1.amazonaws.com",
    "b.s3.cn-north-1.amazonaws.com.cn",
    "b.s3.us-iso-east-1.c2s.ic.gov",
    "111122223333.s3-control.us-east-1.amazonaws.com",
    "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
    "sts-global.eu-west-1.amazonaws.com",
    "b.s3.example.com.elsewhere",
    "b.s3.localhost",
    "b.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
    "ap-1.accesspoint.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com:443",
    "Bucket.vpce-1a.x.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com",
    "xvpce-1.b.vpce-2.kms.us-east-1.vpce.amazonaws.com",
    " vpce-1a-2b.kms.us-east-1.vpce.amazonaws.com ",
    "b.s3.us-east-1.vpce.amazonaws.com",
    "",
    "nonsense",
    "two\nlines.s3.amazonaws.com",
    None,
    ...,
]
ISSUER: dict[str, Any] = {"sessionContext": {"sessionIssuer": {"arn": ROLE}}}
FIELDS: dict[str, list[Any]] = {
    "userAgent": AGENTS,
    "host": HOSTS,
    "eventSource": [
        *("s3.amazonaws.com", "s3express.amazonaws.com", "sts.amazonaws.com", "STS.amazonaws.com"),
        *("KMS.amazonaws.com", "sts", "aws:s3", None, ...),
    ],
    "eventName": ["Decrypt", "GetObject", "it's", None, ...],
    "eventVersion": ["1.08", "1.11", "1.7", "1.07", "2.2", "1.", "", None, ...],
    "eventType": ["AwsApiCall", "AwsVpceEvent", "AwsServiceEvent", "AwsConsoleSignIn", None, ...],
    "eventCategory": ["Management", "Data", "NetworkActivity", "Insight"],
    "managementEvent": [True, "true", None, ...],
    "awsRegion": ["us-gov-west-1", "us-east-1", None, ...],
    "recipientAccountId": [ACCOUNT, "444455556666", None, ...],
    "vpcEndpointId": [OURS, "AWS Internal", None, ..., ...],
    "vpcEndpointAccountId": [ACCOUNT, None, ..., ...],
    "sessionCredentialFromConsole": [True, "true", "false", False, None, ...],
    "userIdentity": [
        {"type": "AssumedRole", **ISSUER},
        {"type": "AssumedRole", "userName": "hidden", "invokedBy": "x.amazonaws.com", **ISSUER},
        {"type": "IAMUser", "userName": "O'Neill"},
        {"type": "IAMUser", "userName": None, "sessionContext": {"sessionIssuer": None}},
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"type": "AWSAccount", "accountId": "444455556666", "userName": "hidden"},
        {"type": "AWSAccount", **ISSUER},
        {"type": "IAMUser", "userName": "O'Neill", "accountId": "444455556666"},
        {"type": "Root", "invokedBy": "", "sessionContext": None},
        {"userName": "", "sessionContext": {"sessionIssuer": {"arn": ""}}},
        {},
        None,
        ...,
    ],
    "additionalEventData": [
        {"RequestDetails": {"endpointType": "global", "awsServingRegion": "eu-west-1"}},
        {"awsServingRegion": "eu-west-3", "MFAUsed": "No"},
        {"AuthenticationMethod": "QueryString", "SignatureVersion": "SigV4"},
        {"SignatureVersion": "SigV4", "AuthenticationMethod": "AuthHeader"},
        {"RequestDetails": None},
        {},
        None,
        ...,
    ],
    "eventTime": [
        *(f"2026-11-{day}T10:00:0{second}Z" for day in (18, 19, 20, 21, 22) for second in (1, 2)),
        *("2026-11-20 10:00:00", "The time, in ISO-8601 format", "", None, ...),
    ],
    "eventID": ["", None, ...],
}
#: Those change in few records only, lest nothing be of an application.
RARELY = {"eventType", "eventID", "eventSource", "userIdentity"}
TLS = [{}, None, ..., {"tlsVersion": "TLSv1.2"}, {"tlsVersion": None}]


def odd_record(chance: random.Random) -> dict[str, Any]:
    changed = {
        name: chance.choice(values)
        for name, values in FIELDS.items()
        if chance.random() < (0.15 if name in RARELY else 0.4)
    }
    host = changed.pop("host", "kms.us-gov-west-1.amazonaws.com")
    tls = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": host}
    changed["tlsDetails"] = {key: value for key, value in tls.items() if value is not ...}
    if chance.random() < 0.2:
        changed["tlsDetails"] = chance.choice(TLS)
    changed.setdefault("eventTime", f"2026-11-{chance.choice((19, 20, 21))}T11:00:00Z")
    changed.setdefault("eventID", str(uuid.UUID(int=chance.getrandbits(128), version=4)))
    return record(**changed)


def again(chance: random.Random, earlier: dict[str, Any]) -> dict[str, Any]:
    """What comes of a record that was there before: copies, and what only looks like one."""
    way = chance.randrange(5)
    if way == 0:
        return earlier
    other_id = {"eventID": str(uuid.UUID(int=chance.getrandbits(128), version=4))}
    alone = "addendum" not in earlier and not str(earlier.get("eventName")).startswith("Another")
    if way == 1 and alone:
        return {**earlier, "eventName": f"Another{chance.random()}", "sharedEventID": None}
    if way == 2:  # as it is delivered to a second account, but for the account
        earlier.setdefault("sharedEventID", str(uuid.UUID(int=chance.getrandbits(128))))
        return {**earlier, **other_id}
    if not alone:
        return earlier
    original = earlier.get("eventID")
    addendum: dict[str, Any] = {"reason": "UPDATED_DATA", "originalEventID": original}
    if way == 3:
        addendum = {"reason": "DELIVERY_DELAY"}
        other_id = {} if original is None else {"eventID": original}
    moment = chance.choice(("12:00:00", "12:00:01"))
    time = f"{str(earlier.get('eventTime'))[:10]}T{moment}Z"
    return {**earlier, **other_id, "eventTime": time, "addendum": addendum}


def corpus(seed: int, size: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    while len(made) < size:
        earlier = made and chance.random() < 0.25
        # What has no time or no id is nobody's copy here.
        of = chance.choice(made) if earlier else {}
        usable = of.get("eventID") and "2026-11-18" < (of.get("eventTime") or "") < "2026-11-22"
        made.append(again(chance, of) if usable else odd_record(chance))
    chance.shuffle(made)
    return made


@pytest.mark.parametrize("seed", [1, 2])
def test_the_groups_of_files_are_the_groups_of_the_query(tmp_path: Path, seed: int) -> None:
    made = corpus(seed, 3000)
    paths = [
        delivered(tmp_path, *made[:1200], name="a"),
        delivered(tmp_path, *made[1200:2400], day="2026/11/22", name="b"),
        delivered(tmp_path, *made[2400:], kind=NETWORK),
    ]
    expected, counted = by_python(tmp_path), by_sql(tmp_path, *paths)
    assert counted.period == DAYS
    assert list(counted.read.groups) == list(expected.groups)
    assert same(expected, counted.read)
    # The corpus shows what it is to show.
    assert min(expected.duplicates, expected.replaced, expected.other_days) > 50
    kinds = Counter(group.caller for group, _ in expected.groups)
    assert min(kinds[name] for name in ("application", "console", "on-behalf", "aws", "none")) > 10


def test_what_differs_in_each_record_makes_no_row_of_its_own(tmp_path: Path) -> None:
    s3 = {"eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
    made = [
        record(
            number,
            **s3,
            host=f"bucket-{number}.s3-fips.us-gov-west-1.amazonaws.com",
            userAgent=f"[Boto3/1.44.{number} md/Botocore#1.{number} app/billing m/{number}]",
            sourceIPAddress=f"10.0.0.{number}",
        )
        for number in range(200)
    ]
    endpoint = "vpce-1a-2b.s3.us-gov-west-1.vpce.amazonaws.com"
    made += [
        record(
            number, **s3, host=f"bucket-{number}.bucket.{endpoint}", userAgent=f"Mozilla/{number}"
        )
        for number in range(200, 400)
    ]
    counted = by_sql(tmp_path, delivered(tmp_path, *made))
    assert [
        (group.host, group.application, tally.count) for group, tally in counted.read.groups
    ] == [
        (f"bucket.{endpoint}", "", 200),
        ("s3-fips.us-gov-west-1.amazonaws.com", "billing", 200),
    ]
    from .duck import rows, tables

    sql = query(Asked(("db.trail",), DAYS))
    path = next(tmp_path.rglob("*.gz"))
    assert len(list(rows(tables(tmp_path, trail=[path]), sql))) == 1 + 2


def test_what_is_delivered_to_two_accounts_counts_once(tmp_path: Path) -> None:
    """Whichever of the copies it is that stands: each tells of its own account."""
    made = [record(1, sharedEventID="s"), record(2, sharedEventID="s", recipientAccountId="4")]
    made += [record(3, sharedEventID="s", eventName="Encrypt"), record(4, sharedEventID="other")]
    counted = by_sql(tmp_path, delivered(tmp_path, *made)).read
    assert (counted.records, counted.duplicates, counted.replaced) == (4, 2, 0)
    assert sum(tally.count for _, tally in counted.groups) == 2


def test_of_copies_the_one_that_tells_most_stands(tmp_path: Path) -> None:
    later: dict[str, Any] = {"eventTime": "2026-11-20T23:00:00Z", "recipientAccountId": "4"}
    foreign = {"userIdentity": {"type": "AWSAccount"}, "vpcEndpointId": OURS}
    made = []
    for number, less in enumerate(({"tlsDetails": ...}, foreign, {})):
        shared = {"sharedEventID": f"s{number}"}
        made.append(record(2 * number, **{"vpcEndpointId": OURS, **shared}))
        made.append(record(2 * number + 1, **{**later, **shared, **less}))
    counted = by_sql(tmp_path, delivered(tmp_path, *made)).read
    assert counted.duplicates == 3
    assert {group.account for group, _ in counted.groups} == {ACCOUNT}
    assert counted.groups == by_python(tmp_path).groups


def test_only_what_was_asked_for_is_counted(tmp_path: Path) -> None:
    late = delivered(tmp_path, record(1), record(2, awsRegion="us-east-1"), day="2026/11/22")
    later = delivered(tmp_path, record(3), day="2026/11/23")
    early = delivered(tmp_path, record(4), day="2026/11/18")

    def count(**asked: Any) -> int:
        return by_sql(tmp_path, late, later, early, **asked).read.records

    assert count() == 2
    assert count(period=Period(DAYS.first)) == 3
    assert count(day_column="") == 4
    assert count(accounts=(ACCOUNT,), regions=("us-gov-west-1",)) == 2
    assert count(accounts=("444455556666",)) == 0
    nothing = by_sql(tmp_path, late, accounts=("444455556666",))
    assert (nothing.read.groups, nothing.period) == ((), None)


# --- engines that are not here


def parsed(sql: str, dialect: str) -> Any:
    sqlglot = pytest.importorskip("sqlglot", reason="not installed")
    return sqlglot.parse_one(sql, read=dialect)


@pytest.mark.parametrize("engine", ["trino", "athena"])
@pytest.mark.parametrize("dialect", ["athena", "lake"])
def test_trino_and_athena_can_read_it(engine: str, dialect: Any) -> None:
    store = "0123abcd-0000-4000-8000-0123456789ab"
    tables = ("db.trail", "db.network") if dialect == "athena" else (store,)
    sql = query(Asked(tables, DAYS, (ACCOUNT,), ("us-gov-west-1",), dialect=dialect))
    # Lake alone takes an id for a table's name as it is.
    tree = parsed(sql.replace(f"FROM {store}", f'FROM "{store}"'), engine)
    from sqlglot import exp

    # A function that the engine has not would be known to nobody.
    assert [call.sql() for call in tree.find_all(exp.Anonymous)] == []
    assert tuple(tree.named_selects) == COLUMNS
    # Each table, and each part of the query, is named once: Trino would read it again.
    named = Counter(table.name for table in tree.find_all(exp.Table))
    assert set(named.values()) == {1}
    assert set(named) == {*(table.rpartition(".")[2] for table in tables), *_PARTS}
    assert "timestamp '2026-11-22 00:00:00'" in sql or dialect == "athena"


_PARTS = {"said", "alike", "keyed", "numbered"}


def test_the_same_of_lakes_types(tmp_path: Path) -> None:
    """Lake has a timestamp, and maps; its functions are Presto's, which sqlglot has as DuckDB's."""
    from .duck import rows, tables

    sqlglot = pytest.importorskip("sqlglot", reason="not installed")
    # There are no times that are none, and TLS without anything in it is as none.
    made = [
        {**each, "tlsDetails": each.get("tlsDetails") or None}
        for each in corpus(3, 1500)
        if str(each.get("eventTime")).endswith("Z")
        and (each.get("tlsDetails") or {}).get("tlsVersion", ...) is not None
    ]
    path = delivered(tmp_path, *made)
    connection = tables(tmp_path, trail=[path])
    connection.execute(
        """CREATE TABLE db.lake AS SELECT * REPLACE (
            eventtime::TIMESTAMP AS eventtime,
            additionaleventdata::JSON::MAP(VARCHAR, VARCHAR) AS additionaleventdata,
            CASE WHEN addendum IS NOT NULL
                THEN map {'reason': addendum.reason, 'originalEventID': addendum.originaleventid}
                WHEN vpcendpointid IS NULL THEN map {} END AS addendum
        ) FROM db.trail"""
    )
    store = "0123abcd-0000-4000-8000-0123456789ab"
    sql = query(Asked((store,), DAYS, dialect="lake")).replace(f"FROM {store}", "FROM db.lake")
    (translated,) = sqlglot.transpile(sql, read="presto", write="duckdb")
    # Of a map it knows no size, and takes it for an array.
    translated = translated.replace("ARRAY_LENGTH(", "cardinality(")
    counted = read_rows(rows(connection, translated)).read
    expected = by_python(tmp_path)
    assert expected.replaced
    assert list(counted.groups) == list(expected.groups)
    assert same(expected, counted)


@pytest.mark.parametrize(
    "table", ["", "a.b.c.d", 'a"; DROP TABLE b', "a b", "a.", "`a`", "a'", "-a", "a\n", "tä"]
)
def test_what_is_no_table_gets_into_no_query(table: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        query(Asked((table,), DAYS))
    with pytest.raises(ValueError, match="expected"):
        query(Asked((table,), DAYS, dialect="lake"))
    if table:
        with pytest.raises(ValueError, match="expected"):
            query(Asked(("t",), DAYS, day_column=table))


def test_values_are_texts_whatever_is_in_them(tmp_path: Path) -> None:
    path = delivered(tmp_path, record(1))
    assert by_sql(tmp_path, path, accounts=("x' OR 'a' = 'a",)).read.records == 0
