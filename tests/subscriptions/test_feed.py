"""What a stream begins with, what it leaves out, and when it says to start again."""

from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLError

from models.base import Id, new_id
from models.notifications import EmailTiming, NotificationKind
from models.people import Permission
from subscriptions import streams
from subscriptions.cursors import Cursor, Mark
from tests.graph import hire
from tests.laws.process import Message, Process
from tests.world import World
from workflows import clients, clock, deletion, goals, navigators, notes, notifications, people


async def follow(process: Process, user_id: Id, position: int, **filter: Any) -> list[Message]:
    """What a stream with this filter says of all that came after the position."""
    end = await process.head()
    async with process.follow(user_id, after=process.cursor(user_id, position), filter=filter) as listener:
        return await listener.told(end)


def about(messages: list[Message]) -> list[tuple[str, Id]]:
    return [
        (message["__typename"], (message.get("referral") or message.get("client") or message)["id"])
        for message in messages
    ]


@pytest.mark.rule("XX1")
async def test_a_stream_without_a_cursor_begins_now(world: World, process: Process) -> None:
    await world.refer("helen")
    head = await process.head()
    async with process.follow(world.people["paul"]) as listener:
        await listener.told(head)
        later = await world.refer("helen")
        [told] = await listener.until(1)
        assert told["referral"]["id"] == later


SNAPSHOT = "{ viewer { feedHead inboundReferrals { nodes { id } } } }"


@pytest.mark.rule("XX1")
async def test_a_snapshot_and_the_feed_from_its_head_leave_no_gap(world: World, process: Process) -> None:
    """Whatever is committed when, with its position or not yet."""
    paul = world.people["paul"]
    made: list[Id] = []
    # Until the world's own memberships have their positions, each of them is a right gained: start again.
    await process.head()
    for _ in range(5):
        made.append(await world.refer("helen"))
        viewer = (await process.ask(paul, SNAPSHOT))["viewer"]
        made.append(await world.refer("helen"))
        known = {referral["id"] for referral in viewer["inboundReferrals"]["nodes"]}
        async with process.follow(paul, after=viewer["feedHead"], filter={"kinds": ["REFERRAL"]}) as listener:
            told = {message["referral"]["id"] for message in await listener.told(await process.head())}
        assert known | told == set(made)


@pytest.mark.rule("XX1")
async def test_checkpoints_move_the_cursor_over_what_is_not_for_the_viewer(world: World, process: Process) -> None:
    otto = world.people["otto"]
    start = await process.head()
    async with process.follow(otto) as listener:
        for _ in range(3):
            await world.refer("helen")
        end = await process.head()
        assert end > start
        assert await listener.told(end) == []
        assert {message["__typename"] for message in listener.messages} == {"FeedCheckpoint"}
        places = [listener.place(message).position for message in listener.messages]
        assert places == sorted(places)
        assert places[-1] == end


@pytest.mark.rule("XX1")
async def test_checkpoints_come_also_while_a_stream_catches_up_and_tells_nothing(
    world: World, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "CHECKPOINT", 0.0)
    monkeypatch.setattr(streams, "PAGE", 2)
    start = await process.head()
    paul = world.people["paul"]
    for _ in range(6):
        await world.refer("helen")
    messages = await follow(process, paul, start, referralId=new_id())
    assert messages == []


@pytest.mark.rule("FH15", "XX3")
async def test_filters_narrow_what_is_told_and_nothing_else(world: World, process: Process) -> None:
    start = await process.head()
    pantry, kitchen = await world.refer(), await world.refer(program_id=world.kitchen)
    nora = await world.refer(client_id=world.nora)
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        await clients.update(tx, helen, world.nora, {"first_name": "Norah"})
        await clients.withdraw_consent(tx, helen, world.sam)
    helen_id, paul_id = world.people["helen"], world.people["paul"]

    everything = about(await follow(process, helen_id, start))
    assert everything == [
        ("ReferralChanged", pantry),
        ("ReferralChanged", kitchen),
        ("ReferralChanged", nora),
        ("ClientChanged", world.nora),
        ("ClientChanged", world.sam),
        ("ReferralChanged", pantry),
        ("ReferralChanged", kitchen),
    ]

    async def told(**filter: Any) -> list[tuple[str, Id]]:
        return about(await follow(process, helen_id, start, **filter))

    assert await told(kinds=["CLIENT"]) == [one for one in everything if one[0] == "ClientChanged"]
    assert await told(kinds=["REFERRAL", "CLIENT"]) == everything
    assert await told(kinds=[]) == []
    assert await told(referralId=pantry) == [("ReferralChanged", pantry)] * 2
    assert await told(programId=world.kitchen) == [("ReferralChanged", kitchen)] * 2
    assert await told(clientId=world.nora) == [("ReferralChanged", nora), ("ClientChanged", world.nora)]
    assert await told(clientId=world.nora, kinds=["REFERRAL"]) == [("ReferralChanged", nora)]
    assert await told(clientId=world.nora, programId=world.kitchen) == []
    assert await told(referralId="no id at all") == []

    # What a program loses is narrowed in the same way.
    assert about(await follow(process, paul_id, start, programId=world.pantry)) == [
        ("ReferralChanged", nora),
        ("AccessEnded", pantry),
    ]
    assert about(await follow(process, paul_id, start, clientId=world.sam)) == [
        ("AccessEnded", world.sam),
        ("AccessEnded", pantry),
    ]


@pytest.mark.rule("XX2")
async def test_a_filter_holds_for_what_is_lost_with_a_place(world: World, process: Process) -> None:
    sam, nora = await world.refer(), await world.refer(client_id=world.nora)
    start = await process.head()
    async with world.database.transaction() as tx:
        await people.unplace(tx, await world.actor("pam", tx), world.placements["paul.program"])
    paul = world.people["paul"]
    assert sorted(about(await follow(process, paul, start))) == sorted(
        ("AccessEnded", id) for id in (sam, nora, world.sam, world.nora)
    )
    assert about(await follow(process, paul, start, kinds=["REFERRAL"], clientId=world.nora)) == [("AccessEnded", nora)]
    assert about(await follow(process, paul, start, referralId=sam)) == [("AccessEnded", sam)]


@pytest.mark.rule("FH11")
async def test_an_internal_note_is_not_told_outside_its_organization(world: World, process: Process) -> None:
    referral = await world.refer("helen")
    start = await process.head()
    async with world.database.transaction() as tx:
        paul = await world.actor("paul", tx)
        note = await notes.add(tx, paul, referral_id=referral, body="Only among us.", shared=False)
    async with world.database.transaction() as tx:
        await notes.delete(tx, await world.actor("paul", tx), note["note_id"])
        await notes.add(tx, await world.actor("paul", tx), referral_id=referral, body="For everyone.")
    for name, told in [
        ("paul", ["note.added", "note.deleted", "note.added"]),
        ("petra", ["note.added", "note.deleted", "note.added"]),
        ("helen", ["note.added"]),
        ("sam", ["note.added"]),
    ]:
        assert [message["action"] for message in await follow(process, world.people[name], start)] == told, name


@pytest.mark.rule("XX1")
async def test_a_cursor_of_another_log_says_to_start_again(world: World, process: Process) -> None:
    paul, feed = world.people["paul"], process.app.feed
    await process.head()
    for end, epoch in [(feed.end, new_id()), (Mark(feed.end.position + 1, 1), feed.epoch)]:
        cursor = feed.cursors.write(Cursor(1, end), paul, epoch)
        async with process.follow(paul, after=cursor) as listener:
            assert await listener.until(1) == [{"__typename": "ResyncRequired", "reason": "EPOCH"}]


@pytest.mark.rule("XX1")
async def test_open_streams_are_told_when_a_backup_was_restored(world: World, process: Process) -> None:
    head = await process.head()
    async with process.follow(world.people["paul"]) as listener:
        await listener.told(head)
        await world.database.pool.execute("update log set epoch = gen_random_uuid()")
        assert await listener.until(1) == [{"__typename": "ResyncRequired", "reason": "EPOCH"}]
    async with process.follow(world.people["paul"]) as listener:
        await world.refer("helen")
        await listener.until(1)


@pytest.mark.rule("XX1")
async def test_a_cursor_from_before_what_is_kept_says_to_start_again(world: World, process: Process) -> None:
    paul = world.people["paul"]
    before = await process.head()
    await world.refer("helen")
    after = await process.head()
    clock.move(timedelta(days=31))
    async with process.follow(paul, after=process.cursor(paul, before)) as listener:
        assert await listener.until(1) == [{"__typename": "ResyncRequired", "reason": "TOO_OLD"}]
    # However long nothing happens: whoever knows the last event knows all.
    async with process.follow(paul, after=process.cursor(paul, after)) as listener:
        await world.refer("helen")
        assert [message["__typename"] for message in await listener.until(1)] == ["ReferralChanged"]


@pytest.mark.rule("XX3", "XX9")
async def test_a_cursor_of_somebody_else_is_refused_by_name(world: World, process: Process) -> None:
    head = await process.head()
    for cursor in (process.cursor(world.people["petra"], head), "", "nonsense", "ä", "\x00"):
        async with process.follow(world.people["paul"], after=cursor) as listener:
            while listener.is_open:
                await listener.news()
            assert isinstance(listener.end, GraphQLError)
            assert listener.end.message == "after: is not a cursor of this feed."
            assert listener.end.extensions == {"code": "BAD_USER_INPUT", "argument": "after"}
        assert listener.messages == []


@pytest.mark.rule("FH20", "XX3")
async def test_whoever_sees_the_name_only_is_not_told_of_goals(world: World, process: Process) -> None:
    await world.refer()
    async with world.database.transaction() as tx:
        await clients.update(tx, await world.actor("sam", tx), world.sam, {"contact_preference": "none"})
    start = await process.head()
    async with world.database.transaction() as tx:
        goal = await goals.add(tx, await world.actor("helen", tx), client_id=world.sam, title="Eat well")
    async with world.database.transaction() as tx:
        await goals.update(tx, await world.actor("helen", tx), goal, title="Eat better")
    for name, told in [("helen", ["goal.added", "goal.updated"]), ("paul", [])]:
        assert [message["action"] for message in await follow(process, world.people[name], start)] == told, name


@pytest.mark.rule("XX2")
async def test_whoever_sees_less_of_what_is_left_has_to_start_again(world: World, process: Process) -> None:
    """Hugo sees Sam's record as the agency's, and through the Pantry; he leaves the agency."""
    hugo = world.people["hugo"]
    id = await world.refer()
    async with world.database.transaction() as tx:
        membership = await people.join(tx, None, user_id=hugo, organization_id=world.food_bank, role_ids=[])
        await people.place(tx, None, membership_id=membership, program_id=world.pantry)
        await notes.add(tx, await world.actor("helen", tx), referral_id=id, body="For us.", shared=False)
    start = await process.head()
    async with world.database.transaction() as tx:
        await people.leave(tx, await world.actor("ada", tx), world.memberships["hugo"])
    async with process.follow(hugo, after=process.cursor(hugo, start)) as listener:
        told = await listener.until(2)
    assert [message["__typename"] for message in told] == ["AccessEnded", "ResyncRequired"]
    assert told[0]["id"] == world.nora
    assert told[1]["reason"] == "ACCESS_NARROWED"
    async with process.follow(hugo, after=told[0]["cursor"]) as interrupted:
        [told_again] = await interrupted.until(1)
    assert told_again["__typename"] == "ResyncRequired"


@pytest.mark.rule("XX2", "EL1")
async def test_whoever_loses_the_box_of_a_record_has_to_start_again(world: World, process: Process) -> None:
    """Vera referred Nora for the agency as her navigator: she goes on seeing Nora, and the box no longer."""
    await hire(world, "vera", world.agency, Permission.MAKE_REFERRALS)
    vera = world.people["vera"]
    async with world.database.transaction() as tx:
        await navigators.assign(tx, await world.actor("ada", tx), client_id=world.nora, user_id=vera)
    await world.refer("vera", client_id=world.nora)
    start = await process.head()
    async with world.database.transaction() as tx:
        await navigators.unassign(tx, await world.actor("ada", tx), client_id=world.nora, user_id=vera)
    async with process.follow(vera, after=process.cursor(vera, start)) as listener:
        told = await listener.until(2)
    assert told[0]["action"] == "client.navigator_unassigned"
    assert told[1] == {"__typename": "ResyncRequired", "reason": "ACCESS_NARROWED"}


@pytest.mark.rule("EL7", "EL15")
async def test_notifications_come_to_those_who_ask_for_them(world: World, process: Process) -> None:
    hugo = world.people["hugo"]
    async with world.database.transaction() as tx:
        await navigators.assign(tx, await world.actor("ada", tx), client_id=world.sam, user_id=hugo)
    start = await process.head()
    async with world.database.transaction() as tx:
        await clients.update(tx, await world.actor("sam", tx), world.sam, {"phone": "1"})
    async with world.database.transaction() as tx:
        await notifications.clear_all(tx, await world.actor("hugo", tx))
    after = process.cursor(hugo, start)
    async with process.follow(hugo, after=after, filter={"kinds": ["NOTIFICATION"]}) as listener:
        # It is cleared by now: what is told of it is that it has ended.
        assert [message["__typename"] for message in await listener.until(1)] == ["AccessEnded"]
    assert [message["__typename"] for message in await follow(process, hugo, start)] == ["ClientChanged"]


@pytest.mark.rule("EL7", "EL9", "XX2")
async def test_a_notification_that_was_lost_with_a_client_does_not_end_again_with_the_record(
    world: World, process: Process
) -> None:
    """Vera is told of Nora, and is her navigator no longer when the record is deleted; Hugo never wanted to be told."""
    await hire(world, "vera", world.agency, Permission.MAKE_REFERRALS)
    vera, hugo = world.people["vera"], world.people["hugo"]
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        await notifications.prefer(
            tx, await world.actor("hugo", tx), NotificationKind.CLIENT_UPDATED, in_app=False, email=EmailTiming.DAILY
        )
        for user_id in (vera, hugo):
            await navigators.assign(tx, ada, client_id=world.nora, user_id=user_id)
    start = await process.head()
    async with world.database.transaction() as tx:
        await clients.update(tx, ada, world.nora, {"phone": "1"})
    async with world.database.transaction() as tx:
        await navigators.unassign(tx, ada, client_id=world.nora, user_id=vera)
    async with world.database.transaction() as tx:
        await deletion.delete(tx, ada, world.nora)
    told = await follow(process, vera, start, kinds=["NOTIFICATION"])
    assert [message["__typename"] for message in told] == ["AccessEnded"] * 2
    assert len({message["id"] for message in told}) == 2
    assert [message["__typename"] for message in await follow(process, hugo, start, kinds=["NOTIFICATION"])] == [
        "AccessEnded"
    ]
