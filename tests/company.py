"""Partner companies of the world's Harbor Agency, built by calling workflows; Ada looks after them.

- Bright Insurance has the units "North", where Wren and Wade are case managers, and "South", where Willa is.
- Calm Care has the unit "West", where Wyn is.
- All four have logins, and the position "Lead". Bert is Bright Insurance's client.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from models.base import Id
from models.database import Transaction
from tests.world import World
from workflows import clients
from workflows.partners import case_managers, companies, login


@dataclass
class Company:
    """The ids of everyone and everything, by name; those of the logins are in the world's people."""

    bright: Id = ""
    calm: Id = ""
    units: dict[str, Id] = field(default_factory=dict)
    managers: dict[str, Id] = field(default_factory=dict)
    lead: Id = ""
    bert: Id = ""

    @classmethod
    async def build(cls, world: World) -> Company:
        """Build it."""
        company = cls()
        async with world.database.transaction() as tx:
            await company._build(tx, world)
        return company

    async def _build(self, tx: Transaction, world: World) -> None:
        ada = await world.actor("ada", tx)
        self.bright = await companies.create(tx, ada, organization_id=world.agency, name="Bright Insurance")
        self.calm = await companies.create(tx, ada, organization_id=world.agency, name="Calm Care")
        self.lead = await companies.add_position(tx, ada, organization_id=world.agency, name="Lead")
        for name, company in (("North", self.bright), ("South", self.bright), ("West", self.calm)):
            self.units[name] = await companies.add_unit(tx, ada, company_id=company, name=name)
        for name, last, unit in (
            ("wren", "Cole", "North"), ("wade", "Cane", "North"), ("willa", "Cobb", "South"), ("wyn", "Crane", "West"),
        ):  # fmt: skip
            id = await case_managers.create(
                tx,
                ada,
                company_id=self.calm if unit == "West" else self.bright,
                business_unit_id=self.units[unit],
                first_name=name.title(),
                last_name=last,
                email=f"{name}@example.test",
                mobile="+61 400 000 000",
                position_id=self.lead,
            )
            await login.enable(tx, ada, id)
            self.managers[name] = id
            query = "select user_id from case_managers where id = $1"
            world.people[name] = await tx.connection.fetchval(query, id)
        self.bert = await clients.create(
            tx, await world.actor("wren", tx), organization_id=self.bright, first_name="Bert", last_name="Bell"
        )
