"""What ``doctor -- python app.py`` runs in the program's place, in its own interpreter.

Its text is handed over by ``-c``, so that it needs no file there; and it is read by Pythons that
are too old for the package, or do not have it, which is told as well. First botocore is imported,
because with that the start-up hook of ``run`` does its work.
"""

import json
import sys


def _look(asked):  # type: ignore[no-untyped-def]  # for old Pythons
    if asked["first_on_path"] is not None:
        sys.path[0] = asked["first_on_path"]
    told = {"python": sys.executable}
    for missing in ("botocore.session", "endpoint_router.doctor.checkup"):
        try:
            module = __import__(missing, fromlist=["x"])
        # Broad on purpose: whatever a Python that is too old stumbles on.
        except Exception as error:
            told["missing"] = missing.split(".")[0]
            told["why"] = "%s: %s" % (type(error).__name__, error)  # noqa: UP031
            return told
    findings = module.check_up(
        program=asked["program"], mains=asked["mains"], frozen_cli=asked["frozen_cli"]
    )
    named = [{name: getattr(each, name) for name in each.__struct_fields__} for each in findings]
    return dict(told, findings=named)


if __name__ == "__main__":
    _asked = json.loads(sys.argv[1])
    print("\n" + _asked["marker"] + json.dumps(_look(_asked)))  # type: ignore[no-untyped-call]
