"""Programs near a place."""

from collections.abc import Mapping
from typing import Any

import loaders.programs
from schema.context import Info
from schema.errors import BadArgumentError
from schema.fields import connect
from schema.paging import ConnectionRow
from workflows.text import storable


async def programs_near(info: Info, postal_code: str | None, given: Mapping[str, Any], key: Any) -> ConnectionRow:
    """The active programs near a postal code, or all of them by name where its place is not known."""
    if postal_code and not storable(postal_code):
        raise BadArgumentError("nearPostalCode", "contains a character that cannot be looked for.")
    place = await loaders.programs.place_of(info.context.services.database, postal_code) if postal_code else {}
    return await connect(info, loaders.programs.active, key, given, extra=place)
