"""A county with many parties, whose sight of things overlaps in many ways; built by calling workflows."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.base import Id
from models.database import Database, Transaction
from models.organizations import OrganizationKind
from models.people import Permission as P
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.auth import Tokens
from tests.journeys.server import SECRET
from workflows import clients, organizations, people, sessions

LIFETIME = 24 * 3600


@dataclass(eq=False)
class Party:
    """Somebody who works in the county, or is a client of it."""

    name: str
    user_id: Id
    organization: Organization
    kind: str
    role: Id = ""
    """What they are in their organization."""
    token: str = ""
    session_id: Id = ""
    rights: Actor = field(default_factory=lambda: Actor(None))
    """What they might do when the county was built."""
    client_id: Id | None = None
    shut_out: bool = False
    """Whether the load has banned them, or ended their session, and not yet let them in again."""


@dataclass(eq=False)
class Organization:
    """An agency: it keeps clients, makes referrals, and has programs that receive them."""

    id: Id
    group: Id
    programs: list[Id]
    clients: list[Id] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Party]:
        """Its parties of these kinds."""
        return [party for party in self.parties if party.kind in kinds]


class County:
    """All organizations and parties."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.organizations: list[Organization] = []
        self.parties: list[Party] = []
        self.referrals: list[Id] = []
        self._tokens = Tokens(SECRET, LIFETIME, database)

    @classmethod
    async def build(cls, database: Database, organizations: int, claimers: int) -> County:
        """Build it with so many organizations, each with so many claimers and seven other parties."""
        county = cls(database)
        for number in range(organizations):
            async with database.transaction() as tx:
                await county._organization(tx, number, claimers)
        for organization in county.organizations:
            async with database.transaction() as tx:
                await county._placements(tx, organization)
        for party in county.parties:
            await county.sign_in(party)
            rights = await read_actor(database, party.user_id)
            assert rights is not None
            party.rights = rights
        return county

    async def sign_in(self, party: Party) -> None:
        """Give the party a session and a token."""
        async with self.database.transaction() as tx:
            signed_in = await sessions.open_session(tx, party.user_id)
        party.session_id = signed_in.session_id
        party.token, _ = self._tokens.issue(signed_in)

    async def _organization(self, tx: Transaction, number: int, claimers: int) -> None:
        name = f"Agency {number}"
        id = await organizations.create(tx, name=name, kind=OrganizationKind.AGENCY)
        programs = [await organizations.add_program(tx, organization_id=id, name=f"{name} {p}") for p in "AB"]
        group = await organizations.add_group(tx, None, organization_id=id, name="Outreach")
        roles = {
            role: await people.add_role(tx, organization_id=id, name=role, permissions=permissions)
            for role, permissions in {
                "Worker": [P.MAKE_REFERRALS, P.EDIT_CLIENTS],
                "Clerk": [P.MAKE_REFERRALS, P.VIEW_CLIENTS, P.EDIT_CLIENTS],
                "Administrator": list(P),
            }.items()
        }
        organization = Organization(id, group, programs)
        self.organizations.append(organization)
        for kind, role, count in [
            ("admin", "Administrator", 1),
            ("clerk", "Clerk", 1),
            ("helper", "Clerk", 2),
            ("claimer", "Worker", claimers),
            ("navigator", "Worker", 1),
        ]:
            for person in range(count):
                party = await self._person(tx, f"{kind}{person}.{number}", organization, kind)
                party.role = roles[role]
                await people.join(tx, None, user_id=party.user_id, organization_id=id, role_ids=[roles[role]])
        admin = await read_actor(tx, organization.of("admin")[0].user_id)
        assert admin is not None
        for person in range(4):
            client_id = await clients.create(
                tx, admin, organization_id=id, first_name=f"Client {person}", last_name=f"Of {number}"
            )
            await clients.give_consent(tx, admin, client_id)
            organization.clients.append(client_id)
            if person < 2:
                seeker = await self._person(tx, f"seeker{person}.{number}", organization, "seeker")
                seeker.client_id = client_id
                await clients.link_account(tx, client_id, seeker.user_id)

    async def _person(self, tx: Transaction, name: str, organization: Organization, kind: str) -> Party:
        user_id = await people.register(tx, email=f"{name}@chaos.test", first_name=kind.title(), last_name=name)
        party = Party(name, user_id, organization, kind)
        organization.parties.append(party)
        self.parties.append(party)
        return party

    async def _placements(self, tx: Transaction, organization: Organization) -> None:
        memberships = {
            row["user_id"]: row["id"]
            for row in await tx.connection.fetch(
                "select id, user_id from memberships where organization_id = $1", organization.id
            )
        }
        places = [
            *(({"group_id": organization.group}, party) for party in organization.of("helper", "clerk")),
            *(
                ({"program_id": organization.programs[number % 2]}, party)
                for number, party in enumerate(organization.of("claimer", "admin"))
            ),
        ]
        for place, party in places:
            await people.place(tx, None, membership_id=memberships[party.user_id], **place)
