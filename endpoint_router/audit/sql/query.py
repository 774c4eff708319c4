"""The grouping of :mod:`..grouping` as SQL, which Athena, Trino and DuckDB take unchanged. Pure.

No policy is in it, and nothing of what a field means: it counts records that are alike in what
:func:`..grouping.group_of` reads, each record once as :mod:`..ledger` has it. What holds all of it
together: each table is read once (``WITH`` is written out anew by Trino wherever it is named, and
each time is paid for), nothing is ever NULL, times are compared as texts.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from msgspec import Struct

from ..sources import Period
from .names import Dialect, literal, quoted, table_name
from .reduced import AGENT, HOST

__all__ = ["COLUMNS", "MADE_BY", "Asked", "query"]

#: Counts up when rows get another meaning; each row bears it.
MADE_BY = "endpoint-router-1"

#: What records of a row have in common, and its SQL; empty where that stands further below.
_ALIKE = {
    "account": "coalesce(recipientaccountid, '')",
    "region": "coalesce(awsregion, '')",
    "serving_region": "",
    "source": "coalesce(eventsource, '')",
    "name": "coalesce(eventname, '')",
    "version": "coalesce(eventversion, '')",
    "type": "coalesce(eventtype, '')",
    "category": "coalesce(eventcategory, '')",
    "has_tls": "",
    "tls": "coalesce(tlsdetails.tlsversion, '')",
    "host": "",
    "endpoint": "coalesce(vpcendpointid, '')",
    "endpoint_owner": "coalesce(vpcendpointaccountid, '')",
    "identity": "coalesce(useridentity.type, '')",
    "caller_account": (
        "CASE WHEN useridentity.type = 'AWSAccount'"
        " THEN coalesce(useridentity.accountid, '') ELSE '' END"
    ),
    "issuer": "coalesce(useridentity.sessioncontext.sessionissuer.arn, '')",
    "user_name": (
        "CASE WHEN coalesce(useridentity.sessioncontext.sessionissuer.arn, '') = ''"
        " THEN coalesce(useridentity.username, '') ELSE '' END"
    ),
    "invoked": "CASE WHEN coalesce(useridentity.invokedby, '') = '' THEN '' ELSE 'yes' END",
    "console": (
        "CASE WHEN cast(sessioncredentialfromconsole AS varchar) = 'true' THEN 'yes' ELSE '' END"
    ),
    "presigned": "",
    "agent": "",
}
#: The columns of the result, in order.
COLUMNS = (
    "made_by",
    "of_rows",
    "first_day",
    "last_day",
    "day",
    *_ALIKE,
    "records",
    "duplicates",
    "replaced",
    "first_time",
    "first_id",
    "last_time",
)


class Asked(Struct, frozen=True):
    """What a query is to count."""

    #: ``table``, ``database.table`` or ``catalog.database.table``; of CloudTrail Lake, ids.
    tables: tuple[str, ...]
    #: Of the events; its first day is there.
    period: Period
    #: Only these, if any are named: values of the partitions ``account`` and ``region``.
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    #: The partition that holds the day of delivery as ``2026/11/22``; empty where there is none.
    day_column: str = "day"
    dialect: Dialect = "athena"


def query(asked: Asked) -> str:
    """The SQL, with a newline at its end.

    :raises ValueError: a name among *asked* is none.
    """
    texts = _LAKE if asked.dialect == "lake" else _ATHENA
    said = "\n  UNION ALL\n".join(_records(asked, table, texts) for table in asked.tables)
    alike = ", ".join(_ALIKE)
    first, last = asked.period.first, asked.period.last
    constants = (MADE_BY, str(first or ""), str(last or ""))
    made_by, first_day, last_day = map(literal, constants)
    reduced = {**dict.fromkeys(_ALIKE, ""), "host": HOST, "agent": AGENT}
    columns = ",\n    ".join(
        f"{text} AS {name}" if text else name for name, text in reduced.items()
    )
    return f"""\
WITH said AS (
{said}
),
alike AS (
  SELECT
    event_time,
    substr(event_time, 1, 10) AS day,
    event_id,
    shared_id,
    is_addendum,
    CASE WHEN original_id = '' THEN event_id ELSE original_id END AS about_id,
    {columns}
  FROM said
),
keyed AS (
  SELECT
    alike.*,
    CASE WHEN shared_id <> '' THEN shared_id ELSE about_id END AS record_key,
    CASE WHEN is_addendum = 0 AND shared_id <> '' THEN shared_id ELSE about_id END AS own_key
  FROM alike
),
numbered AS (
  SELECT
    keyed.*,
    CASE
      WHEN record_key = '' AND is_addendum = 0 THEN 1
      WHEN is_addendum = 1 OR shared_id <> '' THEN row_number() OVER (
        PARTITION BY record_key, is_addendum, CASE WHEN is_addendum = 1 THEN '' ELSE shared_id END
        ORDER BY
          CASE WHEN is_addendum = 0 AND host = '' THEN 1 ELSE 0 END,
          CASE WHEN is_addendum = 0 AND identity = 'AWSAccount' THEN 1 ELSE 0 END,
          CASE WHEN is_addendum = 0 AND endpoint = '' THEN 1 ELSE 0 END,
          event_time DESC, event_id DESC, {alike}
      )
      ELSE row_number() OVER (
        PARTITION BY record_key, is_addendum, shared_id, day, {alike}
        ORDER BY event_time, event_id
      )
    END AS copy_number,
    CASE
      WHEN is_addendum = 1 OR record_key = '' THEN 0
      ELSE greatest(
        max(is_addendum) OVER (PARTITION BY record_key),
        max(is_addendum) OVER (PARTITION BY own_key)
      )
    END AS is_replaced
  FROM keyed
)
SELECT
  {made_by} AS made_by,
  count(*) OVER () AS of_rows,
  {first_day} AS first_day,
  {last_day} AS last_day,
  day,
  {alike},
  count(*) AS records,
  count(*) FILTER (WHERE copy_number > 1) AS duplicates,
  count(*) FILTER (WHERE copy_number = 1 AND is_replaced = 1) AS replaced,
  min(event_time) AS first_time,
  min_by(event_id, event_time || ' ' || event_id) AS first_id,
  max(event_time) AS last_time
FROM numbered
GROUP BY day, {alike}
"""


# --- the records of a table, in a form in which no value is missing


class _Texts(Struct, frozen=True):
    """What differs between the two."""

    event_time: str
    serving: str
    #: How a request to S3 was signed.
    signed: str
    #: Are they missing?
    no_tls: str
    no_addendum: str
    original_id: str


#: Wherever they stand in a text of JSON, or of a map's, as ``awsServingRegion=eu-west-1``.
_IN_TEXT = literal(r'awsServingRegion"?\s*[:=]\s*"?([^"\s,}]+)')
_DAY = literal(r"\A\d{4}-\d\d-\d\d")
_SIGNED = literal(r'AuthenticationMethod"?\s*[:=]\s*"?([^"\s,}]+)')
_ATHENA = _Texts(
    event_time="coalesce(eventtime, '')",
    serving=f"regexp_extract(additionaleventdata, {_IN_TEXT}, 1)",
    signed=f"regexp_extract(additionaleventdata, {_SIGNED}, 1)",
    no_tls="tlsdetails IS NULL",
    no_addendum="addendum IS NULL",
    original_id="coalesce(addendum.originaleventid, '')",
)
#: Has maps where Athena's tables have texts and structures, and may have empty ones for none.
_LAKE = _Texts(
    event_time="coalesce(date_format(eventtime, '%Y-%m-%dT%H:%i:%sZ'), '')",
    serving=(
        "coalesce("
        f"regexp_extract(element_at(additionaleventdata, 'RequestDetails'), {_IN_TEXT}, 1),"
        " element_at(additionaleventdata, 'awsServingRegion'))"
    ),
    signed="element_at(additionaleventdata, 'AuthenticationMethod')",
    no_tls=(
        "coalesce(tlsdetails.tlsversion, tlsdetails.ciphersuite,"
        " tlsdetails.clientprovidedhostheader) IS NULL"
    ),
    no_addendum="coalesce(cardinality(addendum), 0) = 0",
    original_id="coalesce(element_at(addendum, 'originalEventID'), '')",
)


def _records(asked: Asked, table: str, texts: _Texts) -> str:
    serving = (
        f"CASE WHEN lower(eventsource) LIKE 'sts%' THEN coalesce({texts.serving}, '') ELSE '' END"
    )
    raw = {
        **_ALIKE,
        "serving_region": serving,
        "presigned": (
            f"CASE WHEN lower(eventsource) LIKE 's3%' AND {texts.signed} = 'QueryString'"
            " THEN 'yes' ELSE '' END"
        ),
        "has_tls": f"CASE WHEN {texts.no_tls} THEN '' ELSE 'yes' END",
        "host": "coalesce(tlsdetails.clientprovidedhostheader, '')",
        "agent": "coalesce(useragent, '')",
    }
    columns = ",\n    ".join(f"{text} AS {name}" for name, text in raw.items())
    parts = table_name(table, asked.dialect)
    where = "\n    AND ".join(_where(asked))
    return f"""\
  SELECT
    {texts.event_time} AS event_time,
    coalesce(eventid, '') AS event_id,
    coalesce(sharedeventid, '') AS shared_id,
    CASE WHEN {texts.no_addendum} THEN 0 ELSE 1 END AS is_addendum,
    {texts.original_id} AS original_id,
    {columns}
  FROM {parts[0] if asked.dialect == "lake" else ".".join(map(quoted, parts))}
  WHERE {where}"""


def _where(asked: Asked) -> list[str]:
    first, last = asked.period.first, asked.period.last
    if first is None:
        raise ValueError("expected a first day")
    if asked.dialect == "lake":
        terms = [f"eventtime >= timestamp '{first} 00:00:00'"]
        if last:
            terms.append(f"eventtime < timestamp '{_after(last)} 00:00:00'")
        return terms + _among({"recipientaccountid": asked.accounts, "awsregion": asked.regions})
    day = f"coalesce(regexp_extract(eventtime, {_DAY}), '')"
    until = f" AND {day} <= '{last}'" if last else ""
    # What says no day may be of any.
    terms = [f"({day} = '' OR ({day} >= '{first}'{until}))"]
    if asked.day_column:
        (name,) = table_name(asked.day_column)
        terms.append(f"{quoted(name)} >= '{first:%Y/%m/%d}'")
        if last:  # some come late
            terms.append(f"{quoted(name)} <= '{_after(last):%Y/%m/%d}'")
    return terms + _among({'"account"': asked.accounts, '"region"': asked.regions})


def _among(wanted: dict[str, Sequence[str]]) -> list[str]:
    return [
        f"{name} IN ({', '.join(map(literal, values))})"
        for name, values in wanted.items()
        if values
    ]


def _after(day: datetime.date) -> datetime.date:
    return min(day, datetime.date.max - datetime.timedelta(days=1)) + datetime.timedelta(days=1)
