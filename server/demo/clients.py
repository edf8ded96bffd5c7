"""What happens to a client, from the opening of their record: stories, told by workflows alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count, islice
from typing import NamedTuple

from models.base import Id
from models.clients import ContactPreference, RecordStatus
from models.database import Transaction
from models.goals import GoalStatus
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.demo import texts
from server.demo.county import County
from server.demo.directory import phone
from server.demo.organizations import AGENCY
from server.demo.places import TOWNS
from server.demo.referrals import Case, Referrals
from server.demo.staff import Staffing
from server.demo.timeline import Story, Timeline
from workflows import clients, goals, navigators, records

_PREFERENCES = {
    ContactPreference.EMAIL: 6,
    ContactPreference.PHONE: 6,
    ContactPreference.TEXT: 7,
    ContactPreference.NONE: 1,
}


class Referred(NamedTuple):
    """When the client is to be referred, and for which need."""

    at: datetime
    need: str


class Clients:
    """Opens records and lives their clients' lives."""

    def __init__(
        self, transaction: Transaction, county: County, timeline: Timeline, staffing: Staffing, referrals: Referrals
    ) -> None:
        self._transaction = transaction
        self._county = county
        self._random = county.random
        self._timeline = timeline
        self._staffing = staffing
        self._referrals = referrals
        self._numbers = count(1001)
        self.types: list[Id] = []
        """Those of the agency."""

    async def story(self, keeper: str, helper: Actor, referred: Sequence[Referred]) -> Story:
        """A client comes to the organization, gets a record, an account perhaps, and is referred again and again."""
        first, last = self._county.new_name()
        email = f"{first}.{last}@demo.test".lower()
        preference = self._random.choices(list(_PREFERENCES), list(_PREFERENCES.values()))[0]
        case = await self.open(keeper, helper, first, last, email, preference)
        yield timedelta(minutes=10)
        await self.set_goals(case, (one.need for one in referred))
        if self._random.random() < 0.06:
            yield timedelta(days=2)
            await self.give_account(case, email, first, last)
        for one in referred:
            maker = helper
            if self._random.random() < 0.2:
                maker = case.seeker or self._random.choice(self._county.helpers[keeper])
            story = self._referrals.story(
                case,
                maker,
                self._referrals.some_program(one.need),
                self._referrals.some_ending(),
                live=self._random.random() > 0.04,
            )
            self._timeline.begin(one.at, story)
        yield timedelta(days=self._random.uniform(20, 90))
        match self._random.randrange(15):
            case 12:
                await records.set_status(self._transaction, helper, case.id, RecordStatus.INACTIVE)
            case 13:
                await records.set_status(self._transaction, helper, case.id, RecordStatus.CLOSED)
            case 14:
                await records.add_warning(self._transaction, helper, case.id, self._random.choice(texts.WARNINGS))
            case 0:
                await clients.withdraw_consent(self._transaction, helper, case.id)
            case 1:
                await clients.update(self._transaction, helper, case.id, {"phone": phone(self._random)})
            case 2 | 3 | 4 if case.goals:
                goal = self._random.choice(list(case.goals.values()))
                await goals.update(self._transaction, helper, goal, status=self._random.choice([*GoalStatus][1:]))

    async def open(
        self, keeper: str, helper: Actor, first: str, last: str, email: str, preference: ContactPreference
    ) -> Case:
        """Open the record, with the client's consent and the helper as their navigator."""
        town = self._random.choices(TOWNS, [town.weight for town in TOWNS])[0]
        id = await clients.create(
            self._transaction,
            helper,
            organization_id=self._county.organizations[keeper],
            first_name=first,
            last_name=last,
            email=email,
            phone=phone(self._random),
            postal_code=self._random.choice(list(town.codes)),
            contact_preference=preference,
        )
        await clients.give_consent(self._transaction, helper, id)
        assert helper.id is not None
        await navigators.assign(self._transaction, helper, client_id=id, user_id=helper.id)
        await records.set_case_number(self._transaction, helper, id, f"{keeper[0]}-{next(self._numbers)}")
        if keeper == AGENCY and self.types:
            await records.set_type(self._transaction, helper, id, self._random.choice(self.types))
        return Case(id, helper)

    async def set_goals(self, case: Case, needs: Iterable[str]) -> None:
        """Give the client a goal for each of their first needs."""
        for need in islice(dict.fromkeys(needs), 3):
            case.goals[need] = await goals.add(
                self._transaction, case.helper, client_id=case.id, title=texts.GOALS[need]
            )

    async def give_account(self, case: Case, email: str, first: str, last: str) -> None:
        """Open the client's own account."""
        user_id = await self._staffing.register(email, first, last)
        await clients.link_account(self._transaction, case.id, user_id)
        case.seeker = await read_actor(self._transaction, user_id)
