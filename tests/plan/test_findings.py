"""What is missing, call by call: endpoints, waivers, a person's work, and what is not known."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from endpoint_router.plan.findings import plan
from endpoint_router.plan.policy import as_toml
from endpoint_router.plan.values import Plan
from tests.plan.lines import (
    REQUIRED,
    allowed,
    candidate,
    line,
    no_fips,
    planned,
    read,
    settings,
)


def services(made: Plan) -> list[str]:
    return [one.link.name.removeprefix("com.amazonaws.us-east-1.") for one in made.endpoints]


@pytest.mark.parametrize(
    "code", ["private.public_address", "private.mixed", "private.absent", "private.no_endpoint"]
)
def test_a_host_that_is_not_private_needs_an_endpoint(code: str) -> None:
    made = planned(line("kms", code=code))
    assert services(made) == ["kms"]
    assert made.endpoints[0].asked
    assert made.endpoints[0].hosts == ("kms.us-east-1.amazonaws.com",)
    assert not made.complete


def test_what_is_private_needs_nothing() -> None:
    made = planned(allowed("kms", demands=REQUIRED, fips_basis="listed"))
    assert made.complete
    assert (made.endpoints, made.rules, made.public) == ((), (), ())
    assert made.defaults["private"] == "require"


def test_hosts_of_one_service_need_one_endpoint() -> None:
    hosts = ["*.s3.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"]
    made = planned(
        *(line("s3", host=host) for host in hosts),
        line("s3control", host="*.s3-control.us-east-1.amazonaws.com"),
        line("ses", host="email.us-east-1.amazonaws.com"),
        line("sesv2", host="email.us-east-1.amazonaws.com"),
    )
    assert services(made) == ["email", "s3"]
    email, s3 = made.endpoints
    assert email.services == ("ses", "sesv2")
    assert s3.hosts == ("*.s3-control.us-east-1.amazonaws.com", *hosts)


def test_combined_services_are_one_endpoint() -> None:
    made = planned(
        line("cloudwatch", host="monitoring.us-east-1.amazonaws.com"),
        line("cloudwatch", host="monitoring-fips.us-east-1.amazonaws.com"),
    )
    assert services(made) == ["monitoring"]
    assert len(made.endpoints[0].hosts) == 2


def test_an_operation_with_a_host_of_its_own_needs_the_endpoint_of_that_host() -> None:
    made = planned(
        line("stepfunctions", host="states.us-east-1.amazonaws.com"),
        line("stepfunctions", host="sync-states.us-east-1.amazonaws.com", operation="StartSync"),
    )
    assert services(made) == ["states", "sync-states"]


def test_the_same_service_in_two_regions_is_two_endpoints() -> None:
    made = planned(line("kms"), line("kms", region="eu-west-1", host="kms.eu-west-1.amazonaws.com"))
    assert [one.link.region for one in made.endpoints] == ["eu-west-1", "us-east-1"]


def test_a_waiver_and_the_plain_host_that_must_then_be_private() -> None:
    made = planned(no_fips("chime"))
    (waiver,) = made.waivers
    assert (waiver.services, waiver.regions, waiver.operations) == (("chime",), ("us-east-1",), ())
    assert waiver.settings == (("fips", "prefer"),)
    assert waiver.hosts == ("chime-fips.us-east-1.amazonaws.com",)
    assert services(made) == ["chime"]
    assert made.endpoints[0].asked  # the request went there, to a public address


def test_what_really_was_sent_tells_the_plain_host() -> None:
    """Names follow no rule; where FIPS is required the log has no other candidate."""
    sent = "metering-marketplace.us-east-1.amazonaws.com"
    made = planned(no_fips("meteringmarketplace", sent=sent))
    assert made.endpoints[0].hosts == (sent,)
    # A log of enforce mode, or of decisions about calls that were not made.
    made = planned(no_fips("chime", sent="", peer=""))
    assert made.endpoints[0].hosts == ("chime.us-east-1.amazonaws.com",)
    assert not made.endpoints[0].asked


def test_a_plain_host_at_which_the_request_arrived_privately_needs_no_endpoint() -> None:
    made = planned(no_fips("chime", peer="10.20.0.10"))
    assert made.waivers
    assert services(made) == []


def test_no_endpoint_at_all_is_for_a_person() -> None:
    made = planned(no_fips("s3", code="fips.no_basis", host="", sent="", candidates=[]))
    assert (len(made.work), made.waivers) == (1, ())


def test_a_plain_declared_endpoint_takes_what_is_waived() -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.chime.us-east-1.vpce.amazonaws.com"
    one = candidate(name, kind="interface", place="vpc_endpoints[0]", code="fips.no_basis")
    made = planned(no_fips("chime", candidates=[one]))
    assert made.waivers
    assert services(made) == []


def test_a_custom_endpoint_is_attested_by_a_person() -> None:
    one = candidate("store.example.com", kind="custom", place="custom_endpoints[0]")
    made = planned(no_fips("s3", code="fips.no_basis", candidates=[one]))
    assert (len(made.work), made.waivers) == (1, ())


def test_a_plain_host_that_another_call_found_private_needs_no_endpoint() -> None:
    seen = allowed("chime", host="chime.us-east-1.amazonaws.com", demands=REQUIRED)
    seen |= {"rule": {"name": "rules[0]", "reason": "waived"}}
    seen["settings"]["fips"] = {"value": "off", "origin": "file p.toml:9"}
    made = planned(no_fips("chime", sent="", peer=""), seen)
    assert services(made) == []
    assert made.waivers


def test_private_in_one_process_and_public_in_another_is_missing() -> None:
    made = planned(allowed("kms", demands={"private": "require"}), line("kms", process=2))
    assert services(made) == ["kms"]


def test_without_private_required_a_waiver_needs_no_endpoint() -> None:
    made = planned(no_fips("chime", demands={"fips": "require"}))
    assert made.waivers
    assert services(made) == []


def test_a_waiver_names_operations_only_where_others_have_fips() -> None:
    fine = allowed(
        "stepfunctions",
        operation="ListStateMachines",
        host="states-fips.us-east-1.amazonaws.com",
        fips_basis="listed",
        demands=REQUIRED,
    )
    refused = [no_fips("stepfunctions", operation=one) for one in ("TestState", "StartSync")]
    assert planned(*refused).waivers[0].operations == ()
    assert planned(*refused, fine).waivers[0].operations == ("StartSync", "TestState")


def test_one_waiver_for_several_regions() -> None:
    made = planned(no_fips("chime"), no_fips("chime", region="us-west-2"))
    assert [one.regions for one in made.waivers] == [("us-east-1", "us-west-2")]


def test_a_service_without_a_region_gets_a_rule_without_one() -> None:
    assert planned(no_fips("chime", region="")).waivers[0].regions == ()


def test_a_basis_that_is_too_weak_is_waived_as_such() -> None:
    host = "chime-fips.us-east-1.amazonaws.com"
    made = planned(
        no_fips(
            "chime",
            code="fips.no_basis",
            candidates=[
                candidate("chime.us-east-1.amazonaws.com", code="fips.no_basis"),
                candidate(host, "ruleset", code="fips.no_basis"),
            ],
            evidence=[],
        )
    )
    assert made.waivers[0].settings == (("fips_basis", "ruleset"),)
    assert made.endpoints[0].hosts == (host,)


def test_a_waiver_keeps_what_the_rule_in_force_says() -> None:
    under = no_fips("chime", rule={"name": "rules[0]", "reason": "over the NAT; SEC-1"})
    under["settings"]["private"] = {"value": "off", "origin": "file policy.toml:9"}
    made = planned(under, line("kms", demands=REQUIRED))
    (waiver,) = made.waivers
    assert waiver.settings == (("fips", "prefer"), ("private", "off"))
    assert waiver.reason == "over the NAT; SEC-1"
    assert services(made) == ["kms"]


def test_rules_in_force_are_carried_over() -> None:
    under = allowed(
        "iam",
        "public",
        host="iam.amazonaws.com",
        fips_basis="listed",
        rule={"name": "rules[1]", "reason": "gateway; SEC-2"},
        demands={**REQUIRED, "private": "off"},
    )
    made = planned(under, allowed("kms", fips_basis="listed", demands=REQUIRED))
    (rule,) = made.rules
    assert (rule.kind, rule.services, rule.reason) == ("carried", ("iam",), "gateway; SEC-2")
    assert rule.settings == (("private", "off"),)
    assert made.complete
    assert [one.link.name for one in made.public] == ["com.amazonaws.iam"]


def test_global_hosts_of_s3_and_sts_need_their_regional_twins() -> None:
    made = planned(line("sts", host="sts.amazonaws.com"))
    assert services(made) == ["sts"]
    assert made.endpoints[0].hosts == ("sts.us-east-1.amazonaws.com",)
    assert made.defaults["regional"] == "require"
    assert planned(line("kms")).defaults["regional"] == "off"


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("region.not_allowed", "Use an allowed region, or add this one to allowed_regions."),
        ("endpoint_url.undeclared", 'Declare it: [[custom_endpoints]] url = "https://minio:9000"'),
        ("tls.unverified", "Remove verify=False."),
        ("tls.plaintext", "Remove use_ssl=False or the http:// URL."),
        ("private.proxy", "Add kms.us-east-1.amazonaws.com to NO_PROXY."),
        ("regional.global_host", "Give the client a region of its own."),
        ("fips.data_overridden", "Remove the override."),
        ("a.code_of_tomorrow", "Read the manual."),
    ],
)
def test_what_only_a_person_can_do(code: str, remedy: str) -> None:
    made = planned(line(code=code, remedy=remedy), line(code=code, remedy=remedy, operation="B"))
    (work,) = made.work
    assert (work.code, work.what, work.operations) == (code, remedy, ("B", "DoIt"))
    assert (made.endpoints, made.waivers, made.complete) == ((), (), False)


def test_a_host_without_a_privatelink_service_is_for_a_person() -> None:
    made = planned(line("sso", host="portal.sso.us-east-1.amazonaws.com"))
    (work,) = made.work
    assert "No PrivateLink service is known" in work.what
    assert services(made) == []


def test_a_declared_endpoint_that_does_not_count_is_for_a_person() -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
    one = candidate(name, kind="interface", place="vpc_endpoints[0]", code="private.absent")
    made = planned(line(host=name, code="private.absent", candidates=[one], evidence=[]))
    assert made.work[0].what.startswith("vpc_endpoints[0] does not serve it")
    assert made.declared == (("vpc_endpoints[0]", name),)


def test_a_plain_endpoint_where_fips_is_required_wants_the_fips_one() -> None:
    name = "vpce-0123456789abcdef0-abcdefgh.kms.us-east-1.vpce.amazonaws.com"
    candidates = [
        candidate(name, kind="interface", place="vpc_endpoints[0]", code="fips.no_basis"),
        candidate("kms-fips.us-east-1.amazonaws.com", "listed", code="fips.no_basis"),
    ]
    made = planned(line(host=name, code="private.no_endpoint", candidates=candidates, evidence=[]))
    assert services(made) == ["kms-fips"]


def test_unverified_is_not_known_rather_than_missing() -> None:
    unverified = line(outcome="unverified", code="private.unverified")
    made = planned(unverified)
    assert [one.why for one in made.unknown] == ["DNS failed"]
    assert services(made) == []
    assert not made.complete
    # Somebody got an answer: that is what counts.
    made = planned(unverified, line())
    assert made.unknown == ()
    assert services(made) == ["kms"]


@pytest.mark.parametrize("demand", ["off", "prefer"])
@pytest.mark.parametrize(("verdict", "remains"), [("public", 1), ("", 1), ("private-address", 0)])
def test_allowed_public_hosts_still_need_the_internet(
    demand: str, verdict: str, remains: int
) -> None:
    made = planned(allowed(verdict=verdict, demands={"private": demand}))
    assert len(made.public) == remains
    assert made.complete
    assert made.endpoints == ()


def test_an_arrival_at_a_private_address_shows_that_a_host_is_private() -> None:
    assert planned(allowed(verdict="", demands={"private": "off"}, peer="10.0.0.9")).public == ()


@pytest.mark.parametrize(("chosen", "remains"), [("interface", 0), ("standard", 1)])
def test_an_endpoint_that_goes_by_the_standard_name_is_private(chosen: str, remains: int) -> None:
    host = "kms.us-east-1.amazonaws.com"
    candidates = [
        candidate(host, kind=kind, chosen=kind == chosen) for kind in ("standard", "interface")
    ]
    made = planned(allowed("kms", "", demands={"private": "prefer"}, candidates=candidates))
    assert len(made.public) == remains


@pytest.mark.parametrize(("lost", "remains"), [("", 0), ("private.mixed", 1)])
def test_lines_of_releases_that_did_not_say_what_was_chosen(lost: str, remains: int) -> None:
    """Such a line as they wrote it; its words are not read, only its codes and their order."""
    host = "kms.us-east-1.amazonaws.com"
    candidates = [
        candidate(host, kind="interface", place="vpc_endpoints[0]", code=lost, result="prose"),
        candidate(host, result="chosen of old" if lost else "not needed"),
        candidate("kms-fips.us-east-1.amazonaws.com", "listed", result="not needed"),
    ]
    old = allowed("kms", "", demands={"private": "prefer"}, candidates=candidates)
    assert not any("chosen" in one for one in old["candidates"])
    (call,) = read(old).calls
    assert [one.chosen for one in call.candidates] == [not lost, bool(lost), False]
    assert len(planned(old).public) == remains
    (call,) = read({**old, "outcome": "denied"}).calls
    assert not any(one.chosen for one in call.candidates)


def test_presigned_urls_are_for_others() -> None:
    presigned = allowed("s3", "public", presigned=True, demands={**REQUIRED, "private": "off"})
    presigned |= {"fips_basis": "listed"}
    made = planned(presigned, allowed(fips_basis="listed", demands=REQUIRED))
    assert (made.public, made.endpoints, made.disagreements) == ((), (), ())


def test_disagreement_takes_the_strictest_and_says_so() -> None:
    weak = allowed("sqs", "public", demands={"private": "off"}, process=2)
    made = planned(weak, line("kms"))
    assert made.disagreements == ("private",)
    assert made.defaults["private"] == "require"
    # What was allowed under the weaker one would be refused under this one.
    assert services(made) == ["kms", "sqs"]


def test_a_call_decided_without_fips_tells_nothing_about_fips() -> None:
    made = planned(
        allowed("sqs", demands={}), allowed("kms", fips_basis="listed", demands=REQUIRED)
    )
    assert made.disagreements == ("fips", "private")
    assert "weaker settings" in made.unknown[0].why


def test_regions_that_processes_allow_are_narrowed() -> None:
    def allows(*globs: str) -> dict[str, Any]:
        return line(process=len(globs), demands={"allowed_regions": list(globs)})

    def result(*lines: dict[str, Any]) -> object:
        return planned(*lines).defaults["allowed_regions"]

    assert result(allows("us-*", "eu-*"), allows("us-*")) == ("us-*",)
    assert result(allows("us-*"), allows()) == ("us-*",)
    # Nothing allows both, and an empty list would allow any.
    assert result(allows("us-*"), allows("eu-*")) != ()


def test_what_an_application_asks_for_itself_is_no_default() -> None:
    one = line("kms", demands={"private": "require"})
    one["settings"]["fips"] = {"value": "require", "origin": "application"}
    assert "fips" not in planned(one).defaults
    assert planned(one, line("sqs")).disagreements == ()


def test_settings_that_no_policy_can_have_are_left_out() -> None:
    odd = settings({"private": "require", "fips": "always", "allowed_regions": "us-*"})
    odd["allowed_regions"]["value"] = ['us-*"]']
    odd["tomorrow"] = {"value": "x", "origin": "default"}
    made = planned(line(settings=odd))
    assert {"fips", "allowed_regions", "tomorrow"}.isdisjoint(made.defaults)


def test_the_order_of_lines_does_not_count() -> None:
    lines = [
        line("kms"),
        no_fips("chime"),
        allowed("sns", "public", demands={"private": "off"}),
        line(outcome="unverified", code="private.unverified", service="sqs"),
    ]
    plans = [plan(read(*order)) for order in itertools.permutations(lines)]
    assert all(one == plans[0] for one in plans)
    assert as_toml(plan(read(*lines, *lines))) == as_toml(plans[0])
