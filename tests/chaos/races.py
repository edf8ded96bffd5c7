"""Sight is lost while changes of what is seen are on their way: again and again, in every way to lose it.

Each race begins with a party that sees a referral. The revocation and some changes are sent at the same time; then the
party must hear of the end, once, or have its socket closed; then it gets its sight back and starts again. That nothing
comes after the end, and nothing twice, is for the oracle to say when all races are run.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from models.base import Id
from tests.chaos.county import Organization, Party
from tests.chaos.follower import Follower
from tests.chaos.harness import Run
from tests.chaos.load import MEMBERSHIP, PLACEMENT, STATUSES
from tests.chaos.oracle import Verdict

PATIENCE = 15.0
CHANGES = 3


class Lane:
    """Races in one organization, one after the other: its claimers follow referrals that another one makes."""

    def __init__(self, run: Run, home: Organization, other: Organization, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.late = Verdict()
        """What was not heard in time."""
        self._run = run
        self._load = run.load
        self._home = home
        self._helper, self._mate = other.of("helper")
        self._other = other
        self._client = other.clients[-1]
        self._random = random.Random(seed)
        self._referral: Id = ""

    @property
    def kinds(self) -> list[Callable[[], Awaitable[None]]]:
        """Every way to lose sight."""
        return [
            self.unassigned, self.member_left, self.consent_withdrawn, self.client_deleted,
            self.navigator_unassigned, self.banned, self.session_ended, self.sharing_off,
        ]  # fmt: skip

    async def run(self, rounds: int) -> None:
        """So many rounds of every kind."""
        self._referral = await self._load.refer(self._helper, self._client, self._home.programs[0])
        for _ in range(rounds):
            for race in self.kinds:
                await race()
                self.counts[race.__name__] += 1

    async def unassigned(self) -> None:
        """A claimer is taken off the program."""
        follower = await self._claimer()
        rows = await self._run.cluster.query(PLACEMENT, follower.party.user_id)
        await self._race(*(self._do("placementEnd", follower.party, id=row["id"]) for row in rows))
        await self._gone(follower)

    async def member_left(self) -> None:
        """A claimer's membership ends, and with it the placement."""
        follower = await self._claimer()
        party = follower.party
        [row] = await self._run.cluster.query(MEMBERSHIP, party.user_id, self._home.id)
        await self._race(self._do("membershipEnd", party, id=row["id"]))
        await self._gone(follower)
        [admin] = self._home.of("admin")
        await self._load.come_back(admin, party, self._home.id)

    async def consent_withdrawn(self) -> None:
        """The client no longer agrees, and then agrees again."""
        follower = await self._claimer()
        [clerk] = self._other.of("clerk")
        await self._race(self._load.do(clerk, "clientWithdrawConsent", id=self._client))
        await self._gone(follower)
        await self._load.do(clerk, "clientGiveConsent", id=self._client)
        await self._until(lambda: self._referral in _fold(follower), "the end of a lack of consent", follower)

    async def client_deleted(self) -> None:
        """The client's record is deleted, and then restored; the referral stays."""
        follower = await self._claimer()
        [admin] = self._other.of("admin")
        await self._until(lambda: self._client in _fold(follower), "the client of a referral", follower)
        await self._race(self._load.do(admin, "clientDelete", id=self._client))
        await self._until(lambda: self._client not in _fold(follower), "the end of a client's record", follower)
        await self._load.do(admin, "clientRestore", id=self._client)
        await self._until(lambda: self._client in _fold(follower), "the return of a client's record", follower)

    async def navigator_unassigned(self) -> None:
        """A navigator loses the client."""
        [navigator], [admin] = self._other.of("navigator"), self._other.of("admin")
        follower, who = self._run.follower(navigator), {"clientId": self._client, "userId": navigator.user_id}
        await self._load.do(admin, "clientAssignNavigator", **who)
        await self._until(lambda: self._client in _fold(follower), "a new client", follower)
        await self._race(self._load.do(admin, "clientUnassignNavigator", **who))
        await self._until(lambda: self._client not in _fold(follower), "the end of a client", follower)

    async def banned(self) -> None:
        """A claimer is banned: the socket is closed."""
        follower = await self._claimer()
        party, before = follower.party, follower.ledger.shut_out
        await self._race(self._do("userBan", party, userId=party.user_id))
        await self._until(lambda: follower.ledger.shut_out > before, "a ban", follower)
        heard = len(follower.ledger.epoch.heard)
        await self._do("userUnban", party, userId=party.user_id)
        if len(follower.ledger.epoch.heard) > heard:
            self.late.add("forbidden", f"{party.name} heard something while banned")
        await self._load.let_in(party)

    async def session_ended(self) -> None:
        """A claimer signs out elsewhere: the socket of that session is closed."""
        follower = await self._claimer()
        party, before = follower.party, follower.ledger.shut_out
        await self._race(self._load.sign_out(party))
        await self._until(lambda: follower.ledger.shut_out > before, "the end of a session", follower)
        await self._load.let_in(party)

    async def sharing_off(self) -> None:
        """A team no longer shares what its members refer: what was shared stays, what is new is not."""
        [admin] = self._other.of("admin")
        await self._load.do(admin, "groupShare", id=self._other.group, sharing=True)
        await self._race(
            self._load.do(admin, "groupShare", id=self._other.group, sharing=False), *(self._submit() for _ in range(2))
        )

    async def _submit(self) -> None:
        party = self._random.choice([self._helper, self._mate])
        client, program = self._other.clients[-2], self._home.programs[1]
        await self._load.refer(party, client, program)

    async def _claimer(self) -> Follower:
        """A claimer of the program who sees the referral, placed there if need be."""
        party = self._random.choice(self._home.of("claimer"))
        follower = self._run.follower(party)
        for row in await self._run.cluster.query(MEMBERSHIP, party.user_id, self._home.id):
            await self._do("placementStart", party, membershipId=row["id"], programId=self._home.programs[0])
        await self._until(
            lambda: follower.connected.is_set() and self._referral in _fold(follower), "a new place", follower
        )
        return follower

    async def _race(self, *revocations: Awaitable[object]) -> None:
        async def later(deed: Awaitable[object]) -> None:
            await asyncio.sleep(self._random.uniform(0, 0.03))
            await deed

        await asyncio.gather(*(later(deed) for deed in (*revocations, *(self._change() for _ in range(CHANGES)))))

    async def _change(self) -> None:
        what = self._random.randrange(3)
        if what == 0:
            await self._load.add_note(self._helper, self._referral, shared=True)
        elif what == 1:
            [clerk] = self._other.of("clerk")
            await self._load.do(clerk, "clientUpdate", id=self._client, firstName=f"Client {self._random.random()}")
        else:
            status = self._random.choice(STATUSES)
            await self._load.do(self._helper, "referralSetStatus", self._referral, id=self._referral, status=status)

    async def _do(self, mutation: str, party: Party, **input: object) -> None:
        [admin] = self._home.of("admin")
        await self._load.do(admin, mutation, party.user_id, **input)

    async def _gone(self, follower: Follower) -> None:
        await self._until(lambda: self._referral not in _fold(follower), "the end of a referral", follower)

    async def _until(self, holds: Callable[[], bool], what: str, follower: Follower) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                self.late.add("missing", f"{follower.party.name} did not hear of {what}")
                return
            await asyncio.sleep(0.005)


def _fold(follower: Follower) -> dict[Id, tuple[int, str]]:
    return follower.ledger.epoch.fold


async def race(run: Run, rounds: int) -> tuple[Counter[str], Verdict]:
    """So many rounds in every organization at once: how many races of each kind, and the verdict."""
    homes = run.county.organizations
    lanes = [
        Lane(run, home, homes[(number + 1) % len(homes)], run.plan.seed + number) for number, home in enumerate(homes)
    ]
    await asyncio.gather(*(lane.run(rounds) for lane in lanes))
    verdict = await run.judge([])
    for lane in lanes:
        for kind, examples in lane.late.examples.items():
            for text in examples:
                verdict.add(kind, text)
    return sum((lane.counts for lane in lanes), Counter()), verdict
