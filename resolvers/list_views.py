"""Saved views of lists: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.list_views import ListViewChangeInput, ListViewDeleteInput, ListViewPayload, ListViewSaveInput
from schema.context import Info
from schema.lists import check
from workflows import list_views


@strawberry.type
class ListViewMutations:
    """Changing one's saved views of lists."""

    @strawberry.mutation(description="Save a view of a list under a name; pinned, it is the list's default.")
    async def list_view_save(self, info: Info, input: ListViewSaveInput) -> ListViewPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await list_views.save(
                transaction,
                actor,
                list=input.list,
                name=input.name,
                arguments=check(input.list, input.arguments),
                pinned=input.pinned is True,
            )
            return {"list_view_id": id}

        return await act(info, input, work, subject="list_view_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Rename a saved view, give it other arguments, pin or unpin it.")
    async def list_view_change(self, info: Info, input: ListViewChangeInput) -> ListViewPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            view = await list_views.find(transaction, actor, input.id)
            given = None if input.arguments is None else check(view["list"], input.arguments)
            id = await list_views.change(
                transaction,
                actor,
                view,
                name=input.name,
                arguments=given,
                pinned=input.pinned,
                expected_version=input.expected_version,
            )
            return {"list_view_id": id}

        return await act(info, input, work, subject="list_view_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Delete a saved view.")
    async def list_view_delete(self, info: Info, input: ListViewDeleteInput) -> ListViewPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"list_view_id": await list_views.remove(transaction, actor, input.id)}

        return await act(info, input, work, subject="list_view_id")  # type: ignore[no-any-return]
