"""Referrals: what can be asked and done."""

from functools import cache
from typing import Annotated, Any

import strawberry

import loaders.clients
import loaders.referrals
from loaders.edges import Columns
from models.database import Row, Transaction
from models.referrals import ReferralStatus
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.referrals import ReferralPayload, ReferralSetGoalInput, ReferralSetStatusInput, ReferralSubmitInput
from schema.clients import ReferralForm
from schema.context import Context, Info
from schema.fields import columns_of, lookup
from schema.referrals import Referral
from workflows.referrals.set_goal import set_goal
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit
from workflows.referrals.view import is_recorded, view
from workflows.refusals import RefusedError
from workflows.text import as_id

ClientId = Annotated[strawberry.ID, strawberry.argument(description="The client's id.")]


_TO_OPEN = {"view_is_recorded": is_recorded()}


@cache
def columns_to_open() -> Columns:
    """What has to be known of a referral that is opened, whatever is asked for."""
    return Columns({**columns_of("Referral").named, **_TO_OPEN})


async def opened(context: Context, row: Row) -> bool:
    """Record that a referral is opened, where an organization wants that (FH7); whether the viewer still sees it."""
    if not row["view_is_recorded"] or row["id"] in context.opened:
        return True
    # Once an operation, though it asks twice, or is executed again.
    context.opened.add(row["id"])
    try:
        async with context.services.database.transaction() as transaction:
            await view(transaction, context.actor, row["id"])
    except RefusedError:
        # It went out of their sight meanwhile.
        return False
    return True


@strawberry.type
class ReferralQueries:
    """Asking for referrals."""

    referral: Referral | None = lookup(
        loaders.referrals.by_id,
        "A referral; null: there is none, or the viewer may not see it.",
        also=_TO_OPEN,
        opened=opened,
    )

    @strawberry.field(description="The form of a new referral for a client, filled in from the client's profile.")
    async def referral_form(self, info: Info, client_id: ClientId) -> ReferralForm | None:
        loader = info.context.loaders
        return await loader.one(loaders.clients.by_id, columns_of("ReferralForm"), as_id(client_id))  # type: ignore[return-value]


@strawberry.type
class ReferralMutations:
    """Changing referrals."""

    @strawberry.mutation(description="Refer a client to a program.")
    async def referral_submit(self, info: Info, input: ReferralSubmitInput) -> ReferralPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await submit(
                transaction,
                actor,
                client_id=input.client_id,
                program_id=input.program_id,
                comments=input.comments,
                consent=input.consent,
                live=input.live is not False,
                goal_id=input.goal_id,
            )
            return {"referral_id": id}

        return await act(info, input, work, subject="referral_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Set the status of a referral. Every party's open dashboard shows it at once.")
    async def referral_set_status(self, info: Info, input: ReferralSetStatusInput) -> ReferralPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await set_status(
                transaction,
                actor,
                input.id,
                ReferralStatus(input.status),
                expected_version=input.expected_version,
                replaced_by_id=input.replaced_by_id,
            )
            return {"referral_id": id}

        return await act(info, input, work, subject="referral_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="File a referral under a goal of its client, move it to another, or take it off.")
    async def referral_set_goal(self, info: Info, input: ReferralSetGoalInput) -> ReferralPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await set_goal(transaction, actor, input.id, input.goal_id, expected_version=input.expected_version)
            return {"referral_id": id}

        return await act(info, input, work, subject="referral_id")  # type: ignore[no-any-return]
