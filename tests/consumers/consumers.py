"""Other people's software: what each program sends, and what comes of it where it is not routed."""

from __future__ import annotations

from .table import Consumer, Refused, Unrouted, Unsupported


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    return ("python", f"PROGRAMS/{name}.py", *arguments)


def _sends(**operations: str) -> frozenset[str]:
    return frozenset(
        f"{service}:{operation}"
        for service, words in operations.items()
        for operation in words.split()
    )


_OWN = _sends(kms="ListKeys", s3="PutObject", sts="GetCallerIdentity")
_KEYS = _sends(kms="ListKeys")
_GREEN = _sends(kms="ListKeys", sts="GetCallerIdentity")
_QUEUE = "ListQueues CreateQueue GetQueueAttributes SendMessage ReceiveMessage DeleteMessage"
_TABLE = _sends(dynamodb="DescribeTable CreateTable PutItem GetItem")

_CASSETTE = "what has private DNS has to be pinned, and cassettes connect by themselves"
_NESTED = Unrouted("the CLI makes its clients where botocore loads no plugins; use `run`")
_BARE = Unsupported(
    "made without endpoint_router",
    "`run` does not start it: build it where the router is installed",
)
_BARE_REPORTED = Unrouted("there is no router in it; `run` warns")
_BARE_VARIABLE = Unrouted("there is no router in it, and nothing that could say so")
_PARTS = "CreateMultipartUpload UploadPart CompleteMultipartUpload"

CONSUMERS = (
    Consumer(
        "AWS CLI v1",
        "awscli",
        "`sts`, `kms` and `s3api` commands",
        _program("aws_cli"),
        _sends(sts="GetCallerIdentity", kms="ListKeys", s3="ListObjects"),
        {"variable": _NESTED},
    ),
    Consumer(
        "AWS CLI v1, `s3`",
        "awscli",
        "`s3 cp` there and back, `s3 ls`",
        _program("aws_cli_s3"),
        _sends(s3="PutObject ListObjects HeadObject GetObject"),
    ),
    Consumer(
        "s3transfer",
        "boto3",
        "an upload and a download in parts, by threads",
        _program("s3transfer_classic"),
        _sends(s3="CreateMultipartUpload UploadPart CompleteMultipartUpload HeadObject GetObject"),
    ),
    Consumer(
        "s3transfer with the CRT",
        "awscrt",
        "an upload and a download by the AWS Common Runtime",
        _program("s3transfer_crt"),
        _sends(s3="PutObject HeadObject GetObject"),
        alone=True,  # only one process of a machine may have the CRT client at a time
    ),
    Consumer(
        "smart_open",
        "smart_open",
        "a file written and read",
        _program("with_smart_open"),
        _sends(s3="CreateMultipartUpload UploadPart CompleteMultipartUpload GetObject"),
    ),
    Consumer(
        "awswrangler",
        "awswrangler",
        "a data frame as Parquet, there and back",
        _program("with_awswrangler"),
        _sends(s3="PutObject ListObjects HeadObject GetObject"),
    ),
    Consumer(
        "django-storages",
        "django-storages",
        "a file saved and opened",
        _program("with_django_storages"),
        _sends(s3="PutObject HeadObject GetObject"),
    ),
    Consumer(
        "mlflow",
        "mlflow-skinny",
        "an artifact logged, listed and downloaded",
        _program("with_mlflow"),
        _sends(s3="PutObject ListObjects HeadObject GetObject"),
    ),
    Consumer(
        "Airflow",
        "apache-airflow-providers-amazon",
        "a key loaded, checked and read by `S3Hook`",
        _program("with_airflow"),
        _sends(s3="PutObject HeadObject GetObject"),
    ),
    Consumer(
        "kombu",
        "kombu",
        "a message through SQS",
        _program("with_kombu"),
        _sends(sqs=_QUEUE),
    ),
    Consumer(
        "celery",
        "celery",
        "a task through SQS by a prefork worker, which receives by an HTTP client of its own",
        _program("celery_worker"),
        _sends(sqs=_QUEUE, kms="ListKeys"),
    ),
    Consumer(
        "PynamoDB", "pynamodb", "a table, an item there and back", _program("with_pynamodb"), _TABLE
    ),
    Consumer(
        "PynamoDB under X-Ray",
        "aws-xray-sdk",
        "the same after `patch_all()`",
        _program("with_pynamodb", "xray"),
        _TABLE,
    ),
    Consumer(
        "X-Ray",
        "aws-xray-sdk",
        "calls after `patch_all()`",
        _program("with_xray"),
        _sends(kms="ListKeys", s3="PutObject"),
    ),
    Consumer(
        "OpenTelemetry",
        "opentelemetry-instrumentation-botocore",
        "calls under `BotocoreInstrumentor`",
        _program("with_opentelemetry"),
        _sends(kms="ListKeys", s3="PutObject"),
    ),
    Consumer(
        "Sentry",
        "sentry-sdk",
        "calls in a transaction",
        _program("with_sentry"),
        _sends(kms="ListKeys", s3="PutObject GetObject"),
    ),
    Consumer("Stubber", "boto3", "stubbed answers and errors", _program("with_stubber"), _sends()),
    Consumer(
        "moto",
        "moto",
        "S3, KMS and SQS in process",
        _program("with_moto"),
        _sends(),
    ),
    Consumer(
        "vcrpy",
        "vcrpy",
        "a call recorded once and played twice",
        _program("with_vcrpy"),
        _KEYS,
        {"private": Refused("private.unpinned", _CASSETTE)},
        requests=1,  # the second and third time the cassette is played
    ),
    Consumer(
        "gevent",
        "gevent",
        "greenlets with clients of their own",
        _program("with_gevent"),
        _GREEN,
    ),
    Consumer(
        "eventlet",
        "eventlet",
        "green threads with clients of their own",
        _program("with_eventlet"),
        _GREEN,
    ),
    Consumer(
        "gunicorn, `sync`",
        "gunicorn",
        "requests that call KMS",
        _program("with_gunicorn", "sync"),
        _KEYS,
    ),
    Consumer(
        "gunicorn, `gthread`",
        "gunicorn",
        "the same in threads",
        _program("with_gunicorn", "gthread"),
        _KEYS,
    ),
    Consumer(
        "gunicorn, `gevent`",
        "gunicorn",
        "the same in greenlets",
        _program("with_gunicorn", "gevent"),
        _KEYS,
    ),
    Consumer(
        "multiprocessing",
        "boto3",
        "workers forked right after the first client was made",
        _program("with_multiprocessing"),
        _KEYS,
    ),
    Consumer(
        "aiobotocore",
        "aiobotocore",
        "50 tasks at once, three services",
        _program("with_aiobotocore"),
        _OWN,
        requests=52,
    ),
    Consumer(
        "aiobotocore under uvloop",
        "uvloop",
        "the same in a loop of uvloop's",
        _program("with_aiobotocore", "uvloop"),
        _OWN,
        requests=52,
    ),
    Consumer(
        "aiobotocore in several loops",
        "aiobotocore",
        "four loops in threads and two more after them, one session",
        _program("with_loops"),
        _KEYS,
        requests=60,
    ),
    Consumer(
        "aiobotocore with a role",
        "aiobotocore",
        "a profile that assumes a role by a client of STS of its own",
        _program("with_assumed_role"),
        _sends(kms="ListKeys", sts="AssumeRole"),
        requests=11,
    ),
    Consumer(
        "aioboto3",
        "aioboto3",
        "resources, an upload and a download in parts, three services",
        _program("with_aioboto3"),
        _sends(
            s3=f"{_PARTS} GetObject HeadObject ListObjects", kms="ListKeys", sts="GetCallerIdentity"
        ),
    ),
    Consumer(
        "s3fs",
        "s3fs",
        "files written, listed and read, one in parts, and a presigned URL",
        _program("with_s3fs"),
        _sends(s3=f"{_PARTS} PutObject HeadObject GetObject ListObjects"),
    ),
    Consumer(
        "pandas",
        "s3fs",
        "`read_csv` and `read_parquet` of `s3://`, and back",
        _program("with_pandas"),
        _sends(s3="HeadBucket HeadObject PutObject GetObject"),
    ),
    Consumer(
        "dask",
        "dask",
        "Parquet written and read by threads",
        _program("with_dask"),
        _sends(s3="HeadBucket ListObjects PutObject GetObject"),
    ),
    Consumer(
        "xarray and zarr",
        "zarr",
        "a data set there and back",
        _program("with_zarr"),
        _sends(s3="HeadObject ListObjects PutObject GetObject"),
    ),
    Consumer(
        "uvicorn",
        "uvicorn",
        "500 requests at once, each of which calls KMS and S3",
        _program("with_uvicorn"),
        _sends(kms="ListKeys", s3="PutObject"),
        requests=1000,
    ),
    Consumer("zipapp", "boto3", "a program of three calls", _program("with_zipapp"), _OWN),
    Consumer(
        "PyInstaller",
        "pyinstaller",
        "a program of three calls, frozen",
        ("FROZEN/calls",),
        _OWN,
        alone=True,
    ),
    Consumer(
        "PyInstaller, without the router",
        "pyinstaller",
        "the same, built where `endpoint_router` is not installed",
        ("BARE/calls",),
        _OWN,
        {"variable": _BARE_VARIABLE, "report run": _BARE_REPORTED, "run": _BARE},
        alone=True,
    ),
)
