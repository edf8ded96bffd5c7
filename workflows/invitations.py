"""Invitations: sent, sent again, revoked and accepted (EL8).

Whoever accepts has the letter, or is signed in with the address that it went to: nobody becomes a member, or gets an
account, without their own doing. To the inviter it is all the same whether the address is known.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, exists, func, select, update

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.invitations import Invitation
from models.letters import LetterKind
from models.organizations import Organization
from models.people import Membership, User
from policies import invitations as policy
from policies import organizations as organization_policy
from policies import records as record_policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, letters, people, records, text
from workflows.clients import give_account
from workflows.organizations import lock_own
from workflows.record import record_inside
from workflows.refusals import Refusal, RefusedError, not_found, require

LIFETIME = timedelta(days=14)

_BY_ID = Invitation.id == bindparam("id", type_=UUID)
_USER = Statement(select(User.id).where(func.lower(User.email) == func.lower(bindparam("address"))))
_IS_MEMBER = Statement(
    select(
        exists().where(
            func.lower(User.email) == func.lower(bindparam("address")),
            Membership.user_id == User.id,
            Membership.organization_id == bindparam("organization_id", type_=UUID),
            Membership.ended_at.is_(None),
        )
    )
)
_SEEN = Statement(
    select(Invitation.client_id, Invitation.organization_id).where(
        _BY_ID, policy.visible(ONE), ~policy.sent_to(ONE), policy.is_open()
    )
)
_LOCK = Statement(select(Invitation).where(_BY_ID).with_for_update())
_LOCK_SENT_TO = Statement(select(Invitation).where(_BY_ID, policy.sent_to(ONE)).with_for_update(of=Invitation))
_REVOKE_FOR_CLIENT = Statement(
    update(Invitation)
    .where(Invitation.client_id == bindparam("client", type_=UUID), policy.is_open())
    .values(revoked_at=bindparam("now"))
)
_REVOKE_FOR_ADDRESS = Statement(
    update(Invitation)
    .where(
        Invitation.client_id.is_(None),
        Invitation.organization_id == bindparam("organization", type_=UUID),
        func.lower(Invitation.address) == func.lower(bindparam("for_address")),
        policy.is_open(),
    )
    .values(revoked_at=bindparam("now"))
)
_SHOWN = Statement(
    select(
        Invitation.address,
        Invitation.client_id,
        Invitation.expires_at,
        Invitation.accepted_at,
        Invitation.revoked_at,
        Organization.name.label("organization_name"),
        exists().where(func.lower(User.email) == func.lower(Invitation.address)).label("is_known"),
    )
    .join(Organization, Organization.id == Invitation.organization_id)
    .where(_BY_ID)
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What an invitation's letter leads to."""

    address: str
    organization_name: str
    to_portal: bool
    has_account: bool
    """Whether somebody with this address can sign in already: they choose no password."""
    accepted: bool
    revoked: bool
    expired: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody without an account says of themself."""

    password_hash: str
    first_name: str = ""
    last_name: str = ""


async def invite_client(transaction: Transaction, actor: Actor, client_id: str, address: str | None = None) -> Id:
    """Invite a client to the portal, at the record's address or another one; an earlier invitation is revoked."""
    client = await records.lock(transaction, actor, client_id, "clientId")
    require(record_policy.invite(actor, client), "clientId")
    to = text.email(address, "address") or client["email"]
    if to is None:
        raise RefusedError(Refusal.BLANK, "The record has no e-mail address: name one.", "address")
    if await transaction.value(_USER, address=to):
        raise RefusedError(Refusal.CONFLICT, "Somebody has this address already.", "address")
    await revoke_for_client(transaction, client["id"])
    id = await _send(transaction, actor, client["organization_id"], to, client_id=client["id"])
    await records.change(transaction, actor, client, "client.invited", after={"invitation_id": id})
    return str(client["id"])


async def invite_member(
    transaction: Transaction, actor: Actor, *, organization_id: str, address: str, role_ids: list[str]
) -> Id:
    """Invite whoever has this address into the organization, with these roles; answers the invitation."""
    organization = await lock_own(transaction, actor, organization_id, "organizationId")
    require(organization_policy.manage(actor, organization["id"]), "organizationId")
    to = text.email(address, "address")
    if to is None:
        raise RefusedError(Refusal.BLANK, "It must not be blank.", "address")
    roles = await people.known_roles(transaction, organization["id"], role_ids)
    if await transaction.value(_IS_MEMBER, address=to, organization_id=organization["id"]):
        raise RefusedError(Refusal.CONFLICT, "They are a member already.", "address")
    given = {"organization": organization["id"], "for_address": to, "now": clock.now()}
    await transaction.rows(_REVOKE_FOR_ADDRESS, **given)
    id = await _send(transaction, actor, organization["id"], to, role_ids=roles)
    await record_inside(transaction, actor, "invitation.sent", organization["id"], subject_id=id)
    return id


async def resend(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Send the invitation again, to the address that it went to first; it is good for as long as a new one."""
    client, invitation = await _handle(transaction, actor, id)
    now = clock.now()
    await transaction.update(Invitation, invitation["id"], sent_at=now, expires_at=now + LIFETIME)
    await letters.post(transaction, LetterKind.INVITATION, invitation["id"], invitation["organization_id"])
    await _tell(transaction, actor, "resent", client, invitation)
    return str(invitation["id"])


async def revoke(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Take the invitation back: its letter leads nowhere from now on."""
    client, invitation = await _handle(transaction, actor, id)
    await transaction.update(Invitation, invitation["id"], revoked_at=clock.now())
    await _tell(transaction, actor, "revoked", client, invitation)
    return str(invitation["id"])


async def revoke_for_client(transaction: Transaction, client_id: Id) -> None:
    """Take back the open invitation of a client, if there is one."""
    await transaction.rows(_REVOKE_FOR_CLIENT, client=client_id, now=clock.now())


async def find(reads: Reads, id: str) -> Shown | None:
    """What whoever has the letter is shown."""
    known = text.as_id(id)
    row = None if known is None else await reads.row(_SHOWN, id=known)
    if row is None:
        return None
    return Shown(
        address=row["address"],
        organization_name=row["organization_name"],
        to_portal=row["client_id"] is not None,
        has_account=row["is_known"],
        accepted=row["accepted_at"] is not None,
        revoked=row["revoked_at"] is not None,
        expired=row["expires_at"] <= clock.now(),
    )


async def accept(transaction: Transaction, id: str, newcomer: Newcomer | None) -> Id:
    """Accept as whoever has the letter; answers the person. A newcomer gets an account by it."""
    found = await transaction.row(_LOCK, id=text.known_id(id, "invitation"))
    if found is None:
        raise not_found("invitation")
    return await _accept(transaction, found, newcomer)


async def accept_own(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Accept an invitation to membership that was sent to one's own address; answers the organization."""
    known = text.known_id(id, "invitation", "id")
    found = await transaction.row(_LOCK_SENT_TO, id=known, **actor.parameters())
    if found is None:
        raise not_found("invitation", "id")
    await _accept(transaction, found, None)
    return str(found["organization_id"])


async def _accept(transaction: Transaction, invitation: Row, newcomer: Newcomer | None) -> Id:
    if invitation["accepted_at"] is not None:
        raise RefusedError(Refusal.CONFLICT, "This invitation has been accepted already.")
    if invitation["revoked_at"] is not None:
        raise RefusedError(Refusal.FORBIDDEN, "This invitation has been revoked.")
    if invitation["expires_at"] <= clock.now():
        raise RefusedError(Refusal.FORBIDDEN, "This invitation has expired.")
    user_id: Id | None = await transaction.value(_USER, address=invitation["address"])
    await transaction.update(Invitation, invitation["id"], accepted_at=clock.now())
    if invitation["client_id"] is not None:
        return await _open_account(transaction, invitation, user_id, newcomer)
    if user_id is None:
        user_id = await _register(transaction, invitation, newcomer)
    organization_id, roles = invitation["organization_id"], invitation["role_ids"]
    by = Actor(user_id)
    await people.join(transaction, by, user_id=user_id, organization_id=organization_id, role_ids=roles)
    return user_id


async def _open_account(transaction: Transaction, invitation: Row, user_id: Id | None, newcomer: Newcomer | None) -> Id:
    client = await records.lock_unasked(transaction, invitation["client_id"])
    if client is None or not client["has_portal"] or newcomer is None:
        raise RefusedError(Refusal.FORBIDDEN, "This invitation is not open any more.")
    if user_id is not None:
        raise RefusedError(Refusal.CONFLICT, "Somebody has this address already.")
    named = Newcomer(newcomer.password_hash, client["first_name"], client["last_name"])
    user_id = await _register(transaction, invitation, named)
    await give_account(transaction, Actor(user_id), client, user_id)
    return user_id


async def _register(transaction: Transaction, invitation: Row, newcomer: Newcomer | None) -> Id:
    if newcomer is None:
        raise RefusedError(Refusal.BLANK, "Choose a password.")
    return await people.register(
        transaction,
        email=invitation["address"],
        first_name=newcomer.first_name,
        last_name=newcomer.last_name,
        password_hash=newcomer.password_hash,
    )


async def _send(
    transaction: Transaction,
    actor: Actor,
    organization_id: Id,
    address: str,
    *,
    client_id: Id | None = None,
    role_ids: list[Id] | None = None,
) -> Id:
    now = clock.now()
    id = new_id()
    await transaction.insert(
        Invitation,
        id=id,
        organization_id=organization_id,
        client_id=client_id,
        role_ids=role_ids or [],
        address=address,
        invited_by_id=actor.id,
        created_at=now,
        sent_at=now,
        expires_at=now + LIFETIME,
    )
    await letters.post(transaction, LetterKind.INVITATION, id, organization_id)
    return id


async def _handle(transaction: Transaction, actor: Actor, id: str) -> tuple[Row | None, Row]:
    """The open invitation, locked, and the client whose account it is to, if the actor may send it again or revoke it.

    The client is locked before it, as whoever invites does.
    """
    known = text.known_id(id, "invitation", "id")
    seen = await transaction.row(_SEEN, id=known, **actor.parameters())
    if seen is None:
        raise not_found("invitation", "id")
    client = None
    if seen["client_id"] is not None:
        client = await records.lock(transaction, actor, seen["client_id"], "id")
        require(record_policy.handle_invitation(actor, client), "id")
    else:
        require(organization_policy.manage(actor, seen["organization_id"]), "id")
    invitation = await transaction.row(_LOCK, id=known)
    if invitation is None or invitation["accepted_at"] is not None or invitation["revoked_at"] is not None:
        raise not_found("invitation", "id")
    return client, invitation


async def _tell(transaction: Transaction, actor: Actor, what: str, client: Row | None, invitation: Row) -> None:
    if client is None:
        organization_id = invitation["organization_id"]
        await record_inside(transaction, actor, f"invitation.{what}", organization_id, subject_id=invitation["id"])
        return
    after = {"invitation_id": invitation["id"]}
    await records.change(transaction, actor, client, f"client.invitation_{what}", after=after)
