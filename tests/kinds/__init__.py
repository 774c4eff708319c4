"""Every kind of endpoint that AWS has, as tables: a call, a policy and DNS; what reaches the wire."""
