"""The search for holes: generated worlds, a real client in each, and an independent oracle.

A *world* is a policy with everything that an application, its configuration, DNS and AWS may do to
a call (:mod:`.world`, drawn by :mod:`.generator`). Each is lived through twice, by plain botocore
and by a routed client (:mod:`.running`), with only the outermost edges replaced and recorded
(:mod:`.edges`). :mod:`.oracle` says of what was seen on the wire whether the policy allows it,
from the documentation and botocore's data (:mod:`.aws_hosts`) and not from the router's code.
:mod:`.search` asks the three questions, and ``python -m tests.worlds`` does so at length; what it
finds becomes a world of ``test_closed_holes.py``.
"""
