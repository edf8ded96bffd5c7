"""Partner companies: their case managers' records, units, positions, logins."""

from datetime import timedelta
from typing import Any

import pytest

from models.base import Id, new_id
from models.people import Permission
from tests.company import Company
from tests.graph import Graph, hire
from tests.world import World
from workflows import clock
from workflows.partners import login
from workflows.refusals import RefusedError
from workflows.sessions import check_password

MANAGER = """query ($id: ID!) { caseManager(id: $id) { version email mobile recruitmentStatus bsoAssignedAt verifiedAt
  bso { name } verifiedBy { name } promotionsSince promotionsMethod deactivatedAt createdBy { name } login { name }
  company { name } businessUnit { name } position { name retiredAt } withheld { field }
  access { edit { allowed rule } support { allowed rule } verify { allowed rule } manageLogin { allowed rule } } } }"""
REFERRALS = "{ viewer { outboundReferrals { nodes { id } } caseManagers { nodes { firstName } } } }"


@pytest.fixture
async def company(world: World) -> Company:
    return await Company.build(world)


async def manager(graph: Graph, who: str, id: Id) -> Any:
    return (await graph.ask(who, MANAGER, id=id))["caseManager"]


async def sees(graph: Graph, who: str) -> set[Id]:
    return {node["id"] for node in (await graph.ask(who, REFERRALS))["viewer"]["outboundReferrals"]["nodes"]}


@pytest.mark.rule("KW1")
async def test_a_case_manager_has_a_company_and_a_name(graph: Graph, world: World, company: Company) -> None:
    given = {"companyId": company.bright, "firstName": "Dan", "lastName": "Dale"}
    for wrong, field in (
        ({"firstName": " "}, "firstName"), ({"lastName": ""}, "lastName"), ({"companyId": world.agency}, "companyId"),
        ({"businessUnitId": company.units["West"]}, "businessUnitId"), ({"email": "dan"}, "email"),
    ):  # fmt: skip
        assert (await graph.refused("ada", "caseManagerCreate", **{**given, **wrong})).field == ["input", field]
    assert (await graph.refused("wren", "caseManagerCreate", **given)).code == "FORBIDDEN"
    dan = (await graph.do("ada", "caseManagerCreate", **given))["caseManager"]["id"]
    assert (await graph.refused("ada", "caseManagerEnableLogin", id=dan)).field == ["input", "email"]
    await graph.do("ada", "caseManagerUpdate", id=dan, email="dan@example.test")
    await graph.do("ada", "caseManagerEnableLogin", id=dan)
    assert (await graph.refused("ada", "caseManagerUpdate", id=dan, email=None)).field == ["input", "email"]


@pytest.mark.rule("KW2")
async def test_the_date_is_set_when_the_bso_changes(graph: Graph, world: World, company: Company) -> None:
    wren = company.managers["wren"]
    await graph.do("ada", "caseManagerAssignBso", id=wren, bsoId=world.people["helen"])
    first = await manager(graph, "ada", wren)
    assert first["bso"] == {"name": "Helen Hart"}
    clock.move(timedelta(days=1))
    await graph.do("ada", "caseManagerAssignBso", id=wren, bsoId=world.people["helen"])
    assert await manager(graph, "ada", wren) == first
    await graph.do("ada", "caseManagerAssignBso", id=wren, bsoId=world.people["hugo"])
    assert (await manager(graph, "ada", wren))["bsoAssignedAt"] > first["bsoAssignedAt"]
    assert (await graph.refused("ada", "caseManagerAssignBso", id=wren, bsoId=world.people["paul"])).code == "NOT_FOUND"
    await graph.do("ada", "caseManagerAssignBso", id=wren, bsoId=None)
    assert (await manager(graph, "ada", wren))["bsoAssignedAt"] is None


@pytest.mark.rule("KW2")
async def test_the_record_keeps_what_is_known_and_who_opened_it(graph: Graph, world: World, company: Company) -> None:
    texts = {
        "title": "Dr.", "phone": "1", "mobile": "2", "suburb": "Kew", "postcode": "3101", "state": "VIC",
        "linkedin": "in/dan", "referralSource": "a fair",
    }  # fmt: skip
    given = {"companyId": company.bright, "firstName": "Dan", "lastName": "Dale", **texts}
    show = f"caseManager {{ id {' '.join(texts)} createdBy {{ name }} }}"
    made = (await graph.do("ada", "caseManagerCreate", show, **given))["caseManager"]
    assert made == {"id": made["id"], **texts, "createdBy": {"name": "Ada Ames"}}
    emptied = (await graph.do("ada", "caseManagerUpdate", show, id=made["id"], suburb=None))["caseManager"]
    assert emptied == {**made, "suburb": None}


@pytest.mark.rule("KW2", "XX3")
async def test_colleagues_see_less_and_strangers_nothing(graph: Graph, world: World, company: Company) -> None:
    wren = company.managers["wren"]
    for who in ("ada", "wren"):
        whole = await manager(graph, who, wren)
        assert (whole["mobile"], whole["withheld"], whole["access"]["edit"]["allowed"]) == ("+61 400 000 000", [], True)
    part = await manager(graph, "wade", wren)
    assert (part["mobile"], part["recruitmentStatus"], part["createdBy"]) == (None, None, None)
    assert {"field": "mobile"} in part["withheld"]
    assert not part["access"]["edit"]["allowed"]
    for who in ("wyn", "helen", "otto"):
        assert await manager(graph, who, wren) is None
    hidden = "query { viewer { caseManagers(filter: { recruitmentStatus: RECRUITING }) { nodes { firstName } } } }"
    nodes = (await graph.ask("wade", hidden))["viewer"]["caseManagers"]["nodes"]
    assert nodes == [{"firstName": "Wade"}]
    assert (await graph.refused("wren", "caseManagerUpdate", id=wren, referralSource="me")).code == "FORBIDDEN"
    await graph.do("wren", "caseManagerUpdate", id=wren, mobile="1")


@pytest.mark.rule("KW3")
async def test_a_unit_sees_its_colleagues_bookings(graph: Graph, world: World, company: Company) -> None:
    booking = await world.refer("wren", client_id=company.bert)
    assert await sees(graph, "wren") == await sees(graph, "wade") == {booking}
    assert await sees(graph, "willa") == await sees(graph, "wyn") == set()
    await graph.do("wade", "referralSetStatus", id=booking, status="PENDING")
    await graph.do("ada", "caseManagerMove", id=company.managers["willa"], businessUnitId=company.units["North"])
    assert await sees(graph, "willa") == {booking}
    await graph.do("ada", "caseManagerMove", id=company.managers["wade"], businessUnitId=None)
    assert await sees(graph, "wade") == set()


@pytest.mark.rule("KW3", "XX2")
async def test_changing_company_clears_the_unit_and_ends_the_old_access(
    graph: Graph, world: World, company: Company
) -> None:
    booking = await world.refer("wade", client_id=company.bert)
    own = await world.refer("wren", client_id=company.bert)
    wren = company.managers["wren"]
    assert await sees(graph, "wren") == {booking, own}
    unit = company.units["North"]
    refused = await graph.refused("ada", "caseManagerMove", id=wren, companyId=company.calm, businessUnitId=unit)
    assert refused.code == "NOT_FOUND"
    await graph.do("ada", "caseManagerMove", id=wren, companyId=company.calm)
    moved = await manager(graph, "ada", wren)
    assert (moved["company"], moved["businessUnit"]) == ({"name": "Calm Care"}, None)
    assert await sees(graph, "wren") == set()
    assert await manager(graph, "wren", company.managers["wade"]) is None
    assert (await manager(graph, "wren", company.managers["wyn"]))["company"] == {"name": "Calm Care"}
    assert await manager(graph, "wade", wren) is None
    # What she booked for the old company stays with its unit.
    assert await sees(graph, "wade") == {booking, own}


@pytest.mark.rule("KW3")
async def test_units_have_names_of_their_own(graph: Graph, company: Company) -> None:
    north = company.units["North"]
    assert (await graph.refused("ada", "businessUnitAdd", companyId=company.bright, name="north")).code == "CONFLICT"
    await graph.do("ada", "businessUnitAdd", companyId=company.calm, name="North")
    await graph.do("ada", "businessUnitRename", id=north, name="NORTH")
    assert (await graph.refused("ada", "businessUnitRename", id=north, name="South")).code == "CONFLICT"
    assert (await graph.refused("wren", "businessUnitRename", id=north, name="N")).code == "FORBIDDEN"
    units = (
        "query ($id: ID!) { organization(id: $id) { businessUnits { nodes { name caseManagers { totalCount } } } } }"
    )
    expected = [
        {"name": "NORTH", "caseManagers": {"totalCount": 2}},
        {"name": "South", "caseManagers": {"totalCount": 1}},
    ]
    for who, seen in (("ada", expected), ("willa", expected), ("wyn", []), ("helen", [])):
        assert (await graph.ask(who, units, id=company.bright))["organization"]["businessUnits"]["nodes"] == seen


@pytest.mark.rule("KW4")
async def test_positions_come_from_a_list_that_can_be_edited(graph: Graph, world: World, company: Company) -> None:
    wren = company.managers["wren"]
    given = {"organizationId": world.agency, "name": "Rehab lead"}
    assert (await graph.refused("helen", "positionAdd", **given)).code == "FORBIDDEN"
    id = (await graph.do("ada", "positionAdd", **given))["position"]["id"]
    assert (await graph.refused("ada", "positionAdd", **given)).code == "CONFLICT"
    await graph.do("ada", "caseManagerUpdate", id=wren, positionId=id)
    assert (await graph.refused("wren", "caseManagerUpdate", id=wren, positionId=None)).code == "FORBIDDEN"
    await graph.do("ada", "positionUpdate", id=id, name="Chief", retired=True)
    position = (await manager(graph, "wren", wren))["position"]
    assert position["name"] == "Chief"
    assert position["retiredAt"] is not None
    other = company.managers["wade"]
    assert (await graph.refused("ada", "caseManagerUpdate", id=other, positionId=id)).code == "NOT_FOUND"
    await graph.do("ada", "positionUpdate", id=id, retired=False)
    await graph.do("ada", "caseManagerUpdate", id=other, positionId=id)


@pytest.mark.rule("KW5")
async def test_changing_email_or_phone_clears_the_verification(graph: Graph, world: World, company: Company) -> None:
    wren = company.managers["wren"]
    assert (await graph.refused("wren", "caseManagerVerify", id=wren)).code == "FORBIDDEN"
    for change in ({"email": "c@example.test"}, {"phone": "1"}, {"mobile": "2"}, {"email": "d@example.test"}):
        await graph.do("ada", "caseManagerVerify", id=wren)
        assert (await manager(graph, "ada", wren))["verifiedBy"] == {"name": "Ada Ames"}
        await graph.do("wren", "caseManagerUpdate", id=wren, **change)
        assert (await manager(graph, "ada", wren))["verifiedAt"] is None
    await graph.do("ada", "caseManagerVerify", id=wren)
    await graph.do("wren", "caseManagerUpdate", id=wren, suburb="Kew", email="d@example.test", phone="1 ")
    assert (await manager(graph, "ada", wren))["verifiedAt"] is not None


@pytest.mark.rule("KW6")
async def test_consent_to_promotions_is_kept_with_when_and_how(graph: Graph, world: World, company: Company) -> None:
    wren = company.managers["wren"]
    await graph.do("wren", "caseManagerSetPromotions", id=wren, method="PHONE")
    first = await manager(graph, "ada", wren)
    assert first["promotionsMethod"] == "PHONE"
    assert first["promotionsSince"] is not None
    await graph.do("ada", "caseManagerSetPromotions", id=wren, method="PHONE")
    assert await manager(graph, "ada", wren) == first
    await graph.do("ada", "caseManagerSetPromotions", id=wren, method=None)
    ended = await manager(graph, "ada", wren)
    assert (ended["promotionsSince"], ended["promotionsMethod"]) == (None, None)
    assert (await graph.refused("wade", "caseManagerSetPromotions", id=wren, method="EMAIL")).code == "FORBIDDEN"


@pytest.mark.rule("KW7")
async def test_recruitment_has_no_forced_order(graph: Graph, company: Company) -> None:
    wren = company.managers["wren"]
    for status in ("NON_BOOKING_CONTACT", "ONBOARDED", "RECRUITING", "ONBOARDING", "RECRUITING", "ONBOARDED"):
        await graph.do("ada", "caseManagerSetRecruitment", id=wren, status=status)
        assert (await manager(graph, "ada", wren))["recruitmentStatus"] == status
    refused = await graph.refused("wren", "caseManagerSetRecruitment", id=wren, status="ONBOARDED")
    assert refused.code == "FORBIDDEN"


async def last_link(world: World) -> Id:
    id: Id = await world.database.pool.fetchval("select id from activations order by id desc limit 1")
    return id


@pytest.mark.rule("KW8")
async def test_a_login_is_activated_once(graph: Graph, world: World, company: Company) -> None:
    address = "wyn@example.test"
    assert await check_password(world.database, address, "a long enough password") is None
    first = await last_link(world)
    await graph.do("ada", "caseManagerResendActivation", id=company.managers["wyn"])
    link = await last_link(world)
    assert await login.find(world.database, first) is None
    assert await login.find(world.database, link) == address
    async with world.database.transaction() as tx:
        with pytest.raises(RefusedError, match="from 12 to 200 characters"):
            await login.activate(tx, link, "too short")
        await login.activate(tx, link, "a long enough password")
    assert await check_password(world.database, address, "a long enough password") == world.people["wyn"]
    for id in (link, first, new_id(), "nonsense"):
        async with world.database.transaction() as tx:
            with pytest.raises(RefusedError, match="no such link"):
                await login.activate(tx, id, "another long password")


@pytest.mark.rule("KW8")
async def test_an_activation_link_expires(graph: Graph, world: World, company: Company) -> None:
    link = await last_link(world)
    clock.move(login.LIFETIME + timedelta(seconds=1))
    assert await login.find(world.database, link) is None


@pytest.mark.rule("KW8")
async def test_an_address_is_the_user_name_of_one_login(graph: Graph, world: World, company: Company) -> None:
    given = {"companyId": company.bright, "firstName": "Dan", "lastName": "Dale", "email": "WREN@example.test"}
    dan = (await graph.do("ada", "caseManagerCreate", **given))["caseManager"]["id"]
    assert (await graph.refused("ada", "caseManagerEnableLogin", id=dan)).code == "CONFLICT"
    assert (await graph.refused("ada", "caseManagerEnableLogin", id=company.managers["wren"])).code == "CONFLICT"


@pytest.mark.rule("KW8", "XX2")
async def test_a_deactivated_account_cannot_be_chosen_for_new_work(
    graph: Graph, world: World, company: Company
) -> None:
    booking = await world.refer("wren", client_id=company.bert)
    await hire(world, "bea", company.bright, Permission.EDIT_CLIENTS, Permission.VIEW_CLIENTS)
    wade, chosen = company.managers["wade"], {"clientId": company.bert, "userId": world.people["wade"]}
    await graph.do("bea", "clientAssignNavigator", **chosen)
    await graph.do("bea", "clientUnassignNavigator", **chosen)
    await graph.do("ada", "caseManagerDeactivate", id=wade)
    assert (await graph.refused("bea", "clientAssignNavigator", **chosen)).code == "NOT_FOUND"
    unit = company.units["South"]
    assert (await graph.refused("ada", "caseManagerMove", id=wade, businessUnitId=unit)).code == "INVALID"
    active = "{ viewer { caseManagers(filter: { active: true }) { nodes { firstName } } } }"
    nodes = (await graph.ask("ada", active))["viewer"]["caseManagers"]["nodes"]
    assert [node["firstName"] for node in nodes] == ["Willa", "Wren", "Wyn"]
    assert await sees(graph, "wade") == set()
    assert (
        await graph.refused("wade", "referralSubmit", clientId=company.bert, programId=world.pantry, consent=True)
    ).code
    await graph.do("ada", "caseManagerReactivate", id=wade)
    assert await sees(graph, "wade") == {booking}
    await graph.do("bea", "clientAssignNavigator", **chosen)


@pytest.mark.rule("KW2", "XX7")
async def test_the_loser_of_a_race_is_told(graph: Graph, company: Company) -> None:
    wren = company.managers["wren"]
    version = (await manager(graph, "ada", wren))["version"]
    await graph.do("ada", "caseManagerUpdate", id=wren, title="Dr.", expectedVersion=version)
    for name, given in (("Update", {"title": "Prof."}), ("Move", {}), ("Deactivate", {}), ("Verify", {})):
        refused = await graph.payload("ada", f"caseManager{name}", id=wren, expectedVersion=version, **given)
        assert refused["userErrors"][0]["code"] == "CONFLICT"
        assert refused["caseManager"]["version"] == version + 1
