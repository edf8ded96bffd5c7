"""Breadth-first execution: an operation is compiled to a plan once, and run level by level.

Rows come in, one batch an edge and level, the response goes out; no resolver and no future per field. The plan is made
from the columns and edges that fields are declared as (schema/fields.py); of nouns it knows nothing.

The fast path is for what goes well. Whatever is unusual -- a null where none may be, a refused argument, anything that
raises -- is executed again by graphql-core, whose answer then stands, errors, paths and null propagation included.
What cannot be compiled (introspection, say) goes there at once. Both are counted.
"""

from server.executor.executor import Executor

__all__ = ["Executor"]
