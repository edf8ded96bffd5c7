"""Scalars of our own."""

from typing import NewType

import strawberry

FeedCursor = NewType("FeedCursor", str)

SCALARS = {
    FeedCursor: strawberry.scalar(
        name="FeedCursor",
        description="Opaque position in the feed; bound to the viewer.",
        serialize=str,
        parse_value=str,
    )
}
