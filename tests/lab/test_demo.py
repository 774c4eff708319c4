"""The demo: what it shows, that it can fail, and that the developer's own settings stay outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from endpoint_router.cli.demo import demo
from endpoint_router.cli.screen import Screen
from endpoint_router.lab.demo import isolated
from endpoint_router.lab.scenario import HOSTS, SCENES, Scene

ROOT = Path(__file__).parents[2]

# Written out once more: an expectation that was bent to fit a bug would not be found by the demo.
EXPECTED = """
kms.list_keys                us-east-1      kms-fips.us-east-1.amazonaws.com kms/us-east-1
sqs.list_queues              us-east-1      vpce-0a1b2c3d-sqs.sqs.us-east-1.vpce.amazonaws.com sqs/us-east-1
kms.list_keys                us-gov-west-1  vpce-0a1b2c3d-kms.kms-fips.us-gov-west-1.vpce.amazonaws.com kms/us-gov-west-1
ssm.get_parameter            us-east-1      ssm.us-east-1.amazonaws.com ssm/us-east-1
secretsmanager.list_secrets  us-east-1      private.public_address
sns.list_topics              us-east-1      sns.us-east-1.amazonaws.com sns/us-east-1
s3.upload_file               us-east-1      lab-bucket.bucket.vpce-0a1b2c3d-s3.s3.us-east-1.vpce.amazonaws.com s3/us-east-1
s3.get_object                us-east-1      lab-111122223333.accesspoint.vpce-0a1b2c3d-s3.s3.us-east-1.vpce.amazonaws.com s3/us-east-1
stepfunctions.start_sync_execution us-east-1 vpce-0a1b2c3d-sync.sync-states.us-east-1.vpce.amazonaws.com states/us-east-1
stepfunctions.start_sync_execution eu-west-1 private.public_address
comprehend.list_endpoints    eu-west-1      fips.absent
polly.list_lexicons          eu-west-1      polly.eu-west-1.amazonaws.com polly/eu-west-1
ses.list_identities          us-east-1      email.us-east-1.amazonaws.com ses/us-east-1
ses.get_send_quota           us-east-1      email-fips.us-east-1.amazonaws.com ses/us-east-1
kms.list_keys                us-east-1      endpoint_url.undeclared
kms.list_keys                us-east-1      kms-fips.us-east-1.amazonaws.com kms/us-east-1
iam.list_users               eu-west-1      iam-fips.amazonaws.com iam/us-east-1
lambda.list_functions        us-east-1      sts-fips.us-east-1.amazonaws.com sts/us-east-1 lambda-fips.us-east-1.amazonaws.com lambda/us-east-1
translate.list_languages     eu-west-1      EndpointConnectionError
logs.describe_log_groups     us-east-1      private.unverified
"""  # noqa: E501

HOSTILE = {
    "AWS_PROFILE": "nonsense",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
    "AWS_CA_BUNDLE": "/nonexistent",
    "REQUESTS_CA_BUNDLE": "/nonexistent",
    "AWS_USE_FIPS_ENDPOINT": "nonsense",
    "AWS_DATA_PATH": "/nonexistent",
    "AWS_DEFAULT_REGION": "nowhere",
    "HTTPS_PROXY": "http://127.0.0.1:1",
    "https_proxy": "http://127.0.0.1:1",
    "ENDPOINT_ROUTER_MODE": "off",
    "ENDPOINT_ROUTER_FIPS": "nonsense",
    "BOTOCORE_EXPERIMENTAL__PLUGINS": "x=y",
}


def compact(row: dict[str, Any]) -> list[str]:
    arrivals = [text for one in row["arrivals"] for text in (one["host"], one["scope"])]
    said = [] if row["outcome"] == "allowed" else [row["outcome"]]
    return [row["call"], row["region"], *said, *arrivals]


def test_every_call_goes_where_the_policy_says(capsys: pytest.CaptureFixture[str]) -> None:
    before = dict(os.environ)
    assert demo(as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [compact(row) for row in rows] == [line.split() for line in EXPECTED.split("\n")[1:-1]]
    assert all(row["ok"] and not row["wrong"] for row in rows)
    assert all(row["why"] for row in rows)
    assert dict(os.environ) == before


def test_a_developers_own_settings_do_not_matter(tmp_path: Path) -> None:
    aws = tmp_path / ".aws"
    rules = aws / "models" / "kms" / "2014-11-01" / "endpoint-rule-set-1.json"
    rules.parent.mkdir(parents=True)
    rules.write_text("{}")
    (aws / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:1\nregion = nowhere\n")
    done = subprocess.run(
        [sys.executable, "-m", "endpoint_router", "demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **HOSTILE},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    count = len(SCENES)
    lines = done.stdout.splitlines()[2 : count + 2]
    assert lines == [
        f"{number:2}  {scene.outcome:<23}  {scene.title}" for number, scene in enumerate(SCENES, 1)
    ]
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert f"{count} of {count} calls went where the policy says" in done.stdout
    end = done.stdout[done.stdout.index("The same in your own application") :]
    assert "import endpoint_router\n" in end
    assert 'endpoint_router.install(policy="policy.toml")\n' in end
    assert "ENDPOINT_ROUTER_POLICY=policy.toml endpoint-router run -- python app.py\n" in end


def falsified(right: Scene) -> list[Scene]:
    """*right*, wrong in one thing each time."""
    (arrival,) = right.arrivals
    others = [
        (replace(arrival, host="kms.us-east-1.amazonaws.com"),),
        (replace(arrival, address="10.20.0.10"),),
        (replace(arrival, scope="kms/us-west-2"),),
        (),
        (arrival, arrival),
    ]
    wrong = [replace(right, arrivals=arrivals) for arrivals in others]
    return [*wrong, replace(right, outcome="fips.absent", arrivals=())]


def test_each_falsified_expectation_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    right = SCENES[0]
    wrong = falsified(right)
    assert demo(as_json=True, scenes=[right, *wrong]) == 1
    first, *rest = json.loads(capsys.readouterr().out)
    assert first["ok"]
    assert len(rest) == 6
    for row in rest:
        assert not row["ok"]
        assert row["wrong"].startswith("expected ")
        assert row["arrivals"] == first["arrivals"]


def test_one_wrong_row_is_marked_and_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = replace(SCENES[0], title="bent", outcome="fips.absent", arrivals=())
    assert demo(scenes=[SCENES[0], wrong]) == 1
    _, _, right, *lines = capsys.readouterr().out.splitlines()
    assert right == f" 1  {'allowed':<23}  {SCENES[0].title}"
    assert lines[:6] == [
        f" 2  {'WRONG':<23}  bent",
        "    wrong      expected fips.absent",
        "    call       kms.list_keys in us-east-1: allowed",
        "    host       kms-fips.us-east-1.amazonaws.com (52.94.1.31)",
        "    signed as  kms/us-east-1",
        "    why        FIPS (listed)",
    ]
    assert "1 of 2 calls went where the policy says" in "\n".join(lines)


def test_verbose_shows_what_the_servers_saw(capsys: pytest.CaptureFixture[str]) -> None:
    scenes = [next(one for one in SCENES if one.method == name) for name in (
        "get_object", "list_endpoints")]  # fmt: skip
    assert demo(scenes=scenes, verbose=True, screen=Screen(colours=True)) == 0
    out = capsys.readouterr().out
    words = " ".join(out.split())
    for scene in scenes:
        assert f"\033[32m{scene.outcome:<23}\033[0m  {scene.title}\n" in out
        assert all(f"{one.host} ({one.address})" in words for one in scene.arrivals)
    assert "    host       nothing arrived\n" in out
    assert ": refused fips.absent\n" in out


def test_a_refusal_expected_but_let_through_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """The scenes that nothing may arrive from would arrive if they were let through."""
    refused = next(one for one in SCENES if one.outcome == "endpoint_url.undeclared")
    bent = replace(refused, service="sqs", method="list_queues", endpoint_url=None)
    assert demo(as_json=True, scenes=[bent]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["outcome"] == "allowed"
    assert row["arrivals"]


def test_an_empty_run_proves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo(as_json=True, scenes=()) == 1
    assert json.loads(capsys.readouterr().out) == []


def test_every_expected_host_is_at_the_address_that_the_scene_says() -> None:
    for scene in SCENES:
        assert (scene.outcome == "allowed") == bool(scene.arrivals)
        for one in scene.arrivals:
            wildcard = f"*.{one.host.partition('.')[2]}"
            assert HOSTS.get(one.host, HOSTS.get(wildcard)) == one.address


def test_isolation_takes_everything_of_awss_away_and_gives_it_back() -> None:
    environ = {"PATH": "/bin", "no_proxy": "*", **HOSTILE}
    before = dict(environ)

    def fail() -> None:
        assert environ == {"PATH": "/bin", "AWS_PROFILE": "lab"}
        raise KeyError

    with pytest.raises(KeyError), isolated({"AWS_PROFILE": "lab"}, environ):
        fail()
    assert environ == before


@pytest.mark.parametrize("missing", ["boto3", "trustme"])
def test_without_the_extra_it_names_the_extra(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from endpoint_router.cli.main import main; sys.exit(main(['demo']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "endpoint-router[lab]" in done.stdout + done.stderr
