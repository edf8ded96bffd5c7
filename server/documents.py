"""Documents: parsed, validated and measured once, and kept."""

from collections import OrderedDict
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
    validate,
)  # fmt: skip

from server import limits
from server.limits import exceeded

MAX_ERRORS = 20
KEPT = 100_000
"""Tokens of all documents together; one's share takes about 400 bytes."""


@dataclass(eq=False)
class Document:
    """A document and what is wrong with it; without errors it can be executed."""

    text: str
    ast: DocumentNode | None
    errors: list[GraphQLError]
    tokens: int = 0
    operations: dict[str | None, OperationDefinitionNode] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of this name, or the only one where none is named."""
        if name is None:
            return next(iter(self.operations.values())) if len(self.operations) == 1 else None
        return self.operations.get(name)

    @property
    def asks_for_head(self) -> bool:
        """Whether it may ask where the feed stands; that has to be read before everything else."""
        return "feedHead" in self.text

    @property
    def size(self) -> int:
        """What it takes to keep it, in tokens: a comment is none, but takes as much."""
        return self.tokens + self.text.count("#") + len(self.text) // 400


class Documents:
    """The valid documents that were asked last."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._size = 0

    def get(self, text: str) -> Document:
        """The document, from memory where it is known."""
        document = self._kept.get(text)
        if document is None:
            document = self._read(text)
            if document.errors:
                return document
            self._kept[text] = document
            self._size += document.size
            while self._size > KEPT:
                self._size -= self._kept.popitem(last=False)[1].size
        else:
            self._kept.move_to_end(text)
        return document

    def _read(self, text: str) -> Document:
        if len(text) > limits.MAX_LENGTH:
            return Document(text, None, [exceeded(f"The document is longer than {limits.MAX_LENGTH:,} characters.")])
        try:
            ast = parse(Source(text, "Operation"), max_tokens=limits.MAX_TOKENS)
        except GraphQLError as error:
            return Document(text, None, [_explained(error)])
        # Limits first: validation of a document without bounds is the costly part.
        errors = limits.check(ast) or validate(self._schema, ast, max_errors=MAX_ERRORS)
        if errors:
            return Document(text, None, [_explained(error) for error in errors])
        found = [d for d in ast.definitions if isinstance(d, OperationDefinitionNode)]
        return Document(text, ast, [], ast.token_count, {d.name.value if d.name else None: d for d in found})


def _explained(error: GraphQLError) -> GraphQLError:
    """The error, in our words where graphql-core has given up."""
    if error.message == "Validation aborted.":
        return exceeded("The document takes too long to check: too many of its fields and fragments overlap.")
    if error.message.endswith(" Parsing aborted."):
        return exceeded(error.message.removeprefix("Syntax Error: ").removesuffix(" Parsing aborted."))
    return error


def no_operation(name: str | None) -> GraphQLError:
    """The error of a request that names none of its document's operations."""
    if name is None:
        return GraphQLError("operationName must say which of the document's operations is meant.")
    return GraphQLError("There is no operation of this name in the document.")


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether the operation is a subscription."""
    return operation.operation is OperationType.SUBSCRIPTION


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether the operation is a mutation."""
    return operation.operation is OperationType.MUTATION
