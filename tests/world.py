"""A small world in which referrals travel, built by calling workflows.

- Harbor Agency keeps client records. Helen (helper) and Hugo (helper, her teammate in the group "Outreach") make
  referrals for it; Ada administers it.
- Food Bank has the program "Pantry", where Paul and Petra are claimers; Pam administers it. "Soup Kitchen" is another
  of its programs, with Karl as its claimer.
- Sam is a client of Harbor Agency with an account (a seeker). Nora is one without.
- Otto belongs to a third organization and is no party to anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from models.base import Id
from models.database import Database, Transaction
from models.people import Permission as P
from policies.actors import Actor
from policies.actors import actor as read_actor
from tests.databases import snapshot
from workflows import clients, organizations, people, sessions
from workflows.referrals.submit import submit

PASSWORD = "a long enough password"
_hash: str | None = None
_first: tuple[World, str] | None = None


@dataclass
class World:
    """The ids of everyone and everything, by name."""

    database: Database
    people: dict[str, Id] = field(default_factory=dict)
    memberships: dict[str, Id] = field(default_factory=dict)
    placements: dict[str, Id] = field(default_factory=dict)
    agency: Id = ""
    food_bank: Id = ""
    elsewhere: Id = ""
    outreach: Id = ""
    pier: Id = ""
    pantry: Id = ""
    kitchen: Id = ""
    sam: Id = ""
    nora: Id = ""

    @classmethod
    async def found(cls, database: Database) -> World:
        """Build it in an empty database; from the second time on, by copying the rows of the first."""
        global _first
        anybody = "select exists(select from users) or exists(select from organizations)"
        assert not await database.pool.fetchval(anybody)
        if _first is None:
            world = await cls.build(database)
            _first = world._at(database), await snapshot(database.dsn)
            return world
        world, rows = _first
        await database.pool.execute(rows)
        return world._at(database)

    def _at(self, database: Database) -> World:
        own: dict[str, Any] = {name: dict(getattr(self, name)) for name in ("people", "memberships", "placements")}
        return replace(self, database=database, **own)

    @classmethod
    async def build(cls, database: Database) -> World:
        """Build it."""
        global _hash
        _hash = _hash or await sessions.hash_password(PASSWORD)
        world = cls(database)
        async with database.transaction() as tx:
            await world._build(tx)
        return world

    async def _build(self, tx: Transaction) -> None:
        self.agency = await organizations.create(tx, name="Harbor Agency", kind="agency")  # type: ignore[arg-type]
        self.food_bank = await organizations.create(tx, name="Food Bank", kind="agency")  # type: ignore[arg-type]
        self.elsewhere = await organizations.create(tx, name="Elsewhere", kind="agency")  # type: ignore[arg-type]
        self.pier = await organizations.add_site(
            tx, organization_id=self.agency, name="Pier Office", postal_code="94133"
        )
        self.pantry = await organizations.add_program(tx, organization_id=self.food_bank, name="Pantry")
        self.kitchen = await organizations.add_program(tx, organization_id=self.food_bank, name="Soup Kitchen")
        self.outreach = await organizations.add_group(tx, None, organization_id=self.agency, name="Outreach")

        roles = {}
        for organization in (self.agency, self.food_bank, self.elsewhere):
            worker = [P.MAKE_REFERRALS, P.VIEW_CLIENTS, P.EDIT_CLIENTS]
            roles[organization, "worker"] = await people.add_role(
                tx, organization_id=organization, name="Worker", permissions=worker
            )
            roles[organization, "administrator"] = await people.add_role(
                tx, organization_id=organization, name="Administrator", permissions=list(P)
            )
        for name, last, organization, role in [
            ("helen", "Hart", self.agency, "worker"),
            ("hugo", "Hill", self.agency, "worker"),
            ("ada", "Ames", self.agency, "administrator"),
            ("paul", "Price", self.food_bank, "worker"),
            ("petra", "Pohl", self.food_bank, "worker"),
            ("pam", "Park", self.food_bank, "administrator"),
            ("karl", "Kern", self.food_bank, "worker"),
            ("otto", "Orth", self.elsewhere, "worker"),
        ]:
            self.people[name] = await people.register(
                tx, email=f"{name}@example.test", first_name=name.title(), last_name=last, password_hash=_hash
            )
            self.memberships[name] = await people.join(
                tx,
                None,
                user_id=self.people[name],
                organization_id=organization,
                role_ids=[roles[organization, role]],
            )
        self.people["sam"] = await people.register(
            tx, email="sam@example.test", first_name="Sam", last_name="Stone", password_hash=_hash
        )
        await self._place(tx, "helen", site_id=self.pier)
        await self._place(tx, "helen", group_id=self.outreach)
        await self._place(tx, "hugo", group_id=self.outreach)
        for claimer in ("paul", "petra"):
            await self._place(tx, claimer, program_id=self.pantry)
        await self._place(tx, "karl", program_id=self.kitchen)

        helen = await self.actor("helen", tx)
        self.sam = await clients.create(
            tx, helen, organization_id=self.agency, first_name="Sam", last_name="Stone",
            email="sam@example.test", phone="+1 415 555 0100", postal_code="94133",
        )  # fmt: skip
        self.nora = await clients.create(
            tx,
            helen,
            organization_id=self.agency,
            first_name="Nora",
            last_name="North",
            phone="+1 415 555 0101",
        )
        await clients.link_account(tx, self.sam, self.people["sam"])

    async def _place(self, tx: Transaction, name: str, **place: Id) -> None:
        [kind] = place
        self.placements[f"{name}.{kind.removesuffix('_id')}"] = await people.place(
            tx, None, membership_id=self.memberships[name], **place
        )

    async def actor(self, name: str, reads: Any = None) -> Actor:
        """The person with their rights of this moment."""
        actor = await read_actor(reads or self.database, self.people[name])
        assert actor is not None
        return actor

    async def refer(self, name: str = "helen", **values: Any) -> Id:
        """A live referral of Sam to the Pantry, or what `values` says instead."""
        given = {"client_id": self.sam, "program_id": self.pantry, "consent": True, **values}
        async with self.database.transaction() as tx:
            return await submit(tx, await self.actor(name, tx), **given)
