"""Changes of list views: what they are given and what they answer."""

import strawberry
from strawberry.scalars import JSON

import loaders.list_views
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.list_views import _ARGUMENTS, ListView


@arguments
class ListViewSaveInput:
    """A view to save."""

    list: str = strawberry.field(description="A type and its field, such as Viewer.approvals.")
    name: str = strawberry.field(description="200 characters; one's own of the list differ.")
    arguments: JSON = strawberry.field(description=_ARGUMENTS)
    pinned: bool | None = strawberry.field(default=False, description="Whether it is to be the list's default.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ListViewChangeInput:
    """Changes of a view; what is left out stays."""

    id: strawberry.ID = strawberry.field(description="The view.")
    name: str | None = strawberry.field(default=None, description="200 characters.")
    arguments: JSON | None = strawberry.field(default=None, description=_ARGUMENTS)
    pinned: bool | None = strawberry.field(default=None, description="Whether it is to be the list's default.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ListViewDeleteInput:
    """A view to delete."""

    id: strawberry.ID = strawberry.field(description="The view.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ListViewPayload:
    """What a change of a saved view answers."""

    list_view: ListView | None = edge(
        loaders.list_views.by_id, "list_view_id", "The view; at a conflict, as it is now; null once it is deleted."
    )
    user_errors: list[UserError] = user_errors()
