"""What is wanted: the policy's values, where each was written, and which of them speaks for a call.

Nothing is imported here, so that ``import endpoint_router`` does not pay for msgspec:
take what you need from :mod:`.load`, :mod:`.loaded`, :mod:`.model` and :mod:`.rules`.
"""
