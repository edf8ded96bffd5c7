"""People who do something at random, by calling workflows; the same seed does the same."""

from __future__ import annotations

from models.clients import ContactPreference
from models.database import Transaction
from models.people import Permission
from policies.actors import Actor
from policies.actors import actor as read_actor
from tests.company import Company
from tests.laws.deeds.clients import Clients
from tests.laws.deeds.progress import Progress
from tests.laws.deeds.referrals import Referrals
from tests.laws.deeds.rights import ROLES, Rights
from tests.mission import Mission
from tests.world import World
from workflows import clients, people
from workflows.refusals import RefusedError

CHANGES = (
    "progress", "progress", "progress", "refer", "refer", "set_status", "set_status", "set_status", "replace", "file",
    "write", "write", "erase", "mend_client", "aim", "mend_goal", "look", "box", "warn", "group", "clear",
    "mend_manager",
)  # fmt: skip
"""What people do to records that everyone goes on seeing."""
CONSENT = ("withdraw", "agree")
SETTINGS = ("share", "record_views")
RECORDS = ("delete", "restore", "ban_client", "unban_client")
"""What takes a client out of everyone's sight, or the record out of the client's own."""
RIGHTS = ("place", "place", "unplace", "join", "leave", "assign", "unassign", "move")
BANS = ("ban", "unban")


class Crowd(Referrals, Clients, Progress, Rights):
    """Everyone in the world, and a few more, whose sight of things overlaps in more ways."""

    @classmethod
    async def gather(cls, world: World, seed: int, deeds: int = 0, *kinds: str) -> Crowd:
        """Bring them together, and let them do so many things."""
        crowd = cls(world, seed)
        crowd.company = await Company.build(world)
        crowd.mission = await Mission.build(world)
        async with world.database.transaction() as tx:
            await crowd._gather(tx)
        for _ in range(deeds):
            await crowd.act(*kinds)
        return crowd

    async def _gather(self, tx: Transaction) -> None:
        world = self.world
        for name, last in [("ruth", "Reed"), ("dora", "Dean"), ("sid", "Sims"), ("tess", "Todd")]:
            world.people[name] = await people.register(
                tx, email=f"{name}@example.test", first_name=name.title(), last_name=last
            )
        # Ruth works for both; Dora may refer, but not open client records; Sid and Tess are clients like Sam.
        desk = await people.add_role(
            tx, organization_id=world.agency, name="Desk", permissions=[Permission.MAKE_REFERRALS]
        )
        workers = {
            organization: (await tx.rows(ROLES, organization_id=organization))[-1]["id"]
            for organization in (world.agency, world.food_bank)
        }
        for name, organization, role in [
            ("ruth", world.agency, workers[world.agency]),
            ("ruth", world.food_bank, workers[world.food_bank]),
            ("dora", world.agency, desk),
        ]:
            world.memberships[f"{name}.{organization}"] = await people.join(
                tx, None, user_id=world.people[name], organization_id=organization, role_ids=[role]
            )
        for name, organization, place in [
            ("ruth", world.agency, {"group_id": world.outreach}),
            ("ruth", world.food_bank, {"program_id": world.kitchen}),
            ("dora", world.agency, {"group_id": world.outreach}),
        ]:
            membership_id = world.memberships[f"{name}.{organization}"]
            await people.place(tx, None, membership_id=membership_id, **place)
        for name, last, home, by in [
            ("sid", "Sims", world.agency, "helen"),
            ("tess", "Todd", world.food_bank, "paul"),
            ("fred", "Frost", world.food_bank, "pam"),
        ]:
            id = await clients.create(
                tx,
                await world.actor(by, tx),
                organization_id=home,
                first_name=name.title(),
                last_name=last,
                contact_preference=self.random.choice(list(ContactPreference)),
            )
            if name in world.people:
                await clients.link_account(tx, id, world.people[name])

    async def actors(self) -> dict[str, Actor]:
        """Everyone who is not banned, with their rights of this moment."""
        found = {name: await read_actor(self.database, id) for name, id in sorted(self.world.people.items())}
        return {name: actor for name, actor in found.items() if actor is not None}

    async def act(self, *kinds: str) -> None:
        """One of these deeds, by somebody who may well be refused."""
        kind = self.random.choice(kinds or (*CHANGES, *CONSENT, *SETTINGS, *RIGHTS))
        try:
            await getattr(self, f"_{kind}")()
        except RefusedError:
            return
        self.done.append(kind)
