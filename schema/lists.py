"""The lists of the API by name, and whether arguments fit one: what a saved view of a list is held against."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from schema.fields import PAGING, registered
from workflows.refusals import Refusal, RefusedError, not_found
from workflows.text import storable


def check(name: str, given: Any) -> dict[str, Any]:
    """The arguments, if this is a list of the API and takes them."""
    known = _arguments_of(name)
    if known is None:
        raise not_found("list", "list")
    if not isinstance(given, dict):
        raise RefusedError(Refusal.INVALID, "They are an object: the list's arguments by their names.", "arguments")
    _check_object(given, known, ())
    return given


def _arguments_of(name: str) -> Mapping[str, Any] | None:
    type_name, _, field_name = name.partition(".")
    kind = registered(type_name)
    for field in kind.__strawberry_definition__.fields if kind is not None else ():
        arguments = {argument.python_name: argument.type for argument in field.arguments}
        if to_camel_case(field.python_name) == field_name and "first" in arguments:
            return {to_camel_case(n): annotation for n, annotation in arguments.items() if n not in PAGING}
    return None


def _check_object(given: Mapping[str, Any], known: Mapping[str, Any], path: tuple[str, ...]) -> None:
    for name, value in given.items():
        if name not in known:
            raise _refused((*path, name), "There is no such argument.")
        _check(value, known[name], (*path, name))


def _check(value: Any, kind: Any, path: tuple[str, ...]) -> None:
    if isinstance(kind, LazyType):
        kind = kind.resolve_type()
    if isinstance(kind, StrawberryOptional):
        if value is not None:
            _check(value, kind.of_type, path)
    elif isinstance(kind, StrawberryList):
        for item in value if isinstance(value, list) else [value]:
            _check(item, kind.of_type, path)
    elif isinstance(kind, StrawberryEnumDefinition):
        if value not in [member.name for member in kind.values]:
            raise _refused(path, "It is not one of the values.")
    elif hasattr(kind, "__strawberry_definition__"):
        if not isinstance(value, dict):
            raise _refused(path, "It is an object.")
        fields = kind.__strawberry_definition__.fields
        _check_object(value, {to_camel_case(field.python_name): field.type for field in fields}, path)
    elif kind in (bool, int):
        if type(value) is not kind:
            raise _refused(path, "It is of another type.")
    elif not isinstance(value, str) or not storable(value):
        raise _refused(path, "It is a text that can be kept.")
    elif kind is datetime:
        try:
            datetime.fromisoformat(value)
        except ValueError as error:
            raise _refused(path, "It is a time.") from error


def _refused(path: tuple[str, ...], message: str) -> RefusedError:
    return RefusedError(Refusal.INVALID, message, "arguments", *path)
