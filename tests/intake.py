"""Chapters beside the tests' world, built by calling workflows. A conftest takes the fixture by importing it.

- Bay and Hill share a district, Lake shares their region; all keep California's holidays and time. Far is not live, so
  what is meant for it goes to National. Cora and Carl coordinate the intake of Bay (Cora may override limits), Hank
  that of Hill, Nate the national one.
- Mia and Max mentor at Bay, Eve is an expert there; Hal mentors at Hill, Lara at Lake.
- Clea is a client of Bay with an account.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.base import Id
from models.database import Transaction
from models.mentors import MentorKind
from models.organizations import OrganizationKind
from models.people import Permission as P
from policies.actors import Actor
from policies.actors import actor as read_actor
from tests import world as the_world
from tests.world import World
from workflows import chapters, clients, clock, mentors, organizations, people
from workflows.mentoring.assign import assign
from workflows.mentoring.submit import submit

FORM = {"first_name": "Ann", "last_name": "Archer", "email": "ann@example.test", "help": "Find a first job."}
_CHAPTERS = {
    "bay": ("West", "Coast", True, False),
    "hill": ("West", "Coast", True, False),
    "lake": ("East", "Coast", True, False),
    "far": ("North", "Plains", False, False),
    "national": ("National", "National", True, True),
}
_COORDINATORS = {"cora": "bay", "carl": "bay", "hank": "hill", "nate": "national"}
_MENTORS = {"mia": "bay", "max": "bay", "eve": "bay", "hal": "hill", "lara": "lake"}


@dataclass
class Intake:
    """The ids of the chapters, and of the mentors, by name; the people are the world's."""

    world: World
    chapters: dict[str, Id] = field(default_factory=dict)
    mentors: dict[str, Id] = field(default_factory=dict)
    clea: Id = ""

    @classmethod
    async def build(cls, world: World) -> Intake:
        """Build it beside the world."""
        intake = cls(world)
        async with world.database.transaction() as tx:
            await intake._build(tx)
        return intake

    async def _build(self, tx: Transaction) -> None:
        roles: dict[str, Id] = {}
        for name, (district, region, live, national) in _CHAPTERS.items():
            id = await organizations.create(tx, name=f"{name.title()} Chapter", kind=OrganizationKind.CHAPTER)
            self.chapters[name] = id
            await chapters.found(
                tx,
                id,
                district=district,
                region=region,
                time_zone="America/Los_Angeles",
                public_holidays="US-CA",
                own_holidays=[date(2026, 3, 20)],
                live=live,
                national=national,
                stagnation_days=14,
            )
            roles[name] = await people.add_role(
                tx,
                organization_id=id,
                name="Coordinator",
                permissions=[P.COORDINATE_INTAKE, P.VIEW_CLIENTS, P.EDIT_CLIENTS],
            )
        override = await people.add_role(
            tx, organization_id=self.chapters["bay"], name="Senior", permissions=[P.OVERRIDE_LIMITS]
        )
        for name, home in _COORDINATORS.items():
            await self._join(tx, name, home, [roles[home], override] if name == "cora" else [roles[home]])
        for name, home in _MENTORS.items():
            await self._join(tx, name, home, [])
            self.mentors[name] = await mentors.enrol(
                tx,
                None,
                chapter_id=self.chapters[home],
                user_id=self.world.people[name],
                kind=MentorKind.EXPERT if name == "eve" else MentorKind.MENTOR,
                languages=["English"],
                expertise=["Retail"],
            )
        self.clea = await clients.create(
            tx,
            await self.world.actor("cora", tx),
            organization_id=self.chapters["bay"],
            first_name="Clea",
            last_name="Cole",
            email="Clea@example.test",
            phone="+1 (415) 555-0177",
            postal_code="94133",
        )
        await self._register(tx, "clea", "Cole")
        await clients.link_account(tx, self.clea, self.world.people["clea"])

    async def _register(self, tx: Transaction, name: str, last_name: str) -> None:
        self.world.people[name] = await people.register(
            tx,
            email=f"{name}@example.test",
            first_name=name.title(),
            last_name=last_name,
            password_hash=the_world._hash,
        )

    async def _join(self, tx: Transaction, name: str, chapter: str, role_ids: list[str]) -> None:
        await self._register(tx, name, chapter.title())
        self.world.memberships[name] = await people.join(
            tx,
            None,
            user_id=self.world.people[name],
            organization_id=self.chapters[chapter],
            role_ids=role_ids,
        )

    async def ask(self, who: str | None = None, chapter: str = "bay", **values: Any) -> Id:
        """A request from the public form, or by somebody; of Ann, or whom `values` says."""
        async with self.world.database.transaction() as tx:
            actor: Actor | None = None if who is None else await read_actor(tx, self.world.people[who])
            return await submit(tx, actor, chapter_id=self.chapters[chapter], **{**FORM, **values})

    async def assign(self, request_id: Id, mentor: str = "mia", by: str = "cora", **values: Any) -> Id:
        """Assign a request; answers the assignment."""
        async with self.world.database.transaction() as tx:
            await assign(tx, await self.world.actor(by, tx), request_id, self.mentors[mentor], **values)
        return await self.assignment(request_id)

    async def assignment(self, request_id: Id) -> Id:
        """The request's current assignment."""
        query = "select id from mentoring_assignments where request_id = $1 and ended_at is null"
        id: Id = await self.world.database.pool.fetchval(query, request_id)
        return id


def at(moment: datetime) -> None:
    """Move the clock there."""
    clock.reset()
    clock.move(moment.astimezone(UTC) - clock.now())


@pytest.fixture
async def intake(world: World) -> Intake:
    """The chapters beside the world."""
    return await Intake.build(world)
