"""Scalars of our own."""

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

FeedCursor = NewType("FeedCursor", str)

SCALARS: dict[object, ScalarDefinition] = {
    FeedCursor: strawberry.scalar(
        name="FeedCursor",
        description="Opaque position in the feed; bound to the viewer.",
        serialize=str,
        parse_value=str,
    )
}
