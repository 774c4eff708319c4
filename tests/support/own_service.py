"""A service of the application's own: a model without a ruleset, so its one URL is what is sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OWN = "own.us-east-1.amazonaws.com"

_MODEL = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "2020-01-01", "endpointPrefix": "own", "protocol": "json",
        "jsonVersion": "1.1", "serviceId": "Own", "signatureVersion": "v4",
        "targetPrefix": "Own", "serviceFullName": "Own",
    },
    "operations": {"Do": {"name": "Do", "http": {"method": "POST", "requestUri": "/"}}},
    "shapes": {},
}  # fmt: skip


def teach(session: Any, folder: Path) -> None:
    """Let a botocore *session* know the service ``own``, whose model is written below *folder*."""
    models = folder / "models"
    (models / "own" / "2020-01-01").mkdir(parents=True)
    (models / "own" / "2020-01-01" / "service-2.json").write_text(json.dumps(_MODEL))
    session.get_component("data_loader").search_paths.append(str(models))
