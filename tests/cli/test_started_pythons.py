"""What a Python that ``endpoint-router run`` starts has in it, and when routing comes to it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from tests.support.namespace import needs_namespaces
from tests.support.programs import APP, ROOT, TO_FIPS, Ran, app, run

__all__ = ["app", "needs_namespaces"]

UNDER_RUN = ["-m", "endpoint_router", "run", "--", sys.executable]
MODULES = "import sys; print(sorted(sys.modules))"


#: What gevent does to ``ssl``.
GREEN = """
import sys
early = {"ssl", "socket", "threading", "urllib3"} & {*sys.modules}
assert not early or "coverage" in sys.modules  # which loads them, where it is measured
import ssl
native = ssl.SSLContext
def around(name):
    own = getattr(super(native, native), name, None) or getattr(native, name)
    return property(own.__get__, own.__set__)
class SSLContext(native): ...
for name in ("options", "verify_flags", "verify_mode", "minimum_version", "maximum_version"):
    setattr(SSLContext, name, around(name))
ssl.SSLContext = SSLContext
"""


def fips(*words: object, **environ: str) -> Ran:
    """Run Python with this command line under ``run`` and FIPS."""
    return run([*UNDER_RUN, *words], ENDPOINT_ROUTER_FIPS="require", **environ)


def program(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "program.py"
    file.write_text(text)
    return file


def test_a_program_without_aws_has_loaded_nothing_more(tmp_path: Path) -> None:
    """What changes the standard library first thing (gevent) has to come before whoever uses it."""
    plain = subprocess.run([sys.executable, "-c", MODULES], capture_output=True, text=True)
    ran = fips("-c", MODULES)
    assert set(eval(ran.out)) - set(eval(plain.stdout)) == {"sitecustomize"}


def test_ssl_may_be_changed_before_botocore_is_imported(tmp_path: Path) -> None:
    ran = fips(program(tmp_path, GREEN + APP))
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


@pytest.mark.parametrize("module", ["botocore", "botocore.session", "botocore.session, botocore"])
def test_what_is_loaded_anew_is_routed(tmp_path: Path, module: str) -> None:
    text = f"import importlib, botocore.session\nfor it in ({module},): importlib.reload(it)\n"
    ran = fips(program(tmp_path, text + APP))
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_threads_that_import_botocore_at_once(tmp_path: Path) -> None:
    text = """
import threading
from concurrent.futures import ThreadPoolExecutor
barrier = threading.Barrier(8)
def call(number):
    barrier.wait()
    if number % 4 == 3:
        import endpoint_router
        endpoint_router.install()
    from botocore.session import Session
    return Session().create_client("kms", "us-east-1").list_keys()["Keys"][0]["KeyId"]
with ThreadPoolExecutor(8) as pool:
    print(*pool.map(call, range(8)))
"""
    ran = fips(program(tmp_path, text))
    assert (ran.status, ran.out.split()) == (0, ["lab"] * 8), ran.err
    assert set(ran.seen) == set(TO_FIPS)


def test_other_finders_that_watch(tmp_path: Path) -> None:
    """As wrapt's and New Relic's: they search once more by themselves, and change the loader."""
    text = """
import importlib.util, sys
class Loader:
    def __init__(self, loader): self.loader = loader
    def create_module(self, spec): return self.loader.create_module(spec)
    def exec_module(self, module):
        self.loader.exec_module(module)
        print("told", module.__name__)
class Finder:
    busy = set()
    def find_spec(self, name, path=None, target=None):
        if name != "botocore.session" or name in self.busy: return None
        self.busy.add(name)
        try: spec = importlib.util.find_spec(name)
        finally: self.busy.discard(name)
        spec.loader = Loader(spec.loader)
        return spec
sys.meta_path.insert(PLACE, Finder())
"""
    for place in ("0", "len(sys.meta_path)", "1"):
        ran = fips(program(tmp_path, text.replace("PLACE", place) + APP))
        told = ["told botocore.session"] if place != "len(sys.meta_path)" else []
        assert (ran.status, ran.out.splitlines()) == (0, [*told, "lab", "lab"]), ran.err
        assert ran.seen == TO_FIPS


def test_modules_are_left_as_they_are_found(tmp_path: Path) -> None:
    text = """
import botocore, botocore.session, botocore.config, inspect
usual = type(botocore.config.__loader__)
for module in (botocore, botocore.session):
    assert type(module.__loader__) is type(module.__spec__.loader) is usual
assert "class Session" in inspect.getsource(botocore.session)
"""
    ran = fips(program(tmp_path, text))
    assert ran.status == 0, ran.err


def test_a_zipapp_with_botocore_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "__main__.py").write_text(APP)
    zipapp.create_archive(folder, tmp_path / "app.pyz")
    ran = fips(tmp_path / "app.pyz")
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_a_module_as_program(app: Path) -> None:
    ran = fips("-m", "app", PYTHONPATH=os.pathsep.join([str(ROOT), str(app.parent)]))
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_the_environments_own_customizing_runs(app: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('customized', __name__)")
    app.write_text("import sitecustomize; print(sitecustomize.__file__)\n" + APP)
    ran = fips(app, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    own = ["customized sitecustomize"] * 2  # of ``run``, and of what it becomes
    assert ran.out.splitlines() == [*own, f"{tmp_path}/sitecustomize.py", "lab", "lab"], ran.err
    assert ran.seen == TO_FIPS


# --- the policy


def test_a_policy_of_the_programs_own_finds_that_of_run_in_force(tmp_path: Path) -> None:
    text = (
        "import endpoint_router\n"
        "try: endpoint_router.install({'defaults': {'fips': 'off'}})\n"
        "except endpoint_router.PolicyError as error: print(error.code)\n"
    )
    ran = fips(program(tmp_path, text + APP))
    assert (ran.out.splitlines()[0], ran.seen) == ("policy.installed", TO_FIPS), ran.err


PARENT = """
import os, subprocess, sys
os.environ["ENDPOINT_ROUTER_FISP"] = "require"
sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))
"""


def test_a_policy_that_breaks_before_a_child_starts_refuses_its_calls(
    app: Path, tmp_path: Path
) -> None:
    """The program itself may change the environment of its children, and misspell it."""
    ran = fips(program(tmp_path, PARENT), app)
    assert ran.out.count("PolicyError") == 2
    assert ran.out.count("ENDPOINT_ROUTER_FIPS") == 2
    assert "endpoint-router: " in ran.err
    assert ran.seen == []


def test_a_child_without_aws_does_not_mind(tmp_path: Path) -> None:
    ran = fips(program(tmp_path, PARENT), "-c", "print('well')")
    assert (ran.status, ran.out, ran.err) == (0, "well\n", "")


# --- where the package is


@pytest.fixture
def other_python(tmp_path: Path) -> Path:
    """A Python that has botocore, and not this package."""
    needed = ["botocore", "cachetools", "dateutil", "dns", "jmespath", "msgspec", "six", "urllib3"]
    folder = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in [*needed, *(["tomli"] if sys.version_info < (3, 11) else [])]:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        (site / (name if file.stem == "__init__" else file.name)).symlink_to(
            file.parent if file.stem == "__init__" else file
        )
    return folder / "bin" / "python"


def test_the_package_is_found_and_nothing_beside_it_comes_first(
    other_python: Path, app: Path, tmp_path: Path
) -> None:
    """As ``pip install --target`` leaves it, with a botocore of its own beside it."""
    target = tmp_path / "target"
    shutil.copytree(ROOT / "endpoint_router", target / "endpoint_router")
    app.write_text(f"import sys; assert {str(target)!r} not in sys.path\n{APP}")
    ran = _by_package_of(target, [other_python, app])
    assert (ran.status, ran.seen) == (0, TO_FIPS), ran.err


def test_a_python_that_cannot_import_the_package_cannot_import_botocore(
    other_python: Path, app: Path, tmp_path: Path
) -> None:
    packages = tmp_path / "site-packages"
    shutil.copytree(ROOT / "endpoint_router", packages / "endpoint_router")
    ran = _by_package_of(packages, [other_python, app])
    assert (ran.status, ran.seen) == (1, [])
    assert f"endpoint-router: {other_python} cannot import endpoint_router" in ran.err
    assert _by_package_of(packages, [other_python, "-c", ""]).status == 0


def _by_package_of(folder: Path, words: list[object]) -> Ran:
    """Run this under ``run``, by the package in *folder*, which nothing else points to."""
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); from endpoint_router.cli.main import"
    command = ["-c", f"{start} main; main()", "run", "--", *words]
    return run(command, ENDPOINT_ROUTER_FIPS="require", PYTHONPATH="")
