"""Where a connection goes: to confirmed addresses, through the policy's DNS, or to a proxy."""
