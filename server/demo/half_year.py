"""The half year before today: who comes when, and what the demo's own four accounts have to do with each other."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from jobs.runner import JOBS
from models.clients import ContactPreference
from models.database import Transaction
from models.referrals import ReferralStatus as S
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.demo.clients import Clients, Referred
from server.demo.county import County
from server.demo.mentoring import Mentoring
from server.demo.mission import Mission
from server.demo.organizations import AGENCY, FOOD_BANK, KEEPERS
from server.demo.partners import open_company
from server.demo.referrals import Case, Referrals
from server.demo.services import OFFERS
from server.demo.staff import ACCOUNTS, Staffing
from server.demo.timeline import Story, Timeline, move_to
from workflows import client_types, notifications, organizations

SPAN = timedelta(days=180)
_KEEPERS = dict(zip(KEEPERS, (7, 2, 3, 2), strict=True))
_NEEDS = dict.fromkeys(OFFERS, 1) | {"Food": 6, "Housing": 5, "Health": 3, "Utilities": 2, "Work": 2, "Money": 2}
_SEEKER = "seeker@demo.test"
_AT_THE_PANTRY = {
    170: S.GOT_HELP, 158: S.GOT_HELP, 141: S.COULDNT_CONTACT, 127: S.GOT_HELP, 112: S.NO_CAPACITY,
    99: S.REFERRED_ELSEWHERE, 86: S.GOT_HELP, 72: S.NOT_ELIGIBLE, 60: S.COULDNT_GET_HELP, 47: S.NO_LONGER_INTERESTED,
    34: S.GOT_HELP, 22: S.ELIGIBLE, 15: S.NEEDS_CLIENT_ACTION, 9: S.PENDING, 2: S.NOT_UPDATED,
}  # fmt: skip
"""What the helper asked of the pantry for the seeker, how many days ago, and what came of it."""
_SELF_REFERRED = {131: "Health", 90: "Work", 51: "Legal", 26: "Transport", 6: "Money"}
_ELSEWHERE = {166: "Housing", 120: "Utilities", 77: "Work", 40: "Housing", 12: "Health"}


class HalfYear:
    """Has it happen, in a transaction that somebody else commits."""

    def __init__(
        self, transaction: Transaction, county: County, end: datetime, progress: Callable[[float], None]
    ) -> None:
        self._transaction = transaction
        self._county = county
        self._random = county.random
        self._start, self._end = end - SPAN, end
        self._timeline = Timeline(lambda at: progress((at - self._start) / SPAN))
        self._staffing = Staffing(transaction, county)
        self._referrals = Referrals(transaction, county, self._timeline)
        self._mentoring = Mentoring(transaction, county, self._timeline, self._staffing)
        self._clients = Clients(transaction, county, self._timeline, self._staffing, self._referrals)
        self._mission = Mission(transaction, county, self._timeline, self._staffing)

    async def run(self, referrals: int) -> None:
        """People are hired; clients come, and are referred so many times."""
        administrator = await self._staffing.run()
        await self._mentoring.run(self._end)
        await self._mission.open()
        self._mission.begin(self._end)
        self._timeline.begin(self._start + timedelta(days=75), self._settings(administrator))
        await self._define(administrator)
        helper = self._county.helpers[AGENCY][0]
        await open_company(self._transaction, self._county, administrator, helper, self._staffing.password_hash)
        seeker = await self._clients.open(AGENCY, helper, *ACCOUNTS[_SEEKER], _SEEKER, ContactPreference.EMAIL)
        await self._clients.give_account(seeker, _SEEKER, *ACCOUNTS[_SEEKER])
        await self._clients.set_goals(seeker, ("Food", "Housing", "Work"))
        self._begin_seeker(seeker)
        for referred in self._dates(referrals - len(_AT_THE_PANTRY | _SELF_REFERRED | _ELSEWHERE)):
            keeper = self._random.choices(list(_KEEPERS), list(_KEEPERS.values()))[0]
            helpers = self._county.helpers[keeper]
            helper = self._random.choices(helpers, [3, *(1 for _ in helpers[1:])])[0]
            self._timeline.begin(referred[0].at - timedelta(hours=2), self._clients.story(keeper, helper, referred))
        await self._timeline.run(self._end - timedelta(hours=1))
        await self._this_morning(seeker)

    async def _define(self, administrator: Actor) -> None:
        """The agency has a portal, and types for its clients."""
        agency = self._county.organizations[AGENCY]
        await organizations.set_portal(self._transaction, administrator, agency, True)
        for name in ("Individual", "Family", "Veteran"):
            self._clients.types.append(
                await client_types.add(self._transaction, administrator, organization_id=agency, name=name)
            )

    def _begin_seeker(self, seeker: Case) -> None:
        assert seeker.seeker is not None
        for days, ending in _AT_THE_PANTRY.items():
            self._begin(days, self._referrals.story(seeker, seeker.helper, self._county.pantry, ending))
        for maker, needs in ((seeker.seeker, _SELF_REFERRED), (seeker.helper, _ELSEWHERE)):
            for days, need in needs.items():
                program = self._referrals.some_program(need)
                self._begin(days, self._referrals.story(seeker, maker, program, self._referrals.some_ending()))

    def _begin(self, days_ago: int, story: Story) -> None:
        self._timeline.begin(self._end - timedelta(days=days_ago), story)

    async def _settings(self, administrator: Actor) -> Story:
        """The agency's outreach team begins to share what it refers, and the food bank to record who looks."""
        tx = self._transaction
        await organizations.share_group(tx, administrator, self._staffing.outreach[AGENCY], True)
        yield timedelta(days=20)
        await organizations.record_views(tx, administrator, self._county.organizations[FOOD_BANK], True)

    def _dates(self, referrals: int) -> list[list[Referred]]:
        """When each client is referred for which need; the first date is that of the client's coming."""
        comings = [self._random.random() ** 0.8 for _ in range(max(1, referrals // 7))]
        dates: list[list[Referred]] = [[] for _ in comings]
        for number in (*range(len(comings)), *self._random.choices(range(len(comings)), k=referrals - len(comings))):
            share = comings[number] if not dates[number] else self._random.uniform(comings[number], 1)
            [need] = self._random.choices(list(_NEEDS), list(_NEEDS.values()))
            dates[number].append(Referred(self._start + SPAN * share, need))
        return dates

    async def _this_morning(self, seeker: Case) -> None:
        """What nobody has looked at yet. The e-mails of these, and of no older ones, go out once the server runs.

        Of what came before, nobody has notifications left.
        """
        assert seeker.seeker is not None
        move_to(self._end - timedelta(minutes=60))
        for helper in (helper for team in self._county.helpers.values() for helper in team):
            present = None if helper.id is None else await read_actor(self._transaction, helper.id)
            if present is not None:
                await notifications.clear_all(self._transaction, present)
        await Queries(AsyncpgDriver(self._transaction.connection)).clear_queue(list(JOBS))
        move_to(self._end - timedelta(minutes=55))
        await self._mission.this_morning()
        for minutes, maker in ((50, seeker.helper), (15, seeker.seeker)):
            move_to(self._end - timedelta(minutes=minutes))
            await self._referrals.make(seeker, maker, self._county.pantry)
