"""About clients' records."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, select

from models.base import Id
from models.clients import Client, ContactPreference, RecordStatus
from models.database import Statement, Transaction
from models.goals import Goal, GoalStatus
from models.notifications import Notification
from policies.actors import Actor
from tests.laws.deeds.somebody import Somebody, Work
from workflows import (
    client_groups,
    client_types,
    clients,
    deletion,
    goals,
    invitations,
    navigators,
    notifications,
    portal,
    records,
)


class Clients(Somebody):
    """What is done to records, goals and notifications."""

    async def _mend_client(self) -> None:
        changes: dict[str, Any] = self.random.choice(
            [{"first_name": f"Name {self.random.random()}"}, {"contact_preference": ContactPreference.NONE},
             {"contact_preference": ContactPreference.PHONE}]
        )  # fmt: skip
        await self._to_seen(Client, lambda tx, actor, id: clients.update(tx, actor, id, changes))

    async def _aim(self) -> None:
        await self._to_seen(Client, lambda tx, actor, id: goals.add(tx, actor, client_id=id, title="Find work"))

    async def _mend_goal(self) -> None:
        status = self.random.choice(list(GoalStatus))
        await self._to_seen(Goal, lambda tx, actor, id: goals.update(tx, actor, id, status=status))

    async def _box(self) -> None:
        status = self.random.choice(list(RecordStatus))
        await self._to_seen(Client, lambda tx, actor, id: records.set_status(tx, actor, id, status))

    async def _warn(self) -> None:
        text = f"Warning {self.random.random()}"
        await self._to_seen(Client, lambda tx, actor, id: records.add_warning(tx, actor, id, text))

    async def _group(self) -> None:
        work = self.random.choice([client_groups.add, client_groups.remove])
        group_id = self.world.outreach
        await self._to_seen(Client, lambda tx, actor, id: work(tx, actor, group_id=group_id, client_ids=[id]))

    async def _clear(self) -> None:
        await self._to_seen(Notification, notifications.clear)

    async def _type(self) -> None:
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        called = f"Type {self.random.random()}"
        await self._as(name, lambda tx, actor: client_types.add(tx, actor, organization_id=id, name=called))

    async def _invite(self) -> None:
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        address = f"{self._somebody()}@example.test"
        await self._as(
            name,
            lambda tx, actor: invitations.invite_member(tx, actor, organization_id=id, address=address, role_ids=[]),
        )

    async def _delete(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(deletion.delete, Client.deleted_at.is_(None)))

    async def _restore(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(deletion.restore, Client.deleted_at.is_not(None)))

    async def _ban_client(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(portal.ban, Client.user_id.is_not(None)))

    async def _unban_client(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(portal.unban, Client.user_id.is_not(None)))

    def _to_any(self, work: Callable[[Transaction, Actor, Id], Awaitable[object]], where: ColumnElement[bool]) -> Work:
        """Do this to one of the clients there are."""

        async def to_any(tx: Transaction, actor: Actor) -> None:
            row = self._one_of(await tx.rows(Statement(select(Client.id).where(where).order_by(Client.id))))
            if row is not None:
                await work(tx, actor, row["id"])

        return to_any

    async def _withdraw(self) -> None:
        await self._to_seen(Client, clients.withdraw_consent)

    async def _agree(self) -> None:
        await self._to_seen(Client, clients.give_consent)

    async def _assign(self) -> None:
        await self._navigators(navigators.assign)

    async def _unassign(self) -> None:
        await self._navigators(navigators.unassign)

    async def _navigators(self, work: Callable[..., Awaitable[object]]) -> None:
        user_id = self.world.people[self._somebody()]
        await self._to_seen(Client, lambda tx, actor, id: work(tx, actor, client_id=id, user_id=user_id))
