"""All tables, in the order of the page."""

from . import private_dns

KINDS = (private_dns.KIND,)
