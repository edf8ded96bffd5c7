"""Notifications, and e-mails that could not be delivered: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from models.notifications import EmailTiming, NotificationKind
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.letters import LetterPayload, LetterRetryInput
from schema.changes.notifications import (
    NotificationClearAllInput,
    NotificationClearInput,
    NotificationPreferencePayload,
    NotificationPreferenceSetInput,
    NotificationsPayload,
)
from schema.context import Info
from workflows import letters, notifications


@strawberry.type
class NotificationMutations:
    """Clearing notifications, and choosing how to be notified."""

    @strawberry.mutation(description="Take one of the viewer's notifications, or one of the queue, off the list.")
    async def notification_clear(self, info: Info, input: NotificationClearInput) -> NotificationsPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            await notifications.clear(transaction, actor, input.id)
            return {"cleared": 1}

        return await act(info, input, work, subject="cleared")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take all of the viewer's own notifications off the list.")
    async def notification_clear_all(self, info: Info, input: NotificationClearAllInput) -> NotificationsPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"cleared": await notifications.clear_all(transaction, actor)}

        return await act(info, input, work, subject="cleared")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Choose how to be told of one kind of thing from now on.")
    async def notification_preference_set(
        self, info: Info, input: NotificationPreferenceSetInput
    ) -> NotificationPreferencePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            kind, email = NotificationKind(input.kind), EmailTiming(input.email)
            await notifications.prefer(transaction, actor, kind, in_app=input.in_app, email=email)
            return {"preference": {"kind": kind, "in_app": input.in_app, "email": email}}

        return await act(info, input, work, subject="preference")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Try an e-mail again that could not be delivered.")
    async def letter_retry(self, info: Info, input: LetterRetryInput) -> LetterPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"letter_id": await letters.retry(transaction, actor, input.id)}

        return await act(info, input, work, subject="letter_id")  # type: ignore[no-any-return]
