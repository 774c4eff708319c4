"""Every kind of endpoint that AWS has, as tables: a call, a policy, DNS, and what comes of it."""
