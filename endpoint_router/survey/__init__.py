"""What a policy comes to for whole services, without a call: as it hopes, and as the network says.

Services are known by what the installed botocore knows of them, and each decision is the router's
own. What becomes of the answer (a file for other software, a report) is not known here.
"""
