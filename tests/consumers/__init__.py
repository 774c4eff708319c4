"""Other people's software, unchanged, against the lab: what becomes of it under a policy."""
