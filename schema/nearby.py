"""Programs near a place."""

from collections.abc import Mapping
from typing import Any

import loaders.programs
from schema.context import Info
from schema.fields import connect


async def programs_near(info: Info, postal_code: str | None, given: Mapping[str, Any], key: Any) -> dict[str, Any]:
    """The active programs near a postal code, or all of them by name where its place is not known."""
    place = await loaders.programs.place_of(info.context.services.database, postal_code) if postal_code else {}
    return await connect(info, loaders.programs.active, key, given, extra=place)
