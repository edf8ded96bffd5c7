"""Whatever is asked, the executor and graphql-core answer the same, byte for byte.

Operations are made at random, always the same ones; EXECUTOR_EXAMPLES=5000 makes more. One on which the engines
disagree is made smaller before it is shown: keep it below.
"""

# ruff: noqa: E501 -- operations as they were found

from __future__ import annotations

import asyncio
import os
from collections import Counter
from dataclasses import replace
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from schema.feed import Message, ResyncReason
from subscriptions import messages
from subscriptions.sights import Moment
from tests.server.executor.answers import Answers, same
from tests.server.executor.county import DOCUMENTS, NOBODY, SCHEMA, County
from tests.server.executor.documents import about, everything, smaller
from tests.server.executor.operations import Operation, Pool, query, subscription

EXAMPLES = int(os.environ.get("EXECUTOR_EXAMPLES", "100"))
# graphql-core leaves coroutines behind where it cancels the neighbours of a failed field.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine '.*_async_resolver' was never awaited:RuntimeWarning")

RANDOM = st.randoms(use_true_random=True)
WHO = st.sampled_from(
    ["helen", "helen", "paul", "paul", "pam", "sam", "sam", "ada", "hugo", "karl", "wren", "otto", NOBODY]
)
bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def _compare(runner: asyncio.Runner, county: County, who: str, operation: Operation, root: Any = None) -> Answers:
    """Compare; what differs is told by the smallest operation that shows it."""

    def difference(candidate: Operation) -> Exception | None:
        try:
            runner.run(same(county, who, candidate, root))
        except Exception as error:
            return error
        return None

    assert not DOCUMENTS.get(operation.text).errors, operation
    try:
        return runner.run(same(county, who, operation, root))
    except Exception as first:
        error: Exception = first
    while True:
        for text in smaller(operation.text):
            candidate = replace(operation, text=text)
            found = None if DOCUMENTS.get(text).errors else difference(candidate)
            if found is not None:
                operation, error = candidate, found
                break
        else:
            raise AssertionError(f"{who} asks {operation}, root {root}") from error


SAME = {
    # Under one key, different fields in different places: the rows need the columns of all of them.
    "a key with two meanings": """{ viewer { clients { a: nodes { x: firstName } b: nodes { x: lastName }
        edges { node { x: createdAt } } } } }""",
    "a node that is a cursor elsewhere": "{ viewer { clients { a: edges { n: node { id } } b: edges { n: cursor } } } }",
    "nodes and edges of different columns": """{ viewer { outboundReferrals { edges { node { status } cursor }
        nodes { id goal { title } category } } } }""",
    "a key selected twice": """{ viewer { clients { nodes { organization { name } organization { id __typename } }
        nodes { lastName organization { kind } } } } viewer { user { name } clients { totalCount } } }""",
    "a list twice, by different arguments": """{ viewer { a: outboundReferrals(first: 2) { nodes { id } }
        b: outboundReferrals(last: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } } }""",
    "another order": """{ viewer { programs(nearPostalCode: "94133") { totalCount edges { cursor node { id name } }
        nodes { sites { nodes { latitude longitude } } } pageInfo { endCursor } } all: programs { totalCount } } }""",
    "fragments in fragments": """{ viewer { ...V ...V user { ...N } } }
        fragment V on Viewer { user { ...U ... on Node { ... on User { name } ... on Client { phone } } } }
        fragment U on User { ...N email ...N } fragment N on Node { id ... on User { version } }""",
    "skip and include": """{ viewer { user { id @skip(if: false) @include(if: true) name @skip(if: true) @include(if: true)
        email @include(if: false) ... @skip(if: true) { phone } ...U @include(if: false) ...U } } }
        fragment U on User { firstName }""",
    "nothing left": "{ viewer { user { id @skip(if: true) } clients @skip(if: true) { totalCount } } }",
    "names of types only": """{ __typename viewer { __typename clients { __typename nodes { __typename }
        edges { __typename node { __typename } } pageInfo { __typename } } } }""",
    "one status for a list of them": "{ viewer { outboundReferrals(filter: {status: PENDING}) { totalCount } } }",
    "no status at all": "{ viewer { outboundReferrals(filter: {status: []}) { totalCount nodes { id } } } }",
    "enums, and lists of them": """{ viewer { outboundReferrals { nodes { status category madeAs access { statuses }
        replacedBy { status replacedBy { id } } history { nodes { fromStatus toStatus } } client { contactPreference } } }
        user { memberships { nodes { roles { nodes { permissions } } organization { kind } } } } } }""",
    "numbers and lists of text": """{ viewer { programs(first: 100) { nodes { version active categories description
        sites { nodes { latitude longitude } } } } } }""",
    "the children that rows share": """{ viewer { outboundReferrals(first: 100) { nodes { client { id withheld { field }
        access { edit { rule } } organization { name } } program { id organization { name } } referredBy { name } } } } }""",
    "counts": """{ viewer { outboundReferrals { totalCount nodes { notes { totalCount } history { totalCount }
        client { referrals(filter: {status: [PENDING, ELIGIBLE]}) { totalCount } } } } } }""",
    "the same root again": "{ a: viewer { feedHead } b: viewer { inboundCounts { notUpdated program { name } } } }",
    "a refused argument far down": """{ viewer { outboundReferrals { nodes { id client { id
        goals(first: 0) { totalCount } } } } } }""",
    "a refused argument of an optional field": """{ viewer { user { name } } node(id: "nonsense") { id }
        program(id: "1") { referrals(first: 1, last: 1) { totalCount } } }""",
    "a cursor of another list": """{ viewer { outboundReferrals(after: "WyJhIl0") { totalCount } } }""",
    "text that nothing can contain": """{ viewer { clients(search: "\\u0000") { totalCount } } }""",
}
"""What is easily got wrong, and what was: operations on which the engines once disagreed."""


@pytest.mark.parametrize("what", SAME)
def test_by_hand(county: County, runner: asyncio.Runner, what: str) -> None:
    for who in ("helen", "paul", "sam", NOBODY):
        answers = _compare(runner, county, who, Operation(SAME[what], None, None))
        assert answers.how == ("unusual" if answers.has_errors else "planned")


def test_nodes_of_all_kinds(county: County, runner: asyncio.Runner) -> None:
    for who in ("ada", "pam", "cora", NOBODY):
        for kind, ids in county.ids.items():
            inside = everything(SCHEMA.type_map[kind], 1)
            text = (
                f"query($id: ID!) {{ node(id: $id) {{ __typename id ... on Site {{ name }} ... on {kind} {inside} }} }}"
            )
            for id in (ids[0], ids[-1]):
                answers = _compare(runner, county, who, Operation(text, {"id": id}, None))
                assert answers.how == ("unusual" if who == NOBODY else "planned")


def test_queries(county: County, runner: asyncio.Runner) -> None:
    how: Counter[str] = Counter()

    @bounded
    @given(RANDOM, WHO)
    def ask(random: Random, who: str) -> None:
        operation = query(random, SCHEMA, Pool(county.ids, county.seen[who], county.cursors))
        assume(not DOCUMENTS.get(operation.text).errors)
        answers = _compare(runner, county, who, operation)
        # What goes well goes well by plan: nothing falls back in silence.
        assert answers.how == ("unusual" if answers.has_errors else "planned")
        how[answers.how] += 1

    ask()
    assert how["planned"] > EXAMPLES / 2


def _all_messages(county: County, who: str) -> list[Message]:
    """One of each kind that is about something the person sees, or about nothing."""
    scope: Any = county.actors[who]
    sight: Any = SimpleNamespace(scope=scope, moment=Moment())
    seen = {id for ids in county.seen[who].values() for id in ids}
    changes = {event["kind"]: event for event in county.events if event["record_id"] in seen}
    deliveries = [
        *(messages.changed(event, sight, "") for event in changes.values()),
        messages.access_ended(county.ids["Referral"][0], scope, ""),
        messages.checkpoint(scope, ""),
        *(messages.resync_required(reason, scope) for reason in ResyncReason),
    ]
    return [delivery.message for delivery in deliveries]


def _message(county: County, random: Random, who: str) -> Message:
    if random.random() < 0.3:
        return random.choice(_all_messages(county, who))
    sight: Any = SimpleNamespace(scope=county.actors[who], moment=Moment())
    return messages.changed(random.choice(county.events), sight, "").message


def test_messages(county: County, runner: asyncio.Runner) -> None:
    kinds: Counter[str] = Counter()

    @bounded
    @given(RANDOM, WHO)
    def tell(random: Random, who: str) -> None:
        operation = subscription(random, SCHEMA, Pool(county.ids, county.seen[who], county.cursors))
        assume(not DOCUMENTS.get(operation.text).errors)
        message = _message(county, random, who)
        answers = _compare(runner, county, who, operation, message)
        assert answers.how == ("unusual" if answers.has_errors else "planned")
        kinds[message["typename"]] += 1

    tell()
    assert set(kinds) == {
        *("ReferralChanged", "ClientChanged", "EngagementChanged", "ProgressionChanged", "CaseManagerChanged"),
        *("AccessEnded", "FeedCheckpoint", "ResyncRequired"),
    }


@pytest.mark.parametrize("who", ["helen", "paul", "sam"])
def test_every_field(county: County, runner: asyncio.Runner, who: str) -> None:
    """All fields of every type, by the shortest way from the viewer, from a form and from a message."""
    client = county.seen[who]["Client"][0]
    questions: list[tuple[str, Any]] = [(f"{{ viewer {selection} }}", None) for selection in about(SCHEMA, "Viewer")]
    questions.append(
        (f'{{ referralForm(clientId: "{client}") {everything(SCHEMA.type_map["ReferralForm"], 2)} }}', None)
    )
    for message in _all_messages(county, who):
        kind = message["typename"]
        inside = everything(SCHEMA.type_map[kind], 2)
        questions.append((f"subscription {{ feed {{ __typename ... on {kind} {inside} }} }}", message))
    for text, root in questions:
        assert _compare(runner, county, who, Operation(text, None, None), root).how == "planned", text
