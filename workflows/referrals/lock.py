"""Fetching a referral to change it."""

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.programs import Program
from models.referrals import Referral
from policies import clients as client_policy
from policies import referrals as policy
from policies.actors import ONE, UUID, Actor
from workflows import text
from workflows.refusals import not_found

_LOCK = Statement(
    select(
        Referral.id,
        Referral.version,
        Referral.status,
        Referral.client_id,
        Referral.program_id,
        Referral.made_by_id,
        Referral.organization_id,
        Referral.shared_with,
        Referral.live,
        Referral.goal_id,
        Program.organization_id.label("program_organization_id"),
        client_policy.details_shown(ONE).label("details_shown"),
    )
    .join(Program, Program.id == Referral.program_id)
    .where(Referral.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Referral, key_share=True)
)


async def lock(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    """The referral, locked until the transaction ends, if the actor sees it."""
    referral = await transaction.row(_LOCK, id=text.known_id(id, "referral", *field), **actor.parameters())
    if referral is None:
        raise not_found("referral", *field)
    return referral


def topics(referral: Row) -> list[str]:
    """The topics of whoever may see the referral, now or once the client consents again."""
    topics = [f"user:{referral['made_by_id']}", f"client:{referral['client_id']}"]
    topics += [f"team:{id}" for id in referral["shared_with"]]
    if referral["live"]:
        topics.append(program_topic(referral["program_id"]))
    return topics


def program_topic(program_id: Id) -> str:
    """The topic of a program's claimers."""
    return f"program:{program_id}"
