"""Airflow's S3Hook."""

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

hook = S3Hook(aws_conn_id=None)
hook.load_string("from Airflow", "airflow.txt", "reports")
assert hook.check_for_key("airflow.txt", "reports")
assert hook.read_key("airflow.txt", "reports") == "from Airflow"
