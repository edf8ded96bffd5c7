"""Referrals, as they are read."""

from sqlalchemy import select

from models.database import Statement
from models.events import Event
from tests.graph import Graph
from tests.world import World

HISTORY = "query($id: ID!) { referral(id: $id) { history { nodes { id action } edges { node { id } } } } }"


async def test_a_line_of_the_history_has_the_id_of_its_event(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("paul", "referralSetStatus", id=id, status="PENDING")
    await graph.do("paul", "referralSetStatus", id=id, status="ELIGIBLE")

    history = (await graph.ask("helen", HISTORY, id=id))["referral"]["history"]

    query = select(Event.id, Event.action).where(Event.record_id == id).order_by(Event.id)
    events = await world.database.rows(Statement(query))
    assert history["nodes"] == [{"id": str(event["id"]), "action": event["action"]} for event in events]
    assert [edge["node"]["id"] for edge in history["edges"]] == [line["id"] for line in history["nodes"]]
    assert len({line["id"] for line in history["nodes"]}) == 3
