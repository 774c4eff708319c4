"""``python -m endpoint_router`` is the ``endpoint-router`` command."""

import sys

from .cli.main import main

sys.exit(main())
