"""Both engines' answers to the same question."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import orjson
from graphql import DirectiveNode, NameNode

from server import execution
from server.documents import Document
from server.execution import executor_for
from tests.server.executor.county import DOCUMENTS, SCHEMA, County
from tests.server.executor.operations import Operation

EXECUTOR = executor_for(SCHEMA)
_REFERENCE = re.compile(rb'(?<=Reference: )[0-9a-f]{12}|(?<="reference":")[0-9a-f]{12}')


@dataclass(frozen=True)
class Answers:
    """What each engine answered, and how the executor came by its answer."""

    by_plan: bytes
    by_core: bytes
    how: str

    @property
    def has_errors(self) -> bool:
        """Whether graphql-core found anything wrong."""
        return self.by_core.startswith(b'{"errors"')


async def same(county: County, who: str, operation: Operation, root: Any = None) -> Answers:
    """Ask both; they must say the same, byte for byte."""
    document = DOCUMENTS.get(operation.text)
    assert not document.errors, document.errors
    before = EXECUTOR.counts.copy()
    with patch.object(execution, "BY_PLAN", True):
        by_plan = await answer(county, who, operation, document, root)
    [how] = (EXECUTOR.counts - before).elements()
    with patch.object(execution, "BY_PLAN", False):
        by_core = await answer(county, who, operation, document, root)
        if by_plan != by_core:
            # Where one null follows from several errors, one of them is told, and which one is a matter of time.
            everything = orjson.loads(await answer(county, who, operation, _telling_all(document, operation), root))
            told, also_told = orjson.loads(by_plan), orjson.loads(by_core)
            assert told["data"] == also_told["data"], (by_plan, by_core)
            assert len(told["errors"]) == len(also_told["errors"]), (by_plan, by_core)
            for error in told["errors"] + also_told["errors"]:
                assert error in everything["errors"], (error, everything)
    return Answers(by_plan, by_core, how)


async def answer(county: County, who: str, operation: Operation, document: Document, root: Any = None) -> bytes:
    """The answer of the engine that is in use, without what is different each time."""
    context = county.context(who)
    result = await execution.run(SCHEMA, document, context, operation.variables, operation.name, root)
    return _REFERENCE.sub(b"", execution.as_json(result))


def _telling_all(document: Document, operation: Operation) -> Document:
    """The document, to be executed with every error told."""
    directive = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    asked = document.operation(operation.name)
    assert document.ast is not None
    definitions: Any = [
        replace(definition, directives=(directive,)) if definition is asked else definition
        for definition in document.ast.definitions
    ]
    return replace(document, ast=replace(document.ast, definitions=tuple(definitions)))
