"""A zipapp of calls.py, run by the Python that has its libraries."""

import subprocess
import sys
import zipapp
from pathlib import Path

application = Path("application")
application.mkdir()
calls = Path(__file__).with_name("calls.py").read_text()
(application / "__main__.py").write_text(calls)
zipapp.create_archive(application, "calls.pyz")
subprocess.run([sys.executable, "calls.pyz"], check=True)
