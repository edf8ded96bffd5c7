"""The root of subscriptions: the declaration of the one stream."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from schema.context import Info
from schema.feed import FeedFilter, FeedMessage
from schema.scalars import FeedCursor


@strawberry.type(description="What can be followed, over graphql-transport-ws.")
class Subscription:
    """The root of subscriptions. The socket opens streams itself, so that what is alike is rendered once."""

    @strawberry.subscription(
        description="Everything the viewer may see change, in order; "
        'the token goes into connection_init as {"authorization": "Bearer …"}.'
    )
    async def feed(
        self,
        info: Info,
        after: Annotated[
            FeedCursor | None, strawberry.argument(description="Go on after this cursor; from now on without it.")
        ] = strawberry.UNSET,
        filter: Annotated[FeedFilter | None, strawberry.argument(description="Only these changes.")] = strawberry.UNSET,
    ) -> AsyncIterator[FeedMessage]:
        """Follow the feed."""
        raise NotImplementedError("streams are opened by the socket")
        yield
