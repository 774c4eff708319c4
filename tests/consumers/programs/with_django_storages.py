"""django-storages: a file of Django's in a bucket."""

import django
from django.conf import settings
from django.core.files.base import ContentFile

settings.configure(
    STORAGES={
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": "reports"},
        }
    }
)
django.setup()

from django.core.files.storage import default_storage  # noqa: E402 - needs the settings

name = default_storage.save("django.txt", ContentFile(b"from Django"))
assert default_storage.exists(name)
assert default_storage.open(name).read() == b"from Django"
