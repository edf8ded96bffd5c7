"""What the parties do all the while, through the API: with idempotency keys, and again when the answer is lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import httpx

from models.base import Id, new_id
from models.referrals import ReferralStatus
from tests.chaos.cluster import Cluster
from tests.chaos.county import County, Organization, Party
from tests.chaos.follower import NotNowError, ShutOutError, ask
from tests.chaos.promises import RECORDED, Promises

STATUSES = [status.name for status in ReferralStatus if status is not ReferralStatus.NOT_UPDATED]
SELECTIONS = {
    "referralSubmit": "referral { id }",
    "referralSetStatus": "referral { id version }",
    "referralAddNote": "note { id } referral { id }",
    "membershipInvite": "invitation { id }",
    "placementStart": "membership { id }",
    "placementEnd": "membership { id }",
}
INPUTS = {
    "clientWithdrawConsent": "ClientConsentInput",
    "clientGiveConsent": "ClientConsentInput",
    "clientRestore": "ClientDeleteInput",
    "clientAssignNavigator": "ClientNavigatorInput",
    "clientUnassignNavigator": "ClientNavigatorInput",
    "invitationAccept": "InvitationInput",
    "groupShare": "TeamSharingInput",
    "programShare": "TeamSharingInput",
    "userUnban": "UserBanInput",
}
"""Where the type of the input is not named after the mutation."""
PLACEMENT = """
select p.id::text from placements p join memberships m on m.id = p.membership_id
where m.user_id = $1 and p.ended_at is null and m.ended_at is null
"""
MEMBERSHIP = "select id::text from memberships where user_id = $1 and organization_id = $2 and ended_at is null"


class Load:
    """Everybody's doings, at random."""

    def __init__(
        self, cluster: Cluster, county: County, urls: Callable[[], str], http: httpx.AsyncClient, seed: int
    ) -> None:
        self.cluster = cluster
        self.county = county
        self.promises = Promises()
        self.random = random.Random(seed)
        self.stopping = False
        self.shown: Callable[[Party], list[Id]] = lambda _: county.referrals
        """The referrals on a party's dashboard."""
        self.patience = 60.0
        """Seconds after which an answer is given up."""
        self._urls = urls
        self._http = http

    async def run(self, workers: int, pause: float) -> None:
        """Act until `stopping`; what is under way then is brought to its end."""

        async def work() -> None:
            while not self.stopping:
                await self.act()
                await asyncio.sleep(self.random.uniform(0, 2 * pause))

        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(work())

    async def act(self) -> None:
        """One deed; it may be refused, as when somebody does what they may not."""
        organization = self.random.choice(self.county.organizations)
        [deed] = self.random.choices(
            [self.submit, self.set_status, self.note, self.consent, self.rename, self.place, self.unplace, self.share,
             self.navigate, self.delete, self.leave, self.ban, self.end_session],
            [10, 40, 20, 5, 5, 6, 5, 2, 4, 1, 1, 1, 1],
        )  # fmt: skip
        await deed(organization)

    async def do(self, party: Party, mutation: str, record: Id | None = None, **input: Any) -> dict[str, Any] | None:
        """The payload of a mutation, however often it has to be sent; None where it was refused."""
        key = input.setdefault("idempotencyKey", new_id())
        input_type = INPUTS.get(mutation, f"{mutation[0].upper()}{mutation[1:]}Input")
        document = (
            f"mutation ($input: {input_type}!) {{ {mutation}(input: $input) "
            f"{{ {SELECTIONS.get(mutation, '')} userErrors {{ code message field }} }} }}"
        )
        action = RECORDED.get(mutation, "")
        deadline = asyncio.get_running_loop().time() + self.patience
        tries = 0
        while True:
            tries += 1
            sending = ask(self._http, self._urls(), party.token, document, input=input)
            try:
                if self.random.random() < 0.04:
                    # The answer is lost on its way, or the request is.
                    self.promises.lost_answers += 1
                    async with asyncio.timeout(self.random.uniform(0.001, 0.03)):
                        payload = (await sending)[mutation]
                else:
                    payload = (await sending)[mutation]
            except ShutOutError:
                self.promises.refused["shut out"] += 1
                if tries > 1:
                    # An earlier try may have been heard before the party was shut out.
                    self.promises.unanswered[action, party.user_id] += 1
                return None
            except (NotNowError, TimeoutError) as error:
                if asyncio.get_running_loop().time() > deadline:
                    self.promises.unanswered[action, party.user_id] += 1
                    self.promises.given_up.append(f"{mutation} {input}: {error!r}")
                    return None
                await asyncio.sleep(self.random.uniform(0, 0.2))
                continue
            self.promises.repeated += tries > 1
            return self._answered(party, action, key, record, payload)

    def _answered(
        self, party: Party, action: str, key: str, record: Id | None, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        if payload["userErrors"]:
            [error, *_] = payload["userErrors"]
            self.promises.refused[error["code"]] += 1
            if error["field"] == ["idempotencyKey"]:
                self.promises.reused.append(str(error))
            return None
        if payload.get("note"):
            self.promises.notes[key] = payload["note"]["id"]
        if payload.get("referral"):
            record = payload["referral"]["id"]
        if action == "referral.submitted":
            self.promises.referrals[key] = payload["referral"]["id"]
            self.county.referrals.append(payload["referral"]["id"])
        if action and record is not None:
            self.promises.acknowledged[action, party.user_id, record] += 1
        return payload

    def _record(self, organization: Organization) -> tuple[Party, Id | None]:
        """Somebody, and a referral that their dashboard shows; now and then one that it does not."""
        party = self.random.choice(organization.parties)
        shown = self.shown(party) if self.random.random() < 0.9 else self.county.referrals
        return party, self.random.choice(shown[-100:]) if shown else None

    def _worker(self, organization: Organization) -> Party:
        return self.random.choice(organization.of("helper", "clerk", "claimer", "navigator"))

    async def submit(self, organization: Organization) -> None:
        """A helper, a claimer or the seeker refers a client, mostly to another organization."""
        party = self.random.choice(organization.of("helper", "clerk", "seeker", "claimer"))
        program = self.random.choice(self.random.choice(self.county.organizations).programs)
        await self.refer(party, party.client_id or self.random.choice(organization.clients), program)

    async def refer(self, party: Party, client: Id, program: Id) -> Id:
        """A referral, which keeps its idempotency key as its text; empty if it was refused."""
        key = new_id()
        await self.do(
            party, "referralSubmit", clientId=client, programId=program, consent=True, comments=key, idempotencyKey=key
        )
        return self.promises.referrals.get(key, "")

    async def set_status(self, organization: Organization) -> None:
        """Somebody sets a status, perhaps of a referral that they do not see."""
        party, record = self._record(organization)
        if record is not None:
            await self.do(party, "referralSetStatus", record, id=record, status=self.random.choice(STATUSES))

    async def note(self, organization: Organization) -> None:
        """Somebody writes a note, for all or inside their organization."""
        party, record = self._record(organization)
        if record is not None:
            await self.add_note(party, record, shared=self.random.random() < 0.5)

    async def add_note(self, party: Party, record: Id, *, shared: bool) -> None:
        """A note, which has its idempotency key as its text."""
        key = new_id()
        await self.do(party, "referralAddNote", record, referralId=record, body=key, shared=shared, idempotencyKey=key)

    async def consent(self, organization: Organization) -> None:
        """A client's consent is withdrawn, or given again."""
        mutation = self.random.choice(["clientWithdrawConsent", "clientGiveConsent"])
        party = self.random.choice(organization.of("seeker", "clerk"))
        await self.do(party, mutation, id=party.client_id or self.random.choice(organization.clients))

    async def rename(self, organization: Organization) -> None:
        """A client's record is changed."""
        client = self.random.choice(organization.clients)
        [clerk] = organization.of("clerk")
        await self.do(clerk, "clientUpdate", id=client, firstName=f"Client {self.random.randrange(1000)}")

    async def place(self, organization: Organization) -> None:
        """A worker joins a program or a group."""
        party = self._worker(organization)
        place = self.random.choice(
            [*({"programId": program} for program in organization.programs), {"groupId": organization.group}]
        )
        for row in await self.cluster.query(MEMBERSHIP, party.user_id, organization.id):
            await self.do(self._admin(organization), "placementStart", party.user_id, membershipId=row["id"], **place)

    async def unplace(self, organization: Organization) -> None:
        """A worker leaves a program or a group."""
        party = self._worker(organization)
        rows = await self.cluster.query(PLACEMENT, party.user_id)
        if rows:
            id = self.random.choice(rows)["id"]
            await self.do(self._admin(organization), "placementEnd", party.user_id, id=id)

    async def share(self, organization: Organization) -> None:
        """Team sharing is switched on or off."""
        admin, sharing = self._admin(organization), self.random.random() < 0.7
        if self.random.random() < 0.5:
            await self.do(admin, "groupShare", id=organization.group, sharing=sharing)
        else:
            await self.do(admin, "programShare", id=self.random.choice(organization.programs), sharing=sharing)

    async def navigate(self, organization: Organization) -> None:
        """A client gets a navigator or loses one."""
        mutation = self.random.choice(["clientAssignNavigator", "clientUnassignNavigator"])
        client, party = self.random.choice(organization.clients), self._worker(organization)
        await self.do(self._admin(organization), mutation, clientId=client, userId=party.user_id)

    async def delete(self, organization: Organization) -> None:
        """A client's record is deleted, and soon restored."""
        client, admin = self.random.choice(organization.clients), self._admin(organization)
        if await self.do(admin, "clientDelete", id=client) is not None:
            await asyncio.sleep(self.random.uniform(0, 1))
            await self.do(admin, "clientRestore", id=client)

    async def leave(self, organization: Organization) -> None:
        """A worker's membership ends, and soon begins again."""
        party = self.random.choice(organization.of("helper", "claimer", "navigator"))
        if party.shut_out:
            return
        # Nobody administers a person who is no member: they cannot be unbanned meanwhile.
        party.shut_out = True
        try:
            for row in await self.cluster.query(MEMBERSHIP, party.user_id, organization.id):
                await self.do(self._admin(organization), "membershipEnd", party.user_id, id=row["id"])
            await asyncio.sleep(self.random.uniform(0, 1))
            await self.come_back(self._admin(organization), party, organization.id)
        finally:
            party.shut_out = False

    async def come_back(self, admin: Party, party: Party, organization_id: Id) -> None:
        """A former member is invited again, and accepts."""
        invite = {"organizationId": organization_id, "address": f"{party.name}@chaos.test", "roleIds": [party.role]}
        payload = await self.do(admin, "membershipInvite", party.user_id, **invite)
        if payload is not None:
            await self.do(party, "invitationAccept", party.user_id, id=payload["invitation"]["id"])

    async def ban(self, organization: Organization) -> None:
        """A worker is banned, and soon let in again."""
        party = self._worker(organization)
        if party.shut_out:
            return
        party.shut_out = True
        try:
            await self.do(self._admin(organization), "userBan", party.user_id, userId=party.user_id)
            await asyncio.sleep(self.random.uniform(0, 1))
            await self.do(self._admin(organization), "userUnban", party.user_id, userId=party.user_id)
            await self.let_in(party)
        finally:
            party.shut_out = False

    async def end_session(self, organization: Organization) -> None:
        """Somebody signs out, and in again."""
        party = self.random.choice(organization.parties)
        if party.shut_out:
            return
        party.shut_out = True
        try:
            await self.sign_out(party)
            await asyncio.sleep(self.random.uniform(0, 1))
        finally:
            await self.let_in(party)
            party.shut_out = False

    async def sign_out(self, party: Party) -> None:
        """End the party's session."""
        deadline = asyncio.get_running_loop().time() + self.patience
        while asyncio.get_running_loop().time() < deadline:
            try:
                await ask(self._http, self._urls(), party.token, "mutation { logout { userErrors { code } } }")
                return
            except ShutOutError:
                return
            except NotNowError:
                await asyncio.sleep(0.1)

    async def let_in(self, party: Party) -> None:
        """Give the party a new session, once the database is there."""
        while True:
            try:
                return await self.county.sign_in(party)
            except Exception:  # whatever a database that is away makes of it
                await asyncio.sleep(0.2)

    def _admin(self, organization: Organization) -> Party:
        [admin] = organization.of("admin")
        return admin
