"""Pages of lists, by the Relay conventions: cursors are places in the list's order, so pages stay stable."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import DateTime, Float, Integer, Uuid
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from loaders.batch import Page, Slice
from loaders.edges import Many, Order
from models.database import Row
from schema.errors import BadArgumentError
from workflows.text import as_id, storable

T = TypeVar("T")
LARGEST = 100
_NOWHERE = "00000000-0000-0000-0000-000000000000"


@strawberry.type(description="Where a page of a list lies in the list.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first row.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row.")


@strawberry.type(description="A row of a list, with its place in it.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = strawberry.field(description="The place of this row, for `after` and `before`.")
    node: T = strawberry.field(description="The row.")


async def _total(root: strawberry.Parent[Any], info: strawberry.Info) -> int:
    to, key, filters = root["counted"]
    total: int = await info.context.loaders.count(to, key, filters)
    return total


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """Relay's connection, with its nodes at hand."""

    nodes: list[T] = strawberry.field(description="The rows of this page.")
    edges: list[Edge[T]] = strawberry.field(description="The rows of this page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: int = strawberry.field(resolver=_total, description="How many rows the list has, on all pages.")


def slice_from(given: Mapping[str, Any], order: Order, *, default: int) -> Slice:
    """The part of a list that `first`, `after`, `last` and `before` ask for."""
    first, last, after, before = (given.get(name) or None for name in ("first", "last", "after", "before"))
    for name in ("first", "last"):
        value = given.get(name)
        if isinstance(value, int) and not 1 <= value <= LARGEST:
            raise BadArgumentError(name, f"must be from 1 to {LARGEST}.")
    if first and last:
        raise BadArgumentError("last", "cannot be combined with first.")
    if (after and (last or before)) or (before and first):
        raise BadArgumentError("before", "goes with last; after goes with first.")
    if last or before:
        return Slice(last or default, _place(before, order, "before"), backward=True)
    return Slice(first or default, _place(after, order, "after"))


def _place(cursor: str | None, order: Order, argument: str) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(order.columns):
            raise ValueError
        return tuple(_typed(value, column.type) for value, column in zip(values, order.columns, strict=True))
    except (ValueError, TypeError, OverflowError) as error:
        raise BadArgumentError(argument, "is not a cursor of this list.") from error


def _typed(value: Any, kind: Any) -> Any:
    if isinstance(kind, Integer):
        if not isinstance(value, int) or value.bit_length() > 63:
            raise ValueError
        return value
    if isinstance(kind, Float):
        return float(value)
    if not isinstance(value, str) or not storable(value):
        raise ValueError
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Uuid):
        return str(UUID(value))
    return value


def cursor_of(row: Row, order: Order) -> str:
    """The place of a row in this order."""
    places = [row[f"_place_{i}"] for i in range(len(order.columns))]
    return urlsafe_b64encode(orjson.dumps(places)).rstrip(b"=").decode()


class ConnectionRow:
    """The source of a `Connection`; what nobody asks for is not made."""

    __slots__ = ("_counted", "_order", "_page", "_part")

    def __init__(self, page: Page, part: Slice, order: Order, counted: tuple[Many, Any, Mapping[str, Any]]) -> None:
        self._page, self._part, self._order, self._counted = page, part, order, counted

    def __getitem__(self, name: str) -> Any:
        rows = self._page.rows
        match name:
            case "nodes":
                return rows
            case "edges":
                return [{"cursor": cursor_of(row, self._order), "node": row} for row in rows]
            case "page_info":
                return self._page_info(rows)
            case "counted":
                return self._counted
        raise KeyError(name)

    def _page_info(self, rows: list[Row]) -> dict[str, Any]:
        part, more = self._part, self._page.more
        return {
            "has_next_page": part.after is not None if part.backward else more,
            "has_previous_page": more if part.backward else part.after is not None,
            "start_cursor": cursor_of(rows[0], self._order) if rows else None,
            "end_cursor": cursor_of(rows[-1], self._order) if rows else None,
        }


def filters_from(given: Mapping[str, Any]) -> dict[str, Any]:
    """The list's filters among these arguments, an input object's fields each as one; what is null asks for nothing."""
    filters: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("first", "after", "last", "before") or value is None or value is strawberry.UNSET:
            continue
        if isinstance(value, dict):
            filters.update(filters_from({to_snake_case(key): item for key, item in value.items()}))
        elif hasattr(type(value), "__strawberry_definition__") and not isinstance(value, Enum):
            filters.update(filters_from(vars(value)))
        else:
            filters[name] = _plain(name, value)
    return filters


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(name, item) for item in value]
    if not isinstance(value, str):
        return value
    if not storable(value):
        raise BadArgumentError(to_camel_case(name), "contains a character that cannot be looked for.")
    if name.endswith("_id"):
        # What is no id at all names nothing, like an id that nobody has.
        return as_id(value) or _NOWHERE
    if name == "search":
        return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return str(value)
