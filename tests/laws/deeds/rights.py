"""About who may see what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, true

from models.database import Row, Statement, Transaction
from models.partners import CaseManager
from models.people import Membership, Placement, Role
from policies.actors import UUID, Actor
from tests.laws.deeds.somebody import Somebody
from workflows import organizations, people
from workflows.partners import case_managers
from workflows.partners.move import move


def _all(table: Any, *columns: Any) -> Statement:
    current = table.ended_at.is_(None) if hasattr(table, "ended_at") else true()
    return Statement(select(table.id, *columns).where(current).order_by(table.id))


_MEMBERSHIPS = _all(Membership, Membership.organization_id, Membership.user_id)
_PLACEMENTS = Statement(
    select(Placement.id, Membership.organization_id)
    .join(Membership, Membership.id == Placement.membership_id)
    .where(Placement.ended_at.is_(None), Membership.ended_at.is_(None))
    .order_by(Placement.id)
)
ROLES = Statement(
    select(Role.id).where(Role.organization_id == bindparam("organization_id", type_=UUID)).order_by(Role.name)
)


class Rights(Somebody):
    """What is done to memberships, places, and what organizations share."""

    async def _mend_manager(self) -> None:
        changes: dict[str, str | None] = {"title": f"Title {self.random.random()}"}
        await self._to_seen(CaseManager, lambda tx, actor, id: case_managers.edit(tx, actor, id, changes))

    async def _move(self) -> None:
        id = self.random.choice(list(self.company.managers.values()))
        company, unit = self.random.choice([(self.company.bright, "North"), (self.company.calm, "West")])
        unit_id = self.random.choice([None, self.company.units[unit]])
        await self._as("ada", lambda tx, actor: move(tx, actor, id, company_id=company, business_unit_id=unit_id))

    async def _share(self) -> None:
        sharing = self.random.random() < 0.7
        world = self.world

        async def share(tx: Transaction, actor: Actor) -> None:
            if world.agency in actor.organizations:
                await organizations.share_group(tx, actor, world.outreach, sharing)
            else:
                program = self.random.choice([world.pantry, world.kitchen])
                await organizations.share_program(tx, actor, program, sharing)

        await self._as(self._somebody("ada", "pam"), share)

    async def _record_views(self) -> None:
        recording = self.random.random() < 0.7
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        await self._as(name, lambda tx, actor: organizations.record_views(tx, actor, id, recording))

    async def _place(self) -> None:
        async with self.database.transaction() as tx:
            membership: Row | None = self._one_of(await tx.rows(_MEMBERSHIPS))
            assert membership is not None
            places = {
                self.world.agency: [{"group_id": self.world.outreach}, {"site_id": self.world.pier}],
                self.world.food_bank: [{"program_id": self.world.pantry}, {"program_id": self.world.kitchen}],
            }.get(membership["organization_id"])
            if places:
                await people.place(tx, None, membership_id=membership["id"], **self.random.choice(places))

    async def _unplace(self) -> None:
        async def unplace(tx: Transaction, actor: Actor) -> None:
            placements = [p for p in await tx.rows(_PLACEMENTS) if p["organization_id"] in actor.organizations]
            placement = self._one_of(placements)
            if placement is not None:
                await people.unplace(tx, actor, placement["id"])

        await self._as(self._somebody("ada", "pam"), unplace)

    async def _join(self) -> None:
        async with self.database.transaction() as tx:
            organization = self.random.choice([self.world.agency, self.world.food_bank])
            role = self.random.choice(await tx.rows(ROLES, organization_id=organization))
            await people.join(
                tx,
                None,
                user_id=self.world.people[self._somebody()],
                organization_id=organization,
                role_ids=[role["id"]],
            )

    async def _leave(self) -> None:
        async def leave(tx: Transaction, actor: Actor) -> None:
            # The administrators stay, so that somebody can go on deciding.
            staying = {self.world.people["ada"], self.world.people["pam"]}
            ours = [
                membership
                for membership in await tx.rows(_MEMBERSHIPS)
                if membership["organization_id"] in actor.organizations and membership["user_id"] not in staying
            ]
            membership = self._one_of(ours)
            if membership is not None:
                await people.leave(tx, actor, membership["id"])

        await self._as(self._somebody("ada", "pam"), leave)

    async def _ban(self) -> None:
        name = self._somebody()
        if name not in ("ada", "pam"):
            async with self.database.transaction() as tx:
                await people.ban(tx, None, self.world.people[name])
            self.banned.add(self.world.people[name])

    async def _unban(self) -> None:
        id = self._one_of(sorted(self.banned))
        if id is not None:
            async with self.database.transaction() as tx:
                await people.unban(tx, None, id)
            self.banned.discard(id)
