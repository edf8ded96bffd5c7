"""One request, one act, whatever else is wrong with it."""

import pytest

from tests.graph import Graph, ProtocolError
from tests.world import World


@pytest.mark.rule("XX9")
async def test_a_mutation_acts_once_though_a_field_of_its_answer_fails(graph: Graph, world: World) -> None:
    bad = """mutation($input: ReferralSubmitInput!) {
      referralSubmit(input: $input) { referral { id notes(first: 500) { totalCount } } userErrors { code } } }"""
    given = {"clientId": world.sam, "programId": world.pantry, "consent": True}
    with pytest.raises(ProtocolError) as refused:
        await graph.ask("helen", bad, input=given)
    assert refused.value.errors[0]["extensions"]["argument"] == "first"
    assert await world.database.pool.fetchval("select count(*) from referrals") == 1


@pytest.mark.rule("FH7")
async def test_a_view_is_recorded_once_for_each_operation(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("pam", "organizationRecordViews", id=world.food_bank, recording=True)
    with pytest.raises(ProtocolError):
        await graph.ask("paul", "query($id: ID!) { referral(id: $id) { id notes(last: 0) { totalCount } } }", id=id)
    await graph.ask("paul", "query($id: ID!) { a: referral(id: $id) { id } b: node(id: $id) { id } }", id=id)
    views = "select count(*) from events where action = 'referral.viewed'"
    assert await world.database.pool.fetchval(views) == 2
