"""Rights that are known are as good as rights that are read: a change counts from its commit on."""

import pytest

from models.base import Id
from subscriptions.sights import Sight, Sights
from tests.graph import Watched
from tests.world import World
from workflows import notes, people


class Eyes:
    """What Paul sees of a referral, and whether his rights had to be read for it."""

    def __init__(self, world: World, referral_id: Id) -> None:
        self._database = Watched(world.database)
        self._sights = Sights(self._database)
        self.known = self._sights.known
        self.referral_id, self._paul = referral_id, world.people["paul"]

    async def see(self) -> tuple[bool, bool]:
        """Whether he sees it, and whether his rights were known."""
        self._database.statements.clear()
        sight = await self._sights.decide("referral", self.referral_id, self._paul)
        known = not any("rights.permissions" in sql for sql in self._database.statements)
        return isinstance(sight, Sight) and sight.visible, known


@pytest.fixture
async def eyes(world: World) -> Eyes:
    """Paul's; his rights are known."""
    eyes = Eyes(world, await world.refer())
    await number(world)
    [log] = await world.database.pool.fetch("select epoch, head from log")
    eyes.known.restart(log["epoch"], log["head"])
    assert await eyes.see() == (True, False)
    assert await eyes.see() == (True, True)
    return eyes


async def number(world: World) -> None:
    await world.database.pool.execute("select number_events()")


async def tell(world: World, eyes: Eyes) -> None:
    """What the tail does."""
    await number(world)
    told = "select * from events where position > $1 order by position"
    eyes.known.tell(await world.database.pool.fetch(told, eyes.known.told))


async def unplace(world: World) -> None:
    async with world.database.transaction() as tx:
        await people.unplace(tx, await world.actor("pam", tx), world.placements["paul.program"])


@pytest.mark.rule("XX2")
async def test_a_right_that_is_lost_counts_before_its_event_has_a_position(world: World, eyes: Eyes) -> None:
    await unplace(world)
    assert await eyes.see() == (False, False)
    assert await eyes.see() == (False, False)
    await tell(world, eyes)
    assert await eyes.see() == (False, False)
    assert await eyes.see() == (False, True)


@pytest.mark.rule("XX2")
async def test_a_right_that_is_lost_counts_before_the_tail_has_told_of_it(world: World, eyes: Eyes) -> None:
    await unplace(world)
    await number(world)
    assert await eyes.see() == (False, False)


@pytest.mark.rule("XX2")
async def test_a_right_that_is_lost_counts_when_the_tail_has_told_of_it(world: World, eyes: Eyes) -> None:
    await unplace(world)
    await tell(world, eyes)
    assert await eyes.see() == (False, False)


async def test_rights_that_were_read_before_a_change_are_not_kept_after_it(world: World, eyes: Eyes) -> None:
    former, head = await world.actor("paul"), eyes.known.told
    await unplace(world)
    await tell(world, eyes)
    assert eyes.known.epoch is not None
    eyes.known.keep(former, eyes.known.epoch, head)
    assert await eyes.see() == (False, False)


async def test_a_right_that_is_lost_after_other_events_counts(world: World, eyes: Eyes) -> None:
    await world.refer()
    await number(world)
    assert await eyes.see() == (True, True)
    await unplace(world)
    await world.refer()
    await number(world)
    assert await eyes.see() == (False, False)


async def test_a_right_that_is_gained_counts(world: World, eyes: Eyes) -> None:
    await unplace(world)
    assert await eyes.see() == (False, False)
    async with world.database.transaction() as tx:
        await people.place(tx, None, membership_id=world.memberships["paul"], program_id=world.pantry)
    assert await eyes.see() == (True, False)


async def test_whoever_is_banned_sees_nothing(world: World, eyes: Eyes) -> None:
    async with world.database.transaction() as tx:
        await people.ban(tx, None, world.people["paul"])
    assert await eyes.see() == (False, False)
    assert await eyes.see() == (False, False)


async def test_what_is_lost_of_others_does_not_matter(world: World, eyes: Eyes) -> None:
    async with world.database.transaction() as tx:
        await people.ban(tx, None, world.people["hugo"])
    assert await eyes.see() == (True, True)


async def test_an_insider_is_decided_about_alone(world: World, eyes: Eyes) -> None:
    async with world.database.transaction() as tx:
        paul = await world.actor("paul", tx)
        await notes.add(tx, paul, referral_id=eyes.referral_id, body="Called.")
    assert await eyes.see() == (True, False)


async def test_another_log_says_nothing_about_what_was_known(world: World, eyes: Eyes) -> None:
    await world.database.pool.execute("update placements set ended_at = now()")
    await world.database.pool.execute("update log set epoch = gen_random_uuid()")
    assert await eyes.see() == (False, False)


async def test_a_log_that_is_shorter_says_nothing_about_what_was_known(world: World, eyes: Eyes) -> None:
    await world.database.pool.execute("update placements set ended_at = now()")
    await world.database.pool.execute("update log set head = 0")
    assert await eyes.see() == (False, False)
