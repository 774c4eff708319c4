"""Parameters that nobody gave, where botocore trips over their absence: there, and empty.

Some operations tell their ruleset what stands inside their parameters (DynamoDB's batches: the
names of the tables), by an expression that fails where there are none. A call always has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["searched", "unfilled"]

_EMPTY: Mapping[str, Callable[[], Any]] = {"structure": dict, "map": dict, "list": list}


def searched(model: Any) -> Mapping[str, Any]:
    """Where the ruleset's inputs are found in an operation's parameters, as JMESPath says."""
    # Newer releases only, and a list where there are none.
    return dict(getattr(model, "operation_context_parameters", ()))


def unfilled(model: Any) -> dict[str, Any]:
    """What the ruleset of this operation (an ``OperationModel``) would look into, and empty."""
    expressions = " ".join(map(str, searched(model).values()))
    if not expressions:
        return {}
    return {
        name: _EMPTY[shape.type_name]()
        for name, shape in model.input_shape.members.items()
        if shape.type_name in _EMPTY and re.search(rf"\b{name}\b", expressions)
    }
