"""A ministry in the tests' world, through whose program clients progress, built by calling workflows.

- City Mission has the program "Journey" with the phases Find Hope, Choose Help, Make Progress, Sustain and Grow, at two
  campuses, Downtown and Riverside. Entering Make Progress takes a second approver, warns below 80 % in "Housing", and
  Downtown brings a new case manager by itself.
- Mara (Riverside) carries a caseload; so do Milo and Mina (Downtown). Lena is their leader; Dirk has the role Director,
  which approves second.
- Cleo is a client with an account, in Find Hope at Riverside, in Mara's caseload.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from models.base import Id
from models.database import Database, Statement, Transaction
from models.people import Permission as P
from models.phases import ApproverKind
from models.progressions import ProgressionKind
from policies.actors import Actor
from tests.world import PASSWORD, World
from workflows import clients, organizations, people, phases, sessions
from workflows.engagements.start import start
from workflows.phases import ApprovedBy, AssignedAt, Threshold
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Recommendation
from workflows.progressions.submit import submit

LEADER = ApprovedBy(ApproverKind.LEADER)
NAMES = ("Find Hope", "Choose Help", "Make Progress", "Sustain and Grow")
_VERSION = Statement(text("select version from progressions where id = :id"))
_ACTIVE = Statement(text("select id from engagements where client_id = :client_id and status = 'active'"))


@dataclass
class Mission:
    """The ids of everything, by name; the people are in the world."""

    world: World
    organization: Id = ""
    program: Id = ""
    downtown: Id = ""
    riverside: Id = ""
    director: Id = ""
    cleo: Id = ""
    engagement: Id = ""
    phases: dict[str, Id] = field(default_factory=dict)
    personas: list[Id] = field(default_factory=list)
    _hash: str | None = None

    @property
    def database(self) -> Database:
        return self.world.database

    @classmethod
    async def build(cls, world: World, *, signs_in: bool = False) -> Mission:
        """Build it, in the world; with passwords, which take a moment to hash, where somebody signs in."""
        mission = cls(world)
        mission._hash = await sessions.hash_password(PASSWORD) if signs_in else None
        async with world.database.transaction() as tx:
            await mission._build(tx)
        return mission

    async def _build(self, tx: Transaction) -> None:
        kind: Any = "ministry"
        self.organization = await organizations.create(tx, name="City Mission", kind=kind)
        self.program = await organizations.add_program(tx, organization_id=self.organization, name="Journey")
        for name in ("Downtown", "Riverside"):
            site = await organizations.add_site(tx, organization_id=self.organization, name=name)
            await phases.open_campus(tx, program_id=self.program, site_id=site)
            setattr(self, name.lower(), site)
        await self._hire(tx)
        second = ApprovedBy(ApproverKind.ROLE, role_id=self.director)
        for name in NAMES:
            strict = name == "Make Progress"
            self.phases[name] = await phases.add(
                tx,
                None,
                program_id=self.program,
                name=name,
                approvers=[LEADER, second] if strict else [LEADER],
                warnings=[Threshold("Housing", 80)] if strict else [],
                assigned_at=[AssignedAt(self.downtown, 0)] if strict else [],
            )
        for name in ("Builder", "Explorer"):
            self.personas.append(await phases.add_persona(tx, None, organization_id=self.organization, name=name))
        lena = await self.world.actor("lena", tx)
        self.world.people["cleo"] = await people.register(
            tx, email="cleo@example.test", first_name="Cleo", last_name="Cole", password_hash=self._hash
        )
        self.cleo = await self.new_client("Cleo", tx)
        await clients.link_account(tx, self.cleo, self.world.people["cleo"])
        self.engagement = await start(
            tx, lena, client_id=self.cleo, program_id=self.program, campus_id=self.riverside,
            case_manager_id=self.world.people["mara"],
        )  # fmt: skip

    async def _hire(self, tx: Transaction) -> None:
        leads = [P.VIEW_CLIENTS, P.EDIT_CLIENTS, P.MANAGE_CASELOADS]
        roles = {
            name: await people.add_role(tx, organization_id=self.organization, name=name, permissions=permissions)
            for name, permissions in {
                "Case manager": [P.VIEW_CLIENTS, P.EDIT_CLIENTS, P.CARRY_CASELOAD],
                "Leader": leads,
                "Director": [P.VIEW_CLIENTS, P.MANAGE_PROGRAMS],
            }.items()
        }
        self.director = roles["Director"]
        for name, last, role, campus in [
            ("mara", "Moss", "Case manager", self.riverside),
            ("milo", "Marsh", "Case manager", self.downtown),
            ("mina", "Moon", "Case manager", self.downtown),
            ("lena", "Lake", "Leader", None),
            ("dirk", "Dale", "Director", None),
        ]:
            user_id = await people.register(
                tx, email=f"{name}@example.test", first_name=name.title(), last_name=last, password_hash=self._hash
            )
            membership = await people.join(
                tx, None, user_id=user_id, organization_id=self.organization, role_ids=[roles[role]]
            )
            self.world.people[name], self.world.memberships[name] = user_id, membership
            if campus is not None:
                await people.place(tx, None, membership_id=membership, site_id=campus)
        for name in ("mara", "milo", "mina"):
            await people.set_leader(tx, None, self.world.memberships[name], self.world.people["lena"])

    async def new_client(self, name: str, tx: Transaction) -> Id:
        """A record that the mission keeps."""
        lena = await self.world.actor("lena", tx)
        return await clients.create(tx, lena, organization_id=self.organization, first_name=name, last_name="Cole")

    async def engage(self, name: str, case_manager: str = "mara", campus: Id | None = None) -> Id:
        """A new client's engagement, in the first phase."""
        async with self.database.transaction() as tx:
            return await start(
                tx,
                await self.world.actor("lena", tx),
                client_id=await self.new_client(name, tx),
                program_id=self.program,
                campus_id=campus or self.riverside,
                case_manager_id=self.world.people[case_manager],
            )

    async def submit(self, name: str = "mara", engagement_id: Id | None = None, **values: Any) -> Id:
        """Submit Cleo, or whom `engagement_id` names, for the next phase, or for what `values` say."""
        kind = ProgressionKind(values.pop("kind", "phase"))
        more = {name: values.pop(name) for name in ("reason", "replaces_id") if name in values}
        async with self.database.transaction() as tx:
            return await submit(
                tx,
                await self.world.actor(name, tx),
                engagement_id or self.engagement,
                Recommendation(kind, **values),
                **{"reason": "Ready.", **more},
            )

    async def approve(self, name: str, id: Id, **values: Any) -> Id:
        """Approve it as it is now."""
        async with self.database.transaction() as tx:
            version = await tx.value(_VERSION, id=id)
            return await approve(tx, await self.world.actor(name, tx), id, expected_version=version, **values)

    async def deny(self, name: str, id: Id, comments: str = "Not yet.") -> Id:
        """Deny it as it is now."""
        async with self.database.transaction() as tx:
            version = await tx.value(_VERSION, id=id)
            return await deny(tx, await self.world.actor(name, tx), id, expected_version=version, comments=comments)

    async def active(self, client_id: Id | None = None) -> Id:
        """The client's active engagement: Cleo's, where nobody is named."""
        return str(await self.database.value(_ACTIVE, client_id=client_id or self.cleo))

    async def advance(self, campus: Id | None = None) -> Id:
        """Have Cleo enter Choose Help, at this campus; answers the engagement."""
        await self.approve("lena", await self.submit(campus_id=campus))
        self.engagement = await self.active()
        return self.engagement

    async def actor(self, name: str) -> Actor:
        """The person with their rights of this moment."""
        return await self.world.actor(name)
