"""botocore's own plugins: switched on by ``BOTOCORE_EXPERIMENTAL__PLUGINS`` alone."""

from __future__ import annotations

from pathlib import Path

import botocore
import pytest

from tests.support.namespace import needs_namespaces
from tests.support.programs import STS_FIPS, TO_FIPS, app, run, run_beneath

__all__ = ["app", "needs_namespaces"]

PLUGIN = {"BOTOCORE_EXPERIMENTAL__PLUGINS": "endpoint_router=endpoint_router.sdk.plugin"}
VERSION = tuple(int(part) for part in botocore.__version__.split(".")[:3])

needs_plugins = pytest.mark.skipif(
    VERSION < (1, 39, 9),
    reason=f"botocore {botocore.__version__} ignores BOTOCORE_EXPERIMENTAL__PLUGINS (1.39.9)",
)


def assume_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables of a program whose profile assumes a role, with botocore's plugin switched on."""
    config = tmp_path / "config"
    config.write_text(
        "[profile app]\nrole_arn = arn:aws:iam::111122223333:role/lab\n"
        "source_profile = base\nregion = us-east-1\n"
        "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n"
    )
    # Where AWS_PROFILE names the profile, keys in the environment come before its role.
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    return {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "app", **PLUGIN}


@needs_plugins
def test_a_plugin_covers_the_first_client(app: Path) -> None:
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **PLUGIN)
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


@needs_plugins
def test_a_plugin_with_a_broken_policy_refuses_every_call(app: Path) -> None:
    """botocore logs what a plugin raises at debug level, and goes on without it."""
    ran = run([app], ENDPOINT_ROUTER_FISP="require", **PLUGIN)
    assert ran.out.count("PolicyError") == 2, (ran.out, ran.err)
    assert ran.out.count("ENDPOINT_ROUTER_FIPS") == 2
    assert ran.seen == []


@needs_plugins
def test_a_plugin_covers_the_sts_call_behind_an_assume_role_profile(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore makes that client without its plugins."""
    environ = assume_role(tmp_path, monkeypatch)
    ran = run([app], ENDPOINT_ROUTER_FIPS="require", **environ)
    assert ran.seen == [("AssumeRole", STS_FIPS), *TO_FIPS], (ran.out, ran.err)


@needs_plugins
def test_a_plugin_and_a_broken_policy_refuse_that_sts_call_too(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = assume_role(tmp_path, monkeypatch)
    ran = run([app], ENDPOINT_ROUTER_FISP="require", **environ)
    assert ran.out.count("ENDPOINT_ROUTER_FIPS") == 2, (ran.out, ran.err)
    assert ran.seen == []


@needs_plugins
@pytest.mark.parametrize("broken", [False, True])
def test_a_plugin_and_the_machines_own_policy(
    app: Path, tmp_path_factory: pytest.TempPathFactory, broken: bool
) -> None:
    policy = 'version = 1\n[defaults]\nfips = "require"\n'
    policy = policy.replace("fips", "fisp") if broken else policy
    ran = run_beneath(policy, tmp_path_factory.mktemp("etc"), [app], **PLUGIN)
    assert ran.seen == ([] if broken else TO_FIPS), (ran.out, ran.err)
    assert ran.out.count("/etc/endpoint-router/policy.toml") == (2 if broken else 0)
    assert "there is no policy" not in ran.err
