"""Links in e-mails: to whom they are issued, what they show, and that they set a status once."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from models.base import Id
from models.clients import Client, ContactPreference
from models.database import Database, Statement
from models.referrals import ReferralStatus as S
from policies import clients as client_policy
from policies.actors import ONE, UUID
from tests.world import World
from workflows import clients, clock, links, people
from workflows.refusals import Refusal, RefusedError

pytestmark = pytest.mark.anyio


async def issue(database: Database, referral_id: Id) -> list[Id]:
    async with database.transaction() as tx:
        return await links.issue(tx, referral_id)


async def told(world: World, referral_id: Id) -> set[str]:
    """Who got a link, by name."""
    rows = await world.database.pool.fetch("select user_id from status_links where referral_id = $1", referral_id)
    names = {id: name for name, id in world.people.items()}
    return {names[row["user_id"]] for row in rows}


async def link_of(world: World, name: str, **referral: Any) -> Id:
    """A person's link for a new referral."""
    referral_id = await world.refer(**referral)
    await issue(world.database, referral_id)
    query = "select id from status_links where referral_id = $1 and user_id = $2"
    id: Id = await world.database.pool.fetchval(query, referral_id, world.people[name])
    return id


async def use(database: Database, link_id: Id, status: S = S.PENDING, **given: Any) -> None:
    async with database.transaction() as tx:
        await links.use(tx, link_id, status, **given)


async def refusal(database: Database, link_id: Id, status: S = S.PENDING, **given: Any) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        await use(database, link_id, status, **given)
    return refused.value


async def prefer(world: World, client_id: Id, preference: ContactPreference) -> None:
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        await clients.update(tx, helen, client_id, {"contact_preference": preference})


async def lose_consent(world: World) -> None:
    async with world.database.transaction() as tx:
        await clients.withdraw_consent(tx, await world.actor("sam", tx), world.sam)


async def lose_membership(world: World) -> None:
    async with world.database.transaction() as tx:
        await people.leave(tx, await world.actor("pam", tx), world.memberships["paul"])


async def lose_placement(world: World) -> None:
    async with world.database.transaction() as tx:
        await people.unplace(tx, await world.actor("pam", tx), world.placements["paul.program"])


async def be_banned(world: World) -> None:
    async with world.database.transaction() as tx:
        await people.ban(tx, None, world.people["paul"])


async def lose_the_client(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.update(Client, world.sam, deleted_at=clock.now())


LOSSES = [lose_consent, lose_membership, lose_placement, be_banned, lose_the_client]


@pytest.mark.rule("FH19", "FH20")
async def test_claimers_and_the_client_are_told(database: Database, world: World) -> None:
    referral = await world.refer()
    assert len(await issue(database, referral)) == 3
    assert await told(world, referral) == {"paul", "petra", "sam"}


@pytest.mark.rule("FH19")
async def test_a_client_without_an_account_has_no_link(database: Database, world: World) -> None:
    referral = await world.refer(client_id=world.nora)
    await issue(database, referral)
    assert await told(world, referral) == {"paul", "petra"}


@pytest.mark.rule("FH20")
@pytest.mark.parametrize("preference", [ContactPreference.TEXT, ContactPreference.PHONE])
async def test_a_client_who_wants_no_email_gets_none(
    database: Database, world: World, preference: ContactPreference
) -> None:
    await prefer(world, world.sam, preference)
    referral = await world.refer()
    await issue(database, referral)
    assert await told(world, referral) == {"paul", "petra"}


@pytest.mark.rule("FH20")
async def test_nobody_is_told_of_a_client_who_wants_no_contact(database: Database, world: World) -> None:
    before, after = await world.refer(), await world.refer(program_id=world.kitchen)
    await issue(database, before)
    [link] = await database.pool.fetch("select id from status_links where user_id = $1", world.people["paul"])
    await prefer(world, world.sam, ContactPreference.NONE)
    assert await issue(database, after) == []
    assert await links.letter(database, link["id"]) is None, "not even by a letter that is written already"


@pytest.mark.rule("FH20")
async def test_with_no_contact_a_program_sees_the_name_only(database: Database, world: World) -> None:
    await world.refer()
    paul = await world.actor("paul")
    of_sam = Client.id == bindparam("id", type_=UUID)
    name = Statement(select(Client.id).where(of_sam, client_policy.visible(ONE)))
    details = Statement(select(Client.id).where(of_sam, client_policy.details_visible(ONE)))
    assert await database.value(details, id=world.sam, **paul.parameters())
    await prefer(world, world.sam, ContactPreference.NONE)
    assert await database.value(name, id=world.sam, **paul.parameters())
    assert not await database.value(details, id=world.sam, **paul.parameters())


@pytest.mark.rule("FH21")
async def test_nobody_is_told_of_a_logged_referral(database: Database, world: World) -> None:
    assert await issue(database, await world.refer(live=False)) == []


@pytest.mark.rule("FH19", "FH21")
@pytest.mark.parametrize("loss", LOSSES)
async def test_who_no_longer_sees_it_is_not_told(database: Database, world: World, loss: Any) -> None:
    issued, unissued = await world.refer(), await world.refer(client_id=world.sam)
    await issue(database, issued)
    query = "select id from status_links where user_id = $1"
    link = await database.pool.fetchval(query, world.people["paul"])
    assert await links.letter(database, link) is not None
    await loss(world)
    await issue(database, unissued)
    assert "paul" not in await told(world, unissued)
    assert await links.letter(database, link) is None


@pytest.mark.rule("FH19")
async def test_nobody_gets_a_second_link(database: Database, world: World) -> None:
    referral = await world.refer()
    both = await asyncio.gather(issue(database, referral), issue(database, referral))
    assert sum(len(issued) for issued in both) == 3
    assert await issue(database, referral) == []
    query = "select count(*) from pgqueuer where entrypoint = 'status_link_mail'"
    assert await database.pool.fetchval(query) == 3


@pytest.mark.rule("FH19")
async def test_a_letter_names_no_more_than_needed(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    letter = await links.letter(database, link)
    assert letter is not None
    assert (letter.address, letter.client_name, letter.program_name) == ("paul@example.test", "Sam S.", "Pantry")
    assert timedelta(days=13, hours=23) < letter.expires_at - clock.now() <= links.LIFETIME


@pytest.mark.rule("FH19")
async def test_a_letter_is_written_until_it_is_mailed_used_or_expired(database: Database, world: World) -> None:
    mailed, used, expired = [await link_of(world, "paul") for _ in range(3)]
    async with database.transaction() as tx:
        await links.mark_mailed(tx, mailed)
    assert await links.letter(database, mailed) is None
    await use(database, used)
    assert await links.letter(database, used) is None
    assert await links.letter(database, expired) is not None
    clock.move(links.LIFETIME)
    assert await links.letter(database, expired) is None


@pytest.mark.rule("FH19")
async def test_a_link_shows_the_status_and_changes_nothing(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    before = await state(database)
    opened = await links.find(database, link)
    assert opened is not None
    assert (opened.client_name, opened.program_name, opened.status) == ("Sam S.", "Pantry", S.NOT_UPDATED)
    assert not opened.used
    assert not opened.expired
    assert set(opened.open_statuses) == set(S) - {S.NOT_UPDATED}
    assert await state(database) == before


@pytest.mark.rule("FH19")
async def test_a_link_sets_the_status_as_its_person(database: Database, world: World) -> None:
    link = await link_of(world, "petra")
    await use(database, link, S.GOT_HELP, expected_version=1)
    [row] = await database.pool.fetch("select status, version from referrals")
    assert tuple(row) == ("got_help", 2)
    actor = await database.pool.fetchval("select actor_id from events where action = 'referral.status_set'")
    assert actor == world.people["petra"]
    opened = await links.find(database, link)
    assert opened is not None
    assert (opened.status, opened.used) == (S.GOT_HELP, True)


@pytest.mark.rule("FH19")
async def test_the_second_use_is_refused(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    await use(database, link)
    refused = await refusal(database, link, S.GOT_HELP)
    assert refused.code is Refusal.CONFLICT
    assert refused.current == await database.pool.fetchval("select id from referrals where status = 'pending'")


@pytest.mark.rule("FH19")
async def test_of_two_uses_at_once_one_wins(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    statuses = (S.PENDING, S.GOT_HELP, S.NO_CAPACITY, S.ELIGIBLE)
    outcomes = await at_once(database, [use(database, link, status) for status in statuses])
    refusals = [outcome for outcome in outcomes if isinstance(outcome, RefusedError)]
    assert [refused.code for refused in refusals] == [Refusal.CONFLICT] * 3
    assert await database.pool.fetchval("select count(*) from events where action = 'referral.status_set'") == 1


@pytest.mark.rule("FH19")
async def test_an_expired_link_sets_nothing(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    clock.move(links.LIFETIME)
    opened = await links.find(database, link)
    assert opened is not None
    assert opened.expired
    assert (await refusal(database, link)).code is Refusal.FORBIDDEN
    assert await database.pool.fetchval("select status from referrals") == "not_updated"


@pytest.mark.rule("FH19")
@pytest.mark.parametrize("loss", LOSSES)
async def test_a_link_is_gone_when_its_person_no_longer_sees_the_referral(
    database: Database, world: World, loss: Any
) -> None:
    unused, used = await link_of(world, "paul"), await link_of(world, "paul")
    await use(database, used)
    await loss(world)
    for link in (unused, used):
        assert await links.find(database, link) is None
        assert (await refusal(database, link)).code is Refusal.NOT_FOUND


@pytest.mark.rule("FH19")
@pytest.mark.parametrize("link", ["", "nonsense", "\x00" * 36, "0197a3f0-0000-7000-8000-000000000000"])
async def test_what_is_no_link_is_not_found(database: Database, world: World, link: str) -> None:
    assert await links.find(database, link) is None
    assert (await refusal(database, link)).code is Refusal.NOT_FOUND


@pytest.mark.rule("FH19", "XX7")
async def test_a_refused_status_does_not_use_the_link_up(database: Database, world: World) -> None:
    link = await link_of(world, "paul")
    assert (await refusal(database, link, S.NOT_UPDATED)).code is Refusal.INVALID
    assert (await refusal(database, link, expected_version=7)).code is Refusal.CONFLICT
    await use(database, link, expected_version=1)


async def at_once(database: Database, uses: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """What becomes of uses that all begin before any of them can end, since the referral is held meanwhile."""
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with database.transaction() as tx:
        await tx.connection.execute("select from referrals for update")
        outcomes = asyncio.gather(*uses, return_exceptions=True)
        async with asyncio.timeout(20):
            while await database.pool.fetchval(waiting) < len(uses):
                await asyncio.sleep(0.01)
    return await outcomes


async def state(database: Database) -> list[Any]:
    """All that setting a status could change."""
    tables = ("referrals", "status_links", "events", "pgqueuer", "users", "clients")
    return [await database.pool.fetch(f"select * from {table} order by id") for table in tables]
