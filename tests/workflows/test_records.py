"""The box of a client's record: only those who keep it see it, and each change has its permission and its history."""

import pytest

from models.people import Permission as P
from tests.graph import Graph, hire
from tests.world import World

RECORD = """query ($id: ID!) { client(id: $id) { version withheld { field } record {
  version kind status caseNumber type { name } hasAccount portalStatus createdAt
  warnings { nodes { id text addedBy { name } } } groups { nodes { name } }
  history { nodes { action actor { name } changes { name before after } } } } } }"""


async def record(graph: Graph, who: str, id: str) -> dict[str, object]:
    found: dict[str, object] = (await graph.ask(who, RECORD, id=id))["client"]["record"]
    return found


@pytest.mark.rule("EL1")
async def test_the_box_is_for_those_who_keep_the_record(graph: Graph, world: World) -> None:
    await world.refer()
    box = await record(graph, "helen", world.sam)
    assert (box["kind"], box["status"], box["caseNumber"], box["type"]) == ("CLIENT", "ACTIVE", None, None)
    assert (box["hasAccount"], box["portalStatus"], box["version"]) == (True, "ACTIVE", 2)
    assert (await record(graph, "helen", world.nora))["hasAccount"] is False
    for outsider in ("sam", "paul"):
        seen = (await graph.ask(outsider, RECORD, id=world.sam))["client"]
        assert (seen["record"], seen["withheld"]) == (None, [{"field": "record"}])
        refused = await graph.refused(outsider, "clientSetStatus", id=world.sam, status="CLOSED")
        assert refused.code == "NOT_FOUND"


@pytest.mark.rule("EL1")
async def test_a_change_of_the_box_leaves_no_trace_outside(graph: Graph, world: World) -> None:
    await world.refer()
    before = (await graph.ask("paul", RECORD, id=world.sam))["client"]
    await graph.do("helen", "clientSetStatus", id=world.sam, status="INACTIVE")
    await graph.do("helen", "clientAddWarning", id=world.sam, text="Has a dog.")
    assert (await graph.ask("paul", RECORD, id=world.sam))["client"] == before
    updated = "query ($id: ID!) { client(id: $id) { updatedAt } }"
    assert await graph.ask("paul", updated, id=world.sam) == await graph.ask("helen", updated, id=world.sam)


@pytest.mark.rule("EL1", "EL4")
async def test_status_kind_and_warnings_with_their_history(graph: Graph, world: World) -> None:
    await graph.do("helen", "clientSetStatus", id=world.nora, status="INACTIVE", expectedVersion=1)
    await graph.do("helen", "clientSetKind", id=world.nora, kind="EMPLOYEE")
    await graph.do("helen", "clientAddWarning", id=world.nora, text=" Call first. ")
    box = await record(graph, "hugo", world.nora)
    assert (box["status"], box["kind"], box["version"]) == ("INACTIVE", "EMPLOYEE", 4)
    [warning] = box["warnings"]["nodes"]  # type: ignore[index]
    assert (warning["text"], warning["addedBy"]["name"]) == ("Call first.", "Helen Hart")
    await graph.do("hugo", "clientRemoveWarning", id=warning["id"])
    box = await record(graph, "helen", world.nora)
    assert box["warnings"] == {"nodes": []}
    entries = box["history"]["nodes"]  # type: ignore[index]
    assert [entry["action"] for entry in entries] == [
        "client.created", "client.status_set", "client.kind_set", "client.warning_added", "client.warning_removed",
    ]  # fmt: skip
    assert entries[1]["changes"] == [{"name": "status", "before": "active", "after": "inactive"}]
    assert entries[4]["actor"] == {"name": "Hugo Hill"}


@pytest.mark.rule("EL4", "XX7")
async def test_a_status_is_a_step_of_the_lifecycle_and_races_are_told(graph: Graph, world: World) -> None:
    await graph.do("helen", "clientSetStatus", id=world.nora, status="CLOSED")
    refused = await graph.refused("helen", "clientSetStatus", id=world.nora, status="INACTIVE")
    assert refused[:2] == ("INVALID", ["input", "status"])
    payload = await graph.payload(
        "hugo", "clientSetStatus", "client { record { status } }", id=world.nora, status="ACTIVE", expectedVersion=1
    )
    assert payload["userErrors"][0]["code"] == "CONFLICT"
    assert payload["client"] == {"record": {"status": "CLOSED"}}
    await graph.do("helen", "clientSetStatus", id=world.nora, status="ACTIVE")


@pytest.mark.rule("EL2")
async def test_a_case_number_is_unique_in_the_agency_and_needs_its_permission(graph: Graph, world: World) -> None:
    refused = await graph.refused("helen", "clientSetCaseNumber", id=world.nora, caseNumber="A-1")
    assert (refused.code, refused.message) == ("FORBIDDEN", "Your role does not let you change case numbers.")
    await graph.do("ada", "clientSetCaseNumber", id=world.nora, caseNumber=" A-1 ")
    refused = await graph.refused("ada", "clientSetCaseNumber", id=world.sam, caseNumber="a-1")
    assert refused[:2] == ("CONFLICT", ["input", "caseNumber"])
    assert (await record(graph, "helen", world.nora))["caseNumber"] == "A-1"

    # Another agency may have the same one.
    given = {"organizationId": world.food_bank, "firstName": "Fred", "lastName": "Frost"}
    fred = (await graph.do("pam", "clientCreate", **given))["client"]["id"]
    await graph.do("pam", "clientSetCaseNumber", id=fred, caseNumber="A-1")
    await graph.do("ada", "clientSetCaseNumber", id=world.nora, caseNumber=None)
    await graph.do("ada", "clientSetCaseNumber", id=world.sam, caseNumber="A-1")


@pytest.mark.rule("EL3")
async def test_types_are_the_administrators(graph: Graph, world: World) -> None:
    types = "query ($id: ID!) { organization(id: $id) { clientTypes { nodes { name retiredAt } } } }"
    assert (await graph.ask("helen", types, id=world.agency))["organization"]["clientTypes"]["nodes"] == []
    refused = await graph.refused("helen", "clientTypeAdd", organizationId=world.agency, name="Veteran")
    assert refused.code == "FORBIDDEN"
    show = "clientType { id version }"
    veteran = (await graph.do("ada", "clientTypeAdd", show, organizationId=world.agency, name="Vet"))["clientType"][
        "id"
    ]
    refused = await graph.refused("ada", "clientTypeAdd", organizationId=world.agency, name="VET")
    assert refused[:2] == ("CONFLICT", ["input", "name"])
    await graph.do("ada", "clientTypeRename", id=veteran, name="Veteran")
    await graph.do("helen", "clientSetType", id=world.nora, typeId=veteran)
    assert (await record(graph, "helen", world.nora))["type"] == {"name": "Veteran"}
    foreign = (await graph.do("pam", "clientTypeAdd", show, organizationId=world.food_bank, name="Guest"))["clientType"]
    refused = await graph.refused("helen", "clientSetType", id=world.sam, typeId=foreign["id"])
    assert refused[:2] == ("NOT_FOUND", ["input", "typeId"])

    # A retired type stays with whom has it, and is given to nobody else.
    await graph.do("ada", "clientTypeRetire", id=veteran)
    assert (await record(graph, "helen", world.nora))["type"] == {"name": "Veteran"}
    assert (await graph.refused("helen", "clientSetType", id=world.sam, typeId=veteran)).code == "NOT_FOUND"
    await graph.do("helen", "clientSetType", id=world.nora, typeId=None)
    assert (await record(graph, "helen", world.nora))["type"] is None
    assert (await graph.ask("otto", types, id=world.agency))["organization"]["clientTypes"]["nodes"] == []


@pytest.mark.rule("EL14")
async def test_a_staff_record_is_managed_like_a_clients(graph: Graph, world: World) -> None:
    given = {"organizationId": world.agency, "firstName": "Stan", "lastName": "Staff", "kind": "EMPLOYEE"}
    stan = (await graph.do("helen", "clientCreate", email="stan@example.test", **given))["client"]["id"]
    await graph.do("ada", "clientSetCaseNumber", id=stan, caseNumber="S-1")
    await graph.do("helen", "clientSetStatus", id=stan, status="INACTIVE")
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    await graph.do("ada", "clientInvite", clientId=stan)
    await graph.do("helen", "clientsAddToGroup", groupId=world.outreach, clientIds=[stan])
    clients = "query ($filter: ClientFilter) { viewer { clients(filter: $filter) { nodes { firstName } } } }"
    for filter, names in (
        ({"kind": "EMPLOYEE"}, ["Stan"]),
        ({"kind": "CLIENT"}, ["Nora", "Sam"]),
        ({"kind": "EMPLOYEE", "status": ["ACTIVE"]}, []),
    ):
        found = (await graph.ask("helen", clients, filter=filter))["viewer"]["clients"]["nodes"]
        assert [client["firstName"] for client in found] == names
    await graph.do("ada", "clientDelete", "clientId", id=stan)
    await graph.do("ada", "clientRestore", id=stan)


@pytest.mark.rule("EL4", "XX3")
async def test_a_filter_tells_outsiders_nothing_of_the_box(graph: Graph, world: World) -> None:
    await world.refer()
    clients = "query ($filter: ClientFilter) { viewer { clients(filter: $filter) { totalCount } } }"
    for filter in ({"status": ["ACTIVE"]}, {"kind": "CLIENT"}, {"groupId": world.outreach}):
        for outsider in ("paul", "sam"):
            assert (await graph.ask(outsider, clients, filter=filter))["viewer"]["clients"] == {"totalCount": 0}


@pytest.mark.rule("EL2", "EL4")
async def test_a_navigator_edits_but_gives_no_case_numbers(graph: Graph, world: World) -> None:
    await hire(world, "vera", world.agency)
    await hire(world, "carl", world.agency, P.VIEW_CLIENTS, P.CASE_NUMBERS)
    assert (await graph.refused("vera", "clientSetStatus", id=world.nora, status="CLOSED")).code == "NOT_FOUND"
    await graph.do("ada", "clientAssignNavigator", clientId=world.nora, userId=world.people["vera"])
    await graph.do("vera", "clientSetStatus", id=world.nora, status="CLOSED")
    assert (await graph.refused("vera", "clientSetCaseNumber", id=world.nora, caseNumber="1")).code == "FORBIDDEN"
    await graph.do("carl", "clientSetCaseNumber", id=world.nora, caseNumber="1")
    assert (await graph.refused("carl", "clientSetStatus", id=world.nora, status="ACTIVE")).code == "FORBIDDEN"
