"""One referral on three dashboards: each of the three changes it in turn, and all three are told, in order."""

from pathlib import Path

import pytest

from tests.journeys.server import Person, serving
from tests.world import World

DASHBOARD = """
{ viewer { feedHead
  inboundReferrals { nodes { ...R } } outboundReferrals { nodes { ...R } } ownReferrals { nodes { ...R } } } }
fragment R on Referral { id version status client { firstName lastName } program { name } }
"""


@pytest.mark.rule("FH1", "FH2", "FH4", "FH5", "XX1")
async def test_everyone_sees_what_anyone_changes(world: World, dsn: str, folder: Path) -> None:
    async with serving(dsn, folder) as server:
        seeker, helper, claimer = [await Person.sign_in(server, name) for name in ("sam", "helen", "paul")]
        async with seeker.follow() as s, helper.follow() as h, claimer.follow() as c:
            await seeker.ask("{ viewer { feedHead } }")
            made = await helper.do("referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
            id = made["referral"]["id"]
            for person, field in ((seeker, "own"), (helper, "outbound"), (claimer, "inbound")):
                dashboard = await person.ask(DASHBOARD)
                [referral] = dashboard["viewer"][f"{field}Referrals"]["nodes"]
                assert referral["id"] == id
                assert referral["status"] == "NOT_UPDATED"
            await claimer.do("referralSetStatus", id=id, status="PENDING")
            await helper.do("referralSetStatus", id=id, status="ELIGIBLE")
            await seeker.do("referralSetStatus", id=id, status="GOT_HELP")
            for follower in (s, h, c):
                told = await follower.until(4)
                assert [(m["action"], m["toStatus"]) for m in told] == [
                    ("referral.submitted", "NOT_UPDATED"),
                    ("referral.status_set", "PENDING"),
                    ("referral.status_set", "ELIGIBLE"),
                    ("referral.status_set", "GOT_HELP"),
                ]
                assert told[-1]["referral"] == {"id": id, "version": 4, "status": "GOT_HELP"}
