"""How routing is switched on and off: install, hooks, and the checks at the start."""
