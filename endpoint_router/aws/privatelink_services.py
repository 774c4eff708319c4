"""Names of AWS's PrivateLink services, as data. No logic.

Collected from the AWS PrivateLink guide's list of services that integrate, and from what the
services' own pages say. AWS adds services every month: a name that is missing here is no proof of
anything, so whatever is not listed is formed by rule and marked as a guess.
"""

from __future__ import annotations

from collections.abc import Mapping


def _table(text: str) -> dict[str, str]:
    """Two columns; the second may hold spaces."""
    pairs = (line.split(None, 1) for line in text.strip().splitlines())
    return {left: right.strip() for left, right in pairs}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Host labels (before the region, without FIPS) whose service is not these labels reversed.
EXCEPTIONS: Mapping[str, str] = {
    **_table("""
    kinesis                 kinesis-streams
    control-kinesis         kinesis-streams
    data-kinesis            kinesis-streams
    firehose                kinesis-firehose
    ddb                     dynamodb
    streams.dynamodb        dynamodb-streams
    streams-ddb             dynamodb-streams
    eventsv2                events
    iot                     iot.api
    data-ats.iot            iot.data
    data.iot                iot.data
    api.tunneling.iot       iot.tunneling.api
    api.iotdeviceadvisor    deviceadvisor.iot
    api.detective           detective
    codeartifact            codeartifact.api
    codeconnections         codeconnections.api
    codestar-connections    codestar-connections.api
    appstream2              appstream.api
    ecr                     ecr.api
    dataplane.rum           rum-dataplane
    sms-voice               pinpoint-sms-voice-v2
    s3.dualstack              s3
    s3-accesspoint            s3
    s3-accesspoint.dualstack  s3
    s3-control                s3
    s3-control.dualstack      s3
    """),
    # Amazon Location: ``cp.maps.geo`` and ``maps.geo`` are one service.
    **{
        f"{plane}{part}.geo": f"geo.{part}"
        for part in ("maps", "places", "routes", "tracking", "geofencing", "metadata")
        for plane in ("", "cp.")
    },
}

#: Labels of dual-stack hosts (``….api.aws``) that differ from those of the IPv4 host.
DUAL_STACK: Mapping[str, str] = _table("""
    ecr-public        ecr-public.api
    efs               elasticfilesystem
    streams-dynamodb  dynamodb-streams
    kafka-api         kafka
    aos               es
    api.iot-tunneling iot.tunneling.api
""")

#: Services whose FIPS twin is not called the same with ``-fips`` at its end. ``monitoring`` is one
#: service whose private DNS carries both hosts.
FIPS_EXCEPTIONS: Mapping[str, str] = _table("""
    monitoring                  monitoring
    memory-db                   memorydb-fips
    iot.api                     iot-fips.api
    iot.tunneling.api           iot-fips.tunneling.api
    iotmanagedintegrations.api  iotmanagedintegrations-fips.api
""")

#: Services whose endpoint has no private DNS of its own.
NO_PRIVATE_DNS = _words("dynamodb dynamodb-fips dynamodb-streams dynamodb-streams-fips iot.data")

#: Labels of hosts for which AWS lists no PrivateLink service, and why.
NONE_KNOWN: Mapping[str, str] = _table("""
    portal.sso         the portal of IAM Identity Center is not among AWS's PrivateLink services
    oidc               the sign-in of IAM Identity Center is not among AWS's PrivateLink services
    s3express-control  S3 Express is documented with a gateway endpoint only
    ingest.timestream  only its cells (ingest-cell1.timestream) have PrivateLink services
    query.timestream   only its cells (query-cell1.timestream) have PrivateLink services
""")

#: Hosts without a region in their name (before the DNS suffix), and their services.
GLOBAL: Mapping[str, str] = _table("""
    iam                    com.amazonaws.iam
    route53                com.amazonaws.route53
    cloudfront             com.amazonaws.cloudfront
    savingsplans           com.amazonaws.savingsplans
    accesspoint.s3-global  com.amazonaws.s3-global.accesspoint
""")

#: What else has to be known about a service.
NOTES: Mapping[str, str] = _table("""
    dynamodb          no private DNS, so the policy needs its name; a gateway proves nothing
    dynamodb-streams  no private DNS, so the policy needs its name
    s3                an interface endpoint; a gateway, if declared, is gateway-declared only
    iot.data          no automatic private DNS, so the policy needs its name
    execute-api       its private DNS hides public APIs of API Gateway from the VPC
    monitoring        one service for the plain and the FIPS host; private DNS keeps them apart
""")

_CHINA = _words("""
    application-autoscaling appmesh-envoy-management athena autoscaling awsconnector backup batch
    cassandra cloudcontrolapi cloudformation codedeploy-commands-secure databrew dms ebs ec2
    ecr.api ecr.dkr eks elasticache elasticbeanstalk elasticfilesystem elasticfilesystem-fips
    emr-containers execute-api fsx imagebuilder iot.data kinesis-streams lambda license-manager
    monitoring rds redshift redshift-data s3 sagemaker.api sagemaker.featurestore-runtime
    sagemaker.runtime securityhub servicecatalog sms sqs states sts sync-states synthetics
    transcribe transcribestreaming transfer xray
    """)
_ISO = _words("""
    application-autoscaling autoscaling ebs ec2 ecr.api ecr.dkr elasticfilesystem
    elasticfilesystem-fips execute-api sagemaker.api sagemaker.runtime sns sqs workspaces
    """)

#: Services that begin otherwise than ``com.amazonaws``: in China and the isolated partitions
#: service by service, without a rule.
PREFIXES: Mapping[str, tuple[str, frozenset[str]]] = {
    "cn-north-1": ("cn.com.amazonaws", _CHINA | _words("iotsitewise.api iotsitewise.data")),
    "cn-northwest-1": ("cn.com.amazonaws", _CHINA | {"account", "polly", "workspaces"}),
    "eusc-de-east-1": (
        "eu.amazonaws",
        _words("ecr.api ecr.dkr execute-api securityhub"),
    ),
    "us-iso-east-1": ("gov.ic.c2s", _ISO | {"athena", "comprehend", "textract", "transcribe"}),
    "us-iso-west-1": (
        "gov.ic.c2s",
        _ISO - _words("application-autoscaling sagemaker.api sagemaker.runtime") | {"monitoring"},
    ),
    "us-isob-east-1": ("gov.sgov.sc2s", _ISO),
    **{
        region: (prefix, _words("ebs ecr.api ecr.dkr execute-api"))
        for region, prefix in (
            ("us-isob-west-1", "gov.sgov.sc2s"),
            ("us-isof-east-1", "gov.ic.hci.csp"),
            ("us-isof-south-1", "gov.ic.hci.csp"),
            ("eu-isoe-west-1", "uk.adc-e.cloud"),
        )
    },
}

#: Services that begin with ``aws.api`` in every region.
AWS_API = _words(
    "bcm-data-exports freetier kendra-ranking qbusiness resource-explorer-2 route53globalresolver"
)

#: Services that AWS documents, below ``com.amazonaws.REGION.``.
DOCUMENTED = _words("""
    access-analyzer account acm acm-pca airflow.api airflow.env airflow.ops app-integrations
    appconfig appconfigdata application-autoscaling application-signals applicationinsights
    appmesh apprunner appstream.api appsync-api apptest aps aps-workspaces athena auditmanager
    autoscaling autoscaling-plans b2bi backup backup-gateway batch bcm-data-exports
    bcm-pricing-calculator bedrock bedrock-agent bedrock-agent-runtime bedrock-agentcore
    bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime billing
    billingconductor braket cases cassandra ce cleanrooms cleanrooms-ml cloudcontrolapi
    clouddirectory cloudformation cloudhsmv2 cloudtrail codeartifact.api codebuild codecommit
    codeconnections.api codedeploy codeguru-profiler codeguru-reviewer codepipeline
    codestar-connections.api codewhisperer cognito-identity cognito-idp comprehend
    comprehendmedical compute-optimizer config connect-campaigns controlcatalog
    cost-optimization-hub data-servicediscovery databrew dataexchange datasync datazone
    deadline.management deadline.scheduling detective deviceadvisor.iot devops-guru discovery dms
    drs ds ds-data dsql dynamodb dynamodb-streams ebs ec2 ecr-public.api ecr.api ecr.dkr ecs eks
    eks-auth elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce
    email emr-containers emr-serverless entityresolution events evidently evidently-dataplane
    execute-api finspace finspace-api fis forecast forecastquery frauddetector freetier fsx
    geo.geofencing geo.maps geo.metadata geo.places geo.routes geo.tracking glue grafana
    greengrass groundstation guardduty healthlake identitystore imagebuilder inspector-scan
    inspector2 internetmonitor invoicing iot.api iot.data iot.fleethub.api iot.tunneling.api
    iotfleetwise iotmanagedintegrations.api iotsitewise.api iotsitewise.data iottwinmaker.api
    iottwinmaker.data iotwireless.api kafka kafkaconnect kendra kendra-ranking kinesis-firehose
    kinesis-streams kms lakeformation lambda launchwizard license-manager
    license-manager-linux-subscriptions license-manager-user-subscriptions logs lookoutequipment
    lookoutmetrics lookoutvision m2 macie2 mail-manager managedblockchain-query mediaconnect
    medical-imaging memory-db mgn migrationhub-orchestrator migrationhub-strategy models-v2-lex
    monitoring mq neptune-graph neptune-graph-data network-firewall networkflowmonitor
    networkflowmonitorreports networkmonitor observabilityadmin omics organizations outposts
    panorama analytics-omics control-storage-omics storage-omics tags-omics workflows-omics
    payment-cryptography.controlplane payment-cryptography.dataplane pca-connector-ad
    pca-connector-scep pcs personalize personalize-events personalize-runtime pi pinpoint
    pinpoint-sms-voice-v2 pipes polly pricing.api private-networks profile proton qapps qbusiness
    qldb.session ram rbin rds rds-data redshift redshift-data redshift-serverless refactor-spaces
    rekognition repostspace resource-explorer-2 resource-groups rolesanywhere
    route53globalresolver rum rum-dataplane runtime-medical-imaging runtime-v2-lex s3 s3-outposts
    s3tables s3vectors sagemaker-geospatial sagemaker.api sagemaker.featurestore-runtime
    sagemaker.metrics sagemaker.runtime schemas scn secretsmanager securityhub securitylake
    serverlessrepo servicecatalog servicecatalog-appregistry servicediscovery shield signin
    simspaceweaver snow-device-management sns social-messaging sqs ssm ssm-contacts ssm-incidents
    ssm-quicksetup states storagegateway sts swf sync-states synthetics tagging tax textract
    thinclient.api timestream-influxdb tnb transcribe transcribestreaming transfer translate
    trustedadvisor verifiedpermissions voiceid vpc-lattice wafv2 wellarchitected wisdom workmail
    workspaces workspaces-web xray
    """)

#: The same for FIPS. ``s3-fips`` is announced, for the regions of the United States and Canada.
DOCUMENTED_FIPS = _words("""
    access-analyzer-fips acm-fips acm-pca-fips airflow.api-fips airflow.env-fips
    analytics-omics-fips appconfig-fips appconfigdata-fips autoscaling-fips
    bedrock-data-automation-fips bedrock-data-automation-runtime-fips bedrock-fips
    bedrock-runtime-fips cassandra-fips cleanrooms-fips cloudcontrolapi-fips cloudformation-fips
    codebuild-fips codecommit-fips codedeploy-fips cognito-identity-fips cognito-idp-fips
    config-fips control-storage-omics-fips controltower-fips data-servicediscovery-fips
    databrew-fips datazone-fips detective-fips directconnect-fips dlm-fips dms-fips ds-data-fips
    dynamodb-fips ebs-fips ec2-fips ecs-fips eks-fips elasticache-fips elasticfilesystem-fips
    elasticmapreduce-fips email-fips entityresolution-fips events-fips evs-fips fis-fips fms-fips
    forecast-fips forecastquery-fips fsx-fips groundstation-fips guardduty-fips inspector-scan-fips
    inspector2-fips internetmonitor-fips iot-fips.api iot-fips.tunneling.api
    iotmanagedintegrations-fips.api kafka-fips kinesis-streams-fips kinesisanalytics-fips kms-fips
    license-manager-fips license-manager-linux-subscriptions-fips
    license-manager-user-subscriptions-fips macie2-fips mail-manager-fips mediaconvert-fips
    memorydb-fips monitoring mq-fips neptune-graph-fips network-firewall-fips organizations-fips
    pcs-fips pi-fips pipes-fips polly-fips ram-fips rbin-fips rds-fips redshift-data-fips
    redshift-fips redshift-serverless-fips rekognition-fips resource-explorer-2-fips
    resource-groups-fips rolesanywhere-fips route53globalresolver-fips s3-fips sagemaker.api-fips
    sagemaker.featurestore-runtime-fips sagemaker.runtime-fips securityhub-fips securitylake-fips
    servicediscovery-fips shield-fips social-messaging-fips sqs-fips ssm-fips ssm-incidents-fips
    ssm-sap-fips sts-fips swf-fips synthetics-fips tags-omics-fips textract-fips
    timestream-influxdb-fips transcribestreaming-fips verifiedpermissions-fips wafv2-fips
    workflows-omics-fips workspaces-web-fips
    """)
