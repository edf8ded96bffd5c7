"""People: what can be done about memberships, places and bans."""

from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.people import (
    MembershipEndInput,
    MembershipPayload,
    MembershipSetLeaderInput,
    PlacementEndInput,
    PlacementStartInput,
    UserBanInput,
    UserPayload,
)
from schema.context import Info
from workflows import people
from workflows.text import as_id


@strawberry.type
class PeopleMutations:
    """Changing who belongs where."""

    @strawberry.mutation(description="End a membership: what it let the person see is gone from their streams at once.")
    async def membership_end(self, info: Info, input: MembershipEndInput) -> MembershipPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"membership_id": await people.leave(transaction, actor, input.id)}

        return await act(info, input, work, subject="membership_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Say to whom a member submits what has to be approved.")
    async def membership_set_leader(self, info: Info, input: MembershipSetLeaderInput) -> MembershipPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"membership_id": await people.set_leader(transaction, actor, input.id, input.leader_id)}

        return await act(info, input, work, subject="membership_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Have a member work at a site, on a program or in a group.")
    async def placement_start(self, info: Info, input: PlacementStartInput) -> MembershipPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            await people.place(
                transaction,
                actor,
                membership_id=input.membership_id,
                site_id=input.site_id,
                program_id=input.program_id,
                group_id=input.group_id,
            )
            return {"membership_id": as_id(input.membership_id)}

        return await act(info, input, work, subject="membership_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="End a member's work at a place.")
    async def placement_end(self, info: Info, input: PlacementEndInput) -> MembershipPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"membership_id": await people.unplace(transaction, actor, input.id)}

        return await act(info, input, work, subject="membership_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Shut a person out: their sessions end and their open sockets close at once.")
    async def user_ban(self, info: Info, input: UserBanInput) -> UserPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"user_id": await people.ban(transaction, actor, input.user_id)}

        return await act(info, input, work, subject="user_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Let a person sign in again.")
    async def user_unban(self, info: Info, input: UserBanInput) -> UserPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"user_id": await people.unban(transaction, actor, input.user_id)}

        return await act(info, input, work, subject="user_id")  # type: ignore[no-any-return]
