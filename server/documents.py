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

KEPT = 1000
MAX_LENGTH = 50_000


@dataclass(eq=False)
class Document:
    """A document and what is wrong with it; without errors it can be executed."""

    text: str
    ast: DocumentNode | None
    errors: list[GraphQLError]
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


class Documents:
    """The documents that were asked last."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def get(self, text: str) -> Document:
        """The document, from memory where it is known."""
        document = self._kept.get(text)
        if document is None:
            document = self._read(text)
            self._kept[text] = document
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(text)
        return document

    def _read(self, text: str) -> Document:
        if len(text) > MAX_LENGTH:
            return Document(text[:0], None, [GraphQLError(f"The document is longer than {MAX_LENGTH:,} characters.")])
        try:
            ast = parse(Source(text, "Operation"), max_tokens=limits.MAX_TOKENS)
        except GraphQLError as error:
            return Document(text, None, [error])
        except RecursionError:
            return Document(text, None, [GraphQLError("The document is nested too deeply.")])
        # Limits first: validation of a document without bounds is the costly part.
        errors = limits.check(ast) or validate(self._schema, ast, max_errors=20)
        if errors:
            return Document(text, None, errors)
        found = [d for d in ast.definitions if isinstance(d, OperationDefinitionNode)]
        return Document(text, ast, [], {d.name.value if d.name else None: d for d in found})


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether the operation is a subscription."""
    return operation.operation is OperationType.SUBSCRIPTION


def is_mutation(operation: OperationDefinitionNode) -> bool:
    """Whether the operation is a mutation."""
    return operation.operation is OperationType.MUTATION
