"""Which endpoints AWS's services have: variant by variant, region by region, and on what basis.

Read from the installed botocore's own data; values come out, and what they look like as CSV, JSON
and as a page. No policy, no client and no credentials: what a policy makes of it is ``explain``.
"""
