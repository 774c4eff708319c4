"""OpenTelemetry's instrumentation of botocore."""

import boto3
from opentelemetry import trace
from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
BotocoreInstrumentor().instrument()
boto3.client("kms").list_keys()
boto3.client("s3").put_object(Bucket="reports", Key="otel", Body=b"traced")
names = [span.name for span in spans.get_finished_spans()]
assert names == ["KMS.ListKeys", "S3.PutObject"], names
