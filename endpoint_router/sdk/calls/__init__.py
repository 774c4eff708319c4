"""What a call does: its case, the decision's way into the request, the guard, report mode."""
