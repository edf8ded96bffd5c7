"""The executor: keeps plans, runs them, and hands what is unusual to graphql-core."""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_variable_values,
    visit,
)  # fmt: skip

from server.documents import Document
from server.executor.build import UnusualError
from server.executor.collect import UnsupportedError
from server.executor.compile import Compiler
from server.executor.plan import Objects, Run

log = logging.getLogger("throughline.executor")

KEPT = 50_000
"""The size of all plans together; about as many kilobytes."""


class _Kept(NamedTuple):
    plan: Objects | None
    size: int


class Executor:
    """Executes operations by plans."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._plans: OrderedDict[tuple[Any, ...], _Kept] = OrderedDict()
        self._size = 0
        self._switches: WeakKeyDictionary[Document, frozenset[str]] = WeakKeyDictionary()
        """The variables that directives use, by document: plans differ by their values."""
        self.counts: Counter[str] = Counter()
        """How many operations were `planned`, `unsupported` and `unusual`."""

    async def execute(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        context: Any,
        variables: dict[str, Any] | None,
        root: Any = None,
    ) -> dict[str, Any] | None:
        """The operation's data; None where graphql-core has to answer."""
        values: Any = None
        if operation.variable_definitions:
            values = get_variable_values(self._schema, operation.variable_definitions, variables or {}, max_errors=1)
            if isinstance(values, list):
                self.counts["unusual"] += 1
                return None
        plan = self._plan(document, operation, {} if values is None else values.coerced)
        if plan is None:
            self.counts["unsupported"] += 1
            return None
        try:
            [data] = await plan.objects([root], Run(context, values))
        except Exception as error:
            # graphql-core finds it again, and says where.
            foreseen = isinstance(error, UnusualError | UnsupportedError | GraphQLError)
            log.log(logging.DEBUG if foreseen else logging.WARNING, "An operation is executed again: %r", error)
            self.counts["unusual"] += 1
            return None
        self.counts["planned"] += 1
        return data

    def _plan(self, document: Document, operation: OperationDefinitionNode, values: dict[str, Any]) -> Objects | None:
        switches = self._switched(document, values)
        key = (document.text, operation.name.value if operation.name else None, *sorted(switches.items()))
        kept = self._plans.get(key)
        if kept is None:
            kept = self._plans[key] = self._compiled(document, operation, switches)
            self._size += kept.size
            while self._size > KEPT:
                self._size -= self._plans.popitem(last=False)[1].size
        else:
            self._plans.move_to_end(key)
        return kept.plan

    def _compiled(self, document: Document, operation: OperationDefinitionNode, switches: dict[str, bool]) -> _Kept:
        assert document.ast is not None
        fragments = {d.name.value: d for d in document.ast.definitions if isinstance(d, FragmentDefinitionNode)}
        kind = self._schema.get_root_type(operation.operation)
        assert kind is not None
        compiler = Compiler(self._schema, fragments, switches)
        plan = None
        try:
            serial = operation.operation is OperationType.MUTATION
            plan = compiler.root(kind, operation.selection_set, serial=serial)
        except UnsupportedError as reason:
            log.info("An operation is left to graphql-core: %s", reason)
        # It keeps the document, and something for each field.
        return _Kept(plan, document.size + compiler.fields)

    def _switched(self, document: Document, values: dict[str, Any]) -> dict[str, bool]:
        """The values of the variables that directives use, as far as this operation has them."""
        names = self._switches.get(document)
        if names is None:
            assert document.ast is not None
            names = self._switches[document] = _in_directives(document.ast)
        return {name: value for name in names if isinstance(value := values.get(name), bool)}


def _in_directives(document: DocumentNode) -> frozenset[str]:
    names: set[str] = set()

    class Finder(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            names.update(a.value.name.value for a in node.arguments or () if isinstance(a.value, VariableNode))

    visit(document, Finder())
    return frozenset(names)
