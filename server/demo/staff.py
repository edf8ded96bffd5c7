"""Who works in the county: accounts, roles, and places at sites, on programs and in groups."""

from typing import NamedTuple

from models.base import Id
from models.database import Transaction
from models.people import Permission as P
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.demo.county import County
from server.demo.organizations import AGENCY, FOOD_BANK, KEEPERS
from workflows import organizations, people
from workflows.sessions import hash_password

PASSWORD = "demo-password"  # noqa: S105 - it is printed on the screen
ACCOUNTS = {
    "seeker@demo.test": ("Rosa", "Quintero"),
    "helper@demo.test": ("Amara", "Osei"),
    "program@demo.test": ("Tom", "Lindqvist"),
    "admin@demo.test": ("June", "Akana"),
    "cic@demo.test": ("Dana", "Whitfield"),
    "mentor@demo.test": ("Priya", "Raman"),
    "casemanager@demo.test": ("Noor", "Haddad"),
    "leader@demo.test": ("Walt", "Brandvold"),
    "director@demo.test": ("Ines", "Carvalho"),
}
_HELPERS = dict(zip(KEEPERS, (9, 5, 6, 4), strict=True))
_PERMISSIONS = [P.MAKE_REFERRALS, P.VIEW_CLIENTS, P.EDIT_CLIENTS, P.CASE_NUMBERS]


class Hired(NamedTuple):
    """A member of an organization."""

    user_id: Id
    membership_id: Id


class Staffing:
    """Gives the organizations their people."""

    def __init__(self, transaction: Transaction, county: County) -> None:
        self._transaction = transaction
        self._county = county
        self.password_hash = ""
        self.outreach: dict[str, Id] = {}
        """The group, by the name of its organization."""
        self._roles: dict[tuple[Id, str], Id] = {}

    async def run(self) -> Actor:
        """Hire everybody; answer the administrator of the agency and the food bank."""
        self.password_hash = await hash_password(PASSWORD)
        for name, id in self._county.organizations.items():
            for role, permissions in (("Staff", _PERMISSIONS), ("Administrator", list(P))):
                self._roles[id, role] = await people.add_role(
                    self._transaction, organization_id=id, name=role, permissions=permissions
                )
            await self._hire_claimers(name, id)
            await self._hire_helpers(name, id)
        user_id = await self.register("admin@demo.test", *ACCOUNTS["admin@demo.test"])
        for name in (AGENCY, FOOD_BANK):
            await self._join(user_id, self._county.organizations[name], "Administrator")
        return await self.actor(user_id)

    async def register(self, email: str, first_name: str, last_name: str) -> Id:
        """Open an account with the demo's password."""
        return await people.register(
            self._transaction,
            email=email,
            first_name=first_name,
            last_name=last_name,
            password_hash=self.password_hash,
        )

    async def _hire(self, organization_id: Id, email: str = "") -> Hired:
        first, last = ACCOUNTS.get(email) or self._county.new_name()
        user_id = await self.register(email or f"{first}.{last}@demo.test".lower(), first, last)
        return Hired(user_id, await self._join(user_id, organization_id, "Staff"))

    async def _join(self, user_id: Id, organization_id: Id, role: str) -> Id:
        return await people.join(
            self._transaction,
            None,
            user_id=user_id,
            organization_id=organization_id,
            role_ids=[self._roles[organization_id, role]],
        )

    async def _hire_claimers(self, name: str, id: Id) -> None:
        programs = [program for program in self._county.programs if program.organization_id == id]
        team = [await self._hire(id) for _ in range(2 + len(programs) // 5)]
        for program in programs:
            claimers = self._county.random.sample(team, self._county.random.choice((1, 1, 2)))
            if program == self._county.pantry:
                claimers = [await self._hire(id, "program@demo.test"), team[0]]
            for hired in claimers:
                await self._place(hired, program_id=program.id)
            self._county.claimers[program.id] = [await self.actor(hired.user_id) for hired in claimers]

    async def _hire_helpers(self, name: str, id: Id) -> None:
        emails = ["helper@demo.test"] if name == AGENCY else []
        emails += [""] * (_HELPERS.get(name, 0) - len(emails))
        if not emails:
            return
        self.outreach[name] = await organizations.add_group(
            self._transaction, None, organization_id=id, name="Outreach"
        )
        for number, email in enumerate(emails):
            hired = await self._hire(id, email)
            await self._place(hired, site_id=self._county.random.choice(self._county.sites[id]))
            if number % 2 == 0:
                await self._place(hired, group_id=self.outreach[name])
            self._county.helpers[name].append(await self.actor(hired.user_id))

    async def _place(self, hired: Hired, **place: Id) -> None:
        await people.place(self._transaction, None, membership_id=hired.membership_id, **place)

    async def actor(self, user_id: Id) -> Actor:
        """The person with their rights of this moment."""
        actor = await read_actor(self._transaction, user_id)
        assert actor is not None
        return actor
