"""About referrals, and the notes on them."""

from __future__ import annotations

from models.base import Id
from models.clients import Client
from models.database import Transaction
from models.goals import Goal
from models.notes import Note
from models.referrals import Referral, ReferralStatus
from policies.actors import Actor
from tests.laws.deeds.somebody import Somebody
from workflows import notes
from workflows.referrals.set_goal import set_goal
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit
from workflows.referrals.view import view


class Referrals(Somebody):
    """What is done to referrals."""

    def _status(self) -> ReferralStatus:
        return self.random.choice([status for status in ReferralStatus if status is not ReferralStatus.NOT_UPDATED])

    async def _refer(self) -> None:
        async def refer(tx: Transaction, actor: Actor, client_id: Id) -> None:
            program = self.random.choice([self.world.pantry, self.world.kitchen])
            live = self.random.random() < 0.8
            await submit(tx, actor, client_id=client_id, program_id=program, consent=live, live=live)

        await self._to_seen(Client, refer)

    async def _set_status(self) -> None:
        await self._to_seen(Referral, lambda tx, actor, id: set_status(tx, actor, id, self._status()))

    async def _replace(self) -> None:
        async def replace(tx: Transaction, actor: Actor, id: Id) -> None:
            other = await self._seen_by(tx, actor, Referral)
            await set_status(tx, actor, id, ReferralStatus.REFERRED_ELSEWHERE, replaced_by_id=other)

        await self._to_seen(Referral, replace)

    async def _file(self) -> None:
        async def file(tx: Transaction, actor: Actor, id: Id) -> None:
            await set_goal(tx, actor, id, await self._seen_by(tx, actor, Goal))

        await self._to_seen(Referral, file)

    async def _look(self) -> None:
        await self._to_seen(Referral, view)

    async def _write(self) -> None:
        shared = self.random.random() < 0.6
        body = f"Note {self.random.random()}"
        await self._to_seen(
            Referral, lambda tx, actor, id: notes.add(tx, actor, referral_id=id, body=body, shared=shared)
        )

    async def _erase(self) -> None:
        await self._to_seen(Note, notes.delete)
