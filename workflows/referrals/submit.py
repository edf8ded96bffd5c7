"""Making a referral."""

from sqlalchemy import any_, bindparam, select, union_all

from models.base import Id, new_id
from models.clients import Client, ContactPreference
from models.database import Row, Statement, Transaction
from models.goals import Goal
from models.notifications import NotificationKind
from models.organizations import Group
from models.partners import BusinessUnit
from models.people import Permission
from models.programs import Program
from models.referrals import Referral, ReferralMaker
from policies import clients as client_policy
from policies import goals as goal_policy
from policies.actors import ONE, UUID, UUIDS, Actor
from workflows import clock, text
from workflows.later import later
from workflows.notifications import notify
from workflows.record import record
from workflows.referrals.lock import program_topic
from workflows.refusals import Refusal, RefusedError, not_found, require

_CLIENT = Statement(
    select(Client.id, Client.organization_id, Client.contact_preference, Client.consented_at, Client.version)
    .where(Client.id == bindparam("id", type_=UUID), client_policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_PROGRAM = Statement(
    select(Program.id, Program.organization_id, Program.active).where(Program.id == bindparam("id", type_=UUID))
)
_GOAL = Statement(
    select(Goal.id).where(
        Goal.id == bindparam("id", type_=UUID),
        Goal.client_id == bindparam("client_id", type_=UUID),
        goal_policy.visible(ONE),
    )
)
_SHARING_TEAMS = Statement(
    union_all(
        *(
            select(team.id).where(
                team.id == any_(bindparam("teams", type_=UUIDS)),
                team.organization_id == bindparam("organization_id", type_=UUID),
                team.shares_outbound_since <= bindparam("now"),
            )
            for team in (Group, Program)
        ),
        # A business unit always shares (KW3).
        select(BusinessUnit.id).where(
            BusinessUnit.id == any_(bindparam("teams", type_=UUIDS)),
            BusinessUnit.company_id == bindparam("organization_id", type_=UUID),
        ),
    )
)


async def submit(
    transaction: Transaction,
    actor: Actor,
    *,
    client_id: str,
    program_id: str,
    consent: bool,
    live: bool = True,
    comments: str | None = None,
    goal_id: str | None = None,
) -> Id:
    """Refer the client to the program. A live referral needs the client's consent; a logged one is a record only."""
    client = await _visible_client(transaction, actor, client_id)
    require(client_policy.refer(actor, client), "clientId")
    program = await transaction.row(_PROGRAM, id=text.known_id(program_id, "program", "programId"))
    if program is None:
        raise not_found("program", "programId")
    if not program["active"]:
        raise RefusedError(Refusal.INVALID, "The program takes no referrals any more.", "programId")
    if live and not consent:
        message = "A live referral needs the client's consent. Without it, log the referral instead."
        raise RefusedError(Refusal.CONSENT_REQUIRED, message, "consent")
    comments = text.optional(comments, text.COMMENT, "comments")
    goal = None if goal_id is None else await visible_goal(transaction, actor, client["id"], goal_id)

    now = clock.now()
    id = new_id()
    made_as, organization_id = _maker(actor, client, program)
    teams = [] if organization_id is None else await _sharing_teams(transaction, actor, organization_id)
    await transaction.insert(
        Referral,
        id=id,
        client_id=client["id"],
        program_id=program["id"],
        made_by_id=actor.id,
        made_as=made_as,
        organization_id=organization_id,
        shared_with=teams,
        live=live,
        consented_at=now if consent else None,
        comments=comments,
        goal_id=goal,
        created_at=now,
        updated_at=now,
    )
    topics = [f"user:{actor.id}", f"client:{client['id']}", *(f"team:{team}" for team in teams)]
    if live:
        topics.append(program_topic(program["id"]))
    await record(
        transaction,
        actor,
        "referral.submitted" if live else "referral.logged",
        subject_id=id,
        version=1,
        kind="referral",
        record_id=id,
        after={
            "status": "not_updated",
            "client_id": client["id"],
            "program_id": program["id"],
            "goal_id": goal,
        },
        topics=topics,
    )
    await notify(transaction, actor, NotificationKind.REFERRAL_SUBMITTED, client["id"], referral_id=id)
    if live and client["contact_preference"] != ContactPreference.NONE:
        await later(transaction, "referral_submitted", {"referral_id": id}, once=f"referral_submitted:{id}")
    return id


async def _visible_client(transaction: Transaction, actor: Actor, id: str) -> Row:
    client = await transaction.row(_CLIENT, id=text.known_id(id, "client", "clientId"), **actor.parameters())
    if client is None:
        raise not_found("client", "clientId")
    return client


async def visible_goal(transaction: Transaction, actor: Actor, client_id: Id, goal_id: str) -> Id:
    """The id of the client's goal, if the actor sees it."""
    id = text.known_id(goal_id, "goal of this client", "goalId")
    goal: Id | None = await transaction.value(_GOAL, id=id, client_id=client_id, **actor.parameters())
    if goal is None:
        raise not_found("goal of this client", "goalId")
    return goal


def _maker(actor: Actor, client: Row, program: Row) -> tuple[ReferralMaker, Id | None]:
    """In which part the actor refers, and for which organization."""
    if client["id"] in actor.clients:
        return ReferralMaker.SEEKER, None
    allowed = actor.organizations_with(Permission.MAKE_REFERRALS)
    if program["id"] in actor.programs and program["organization_id"] in allowed:
        return ReferralMaker.PROGRAM, program["organization_id"]
    return ReferralMaker.HELPER, client["organization_id"] if client["organization_id"] in allowed else allowed[0]


async def _sharing_teams(transaction: Transaction, actor: Actor, organization_id: Id) -> list[Id]:
    rows = await transaction.rows(
        _SHARING_TEAMS, teams=list(actor.teams), organization_id=organization_id, now=clock.now()
    )
    return sorted(row[0] for row in rows)
