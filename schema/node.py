"""What has an id of its own."""

import strawberry


@strawberry.interface(description="A record with an id that is unique across all kinds.")
class Node:
    """Relay's node."""

    id: strawberry.ID = strawberry.field(description="Its id.")
