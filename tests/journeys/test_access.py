"""What people see on their open dashboards when their access changes."""

import time
from pathlib import Path

import jwt
import pytest
from websockets.exceptions import ConnectionClosedError

from tests.journeys.line import RefusedStreamError, line
from tests.journeys.server import SECRET, Person, serving
from tests.world import World

OUTBOUND = "{ viewer { outboundReferrals { nodes { id } } } }"


@pytest.mark.rule("FH12", "FH13", "FH5")
async def test_team_sharing_switched_on_off_and_on_again(world: World, dsn: str, folder: Path) -> None:
    async with serving(dsn, folder) as server:
        helen, hugo, ada = [await Person.sign_in(server, name) for name in ("helen", "hugo", "ada")]

        async def refer() -> str:
            payload = await helen.do("referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
            id: str = payload["referral"]["id"]
            return id

        async with hugo.follow(after=await hugo.head()) as team, helen.follow(after=await helen.head()) as maker:
            before = await refer()
            await ada.do("groupShare", id=world.outreach, sharing=True)
            shared = await refer()
            await ada.do("groupShare", id=world.outreach, sharing=False)
            between = await refer()
            await ada.do("groupShare", id=world.outreach, sharing=True)
            again = await refer()
            for id in (before, between, shared):
                await helen.do("referralSetStatus", id=id, status="PENDING")
            await hugo.do("referralAddNote", referralId=shared, body="I know her.")
            await hugo.do("referralSetStatus", id=shared, status="ELIGIBLE")
            assert [(told["referral"]["id"], told["action"]) for told in await team.until(5)] == [
                (shared, "referral.submitted"),
                (again, "referral.submitted"),
                (shared, "referral.status_set"),
                (shared, "note.added"),
                (shared, "referral.status_set"),
            ]
            assert [told["action"] for told in (await maker.until(9))[-2:]] == ["note.added", "referral.status_set"]

        # A new member sees back to the day, and no further.
        async with ada.follow(after=await ada.head()) as newcomer:
            await ada.do("placementStart", membershipId=world.memberships["ada"], groupId=world.outreach)
            assert await newcomer.until(1) == [{"__typename": "ResyncRequired", "reason": "ACCESS_GAINED"}]
        outbound = (await ada.ask(OUTBOUND))["viewer"]["outboundReferrals"]["nodes"]
        assert [referral["id"] for referral in outbound] == [again, shared]


@pytest.mark.rule("XX2", "XX3")
async def test_whoever_is_shut_out_loses_their_sockets_at_once(world: World, dsn: str, folder: Path) -> None:
    async with serving(dsn, folder) as server:
        people = {name: await Person.sign_in(server, name) for name in ("ada", "hugo", "helen", "petra", "pam")}
        hugo, petra = people["hugo"], people["petra"]

        async with line(server, hugo.token, after=await hugo.head()) as socket:
            await people["ada"].do("userBan", userId=world.people["hugo"])
            assert await socket.end() == (4403, "Forbidden: the session has ended")
        with pytest.raises(ConnectionClosedError, match="4403"):
            async with line(server, hugo.token):
                pass

        pam = people["pam"]
        async with (
            line(server, petra.token, after=await petra.head()) as socket,
            line(server, pam.token, after=await pam.head()) as other,
        ):
            await petra.ask("mutation { logout { userErrors { message } } }")
            assert await socket.end() == (4403, "Forbidden: the session has ended")
            await world.refer("helen", program_id=world.pantry)
            await pam.do("clientCreate", organizationId=world.food_bank, firstName="Fred", lastName="F")
            assert (await other.message())["__typename"] == "ClientChanged"

        claims = jwt.decode(people["helen"].token, options={"verify_signature": False})
        fleeting = jwt.encode({**claims, "exp": int(time.time()) + 3}, SECRET, "HS256")
        async with line(server, fleeting) as socket:
            assert await socket.end() == (4403, "Forbidden: the token has expired")
        with pytest.raises(ConnectionClosedError, match="4403"):
            async with line(server, fleeting):
                pass


@pytest.mark.rule("XX2", "FH21")
async def test_a_program_loses_sight_with_the_consent_and_sees_again_with_it(
    world: World, dsn: str, folder: Path
) -> None:
    async with serving(dsn, folder) as server:
        helen, paul, sam = [await Person.sign_in(server, name) for name in ("helen", "paul", "sam")]
        head = await paul.head()
        made = await helen.do("referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
        id = made["referral"]["id"]
        async with paul.follow(after=head) as claimer:
            await claimer.until(1)
            await sam.do("clientWithdrawConsent", id=world.sam)
            ended = (await claimer.until(3))[1:]
            assert [(told["__typename"], told["id"]) for told in ended] == [
                ("AccessEnded", world.sam),
                ("AccessEnded", id),
            ]
            assert (await paul.ask(f'{{ node(id: "{id}") {{ id }} }}'))["node"] is None
            await helen.do("referralSetStatus", id=id, status="PENDING")
            await sam.do("clientGiveConsent", id=world.sam)
            regained = (await claimer.until(5))[3:]
            assert [told["__typename"] for told in regained] == ["ClientChanged", "ReferralChanged"]
            assert regained[1]["referral"] == {"id": id, "version": 4, "status": "PENDING"}

        # Somebody else's cursor is no cursor, and the error says so where it is looked for.
        with pytest.raises(RefusedStreamError) as refused:
            async with line(server, paul.token, after=await helen.head()) as socket:
                await socket.message()
        [error] = refused.value.errors
        assert error["message"] == "after: is not a cursor of this feed."
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "after"}
