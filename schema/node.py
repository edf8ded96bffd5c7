"""What has an id of its own."""

from typing import Annotated

import strawberry

RecordId = Annotated[strawberry.ID, strawberry.argument(description="The record's id.")]
"""The argument by which a record is asked for."""


@strawberry.interface(description="A record with an id that is unique across all kinds.")
class Node:
    """Relay's node."""

    id: strawberry.ID = strawberry.field(description="Its id.")
