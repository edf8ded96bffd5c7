"""People: accounts, memberships, roles, places, bans."""

from sqlalchemy import bindparam, func, select, update

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.organizations import Group, Site
from models.people import Membership, MembershipRole, Permission, Placement, Role, Session, User
from models.programs import Program
from policies import organizations as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, not_found, require
from workflows.rights import changing_rights, lock_user

_BY_EMAIL = Statement(select(User.id).where(func.lower(User.email) == func.lower(bindparam("email"))))
_MEMBERSHIP = Statement(
    select(Membership)
    .where(Membership.id == bindparam("id", type_=UUID), Membership.ended_at.is_(None))
    .with_for_update(key_share=True)
)
_CURRENT = Statement(
    select(Membership.id).where(
        Membership.user_id == bindparam("user_id", type_=UUID),
        Membership.organization_id == bindparam("organization_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
)
_ROLE = Statement(
    select(Role.id).where(
        Role.id == bindparam("id", type_=UUID),
        Role.organization_id == bindparam("organization_id", type_=UUID),
    )
)
_PLACE_TABLES: dict[str, type[Site] | type[Program] | type[Group]] = {
    "site": Site,
    "program": Program,
    "group": Group,
}
_PLACES = {
    name: Statement(
        select(table.id).where(
            table.id == bindparam("id", type_=UUID),
            table.organization_id == bindparam("organization_id", type_=UUID),
        )
    )
    for name, table in _PLACE_TABLES.items()
}
_PLACED = Statement(
    select(Placement.id).where(
        Placement.membership_id == bindparam("membership_id", type_=UUID),
        func.coalesce(Placement.site_id, Placement.program_id, Placement.group_id) == bindparam("place_id", type_=UUID),
        Placement.ended_at.is_(None),
    )
)
_PLACEMENT = Statement(
    select(Placement.id, Placement.membership_id, Membership.user_id, Membership.organization_id)
    .join(Membership, Membership.id == Placement.membership_id)
    .where(
        Placement.id == bindparam("id", type_=UUID),
        Placement.ended_at.is_(None),
        Membership.ended_at.is_(None),
    )
)
_END_PLACEMENTS = Statement(
    update(Placement)
    .where(Placement.membership_id == bindparam("membership", type_=UUID), Placement.ended_at.is_(None))
    .values(ended_at=bindparam("now"))
)
_REVOKE_SESSIONS = Statement(
    update(Session)
    .where(Session.user_id == bindparam("user", type_=UUID), Session.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)


async def register(
    transaction: Transaction,
    *,
    email: str,
    first_name: str,
    last_name: str,
    password_hash: str | None = None,
) -> Id:
    """Open an account. The caller has checked who asks."""
    address = text.email(email, "email")
    if address is None:
        raise RefusedError(Refusal.BLANK, "It must not be blank.", "email")
    if await transaction.value(_BY_EMAIL, email=address):
        raise RefusedError(Refusal.CONFLICT, "Somebody has this address already.", "email")
    now = clock.now()
    id = new_id()
    await transaction.insert(
        User,
        id=id,
        email=address,
        password_hash=password_hash,
        first_name=text.required(first_name, text.NAME, "firstName"),
        last_name=text.required(last_name, text.NAME, "lastName"),
        created_at=now,
        updated_at=now,
    )
    return id


async def add_role(transaction: Transaction, *, organization_id: Id, name: str, permissions: list[Permission]) -> Id:
    """Define a role of the organization."""
    id = new_id()
    await transaction.insert(
        Role,
        id=id,
        organization_id=organization_id,
        name=text.required(name, text.NAME, "name"),
        permissions=[permission.value for permission in permissions],
    )
    return id


async def join(
    transaction: Transaction, actor: Actor | None, *, user_id: str, organization_id: Id, role_ids: list[str]
) -> Id:
    """Make the person a member with these roles: they accepted an invitation; `actor` None is the system's set-up."""
    user = await lock_user(transaction, user_id)
    if await membership_of(transaction, user["id"], organization_id):
        raise RefusedError(Refusal.CONFLICT, "They are a member already.", "userId")
    roles = await known_roles(transaction, organization_id, role_ids)
    async with changing_rights(transaction, actor, user, "membership.started"):
        return await start_membership(transaction, user["id"], organization_id, roles)


async def membership_of(transaction: Transaction, user_id: Id, organization_id: Id) -> Id | None:
    """Their membership in the organization, if there is one."""
    found: Id | None = await transaction.value(_CURRENT, user_id=user_id, organization_id=organization_id)
    return found


async def start_membership(transaction: Transaction, user_id: Id, organization_id: Id, role_ids: list[Id]) -> Id:
    """Make them a member with these roles of the organization; inside a change of their rights."""
    id = new_id()
    await transaction.insert(
        Membership, id=id, user_id=user_id, organization_id=organization_id, started_at=clock.now()
    )
    for role_id in role_ids:
        await transaction.insert(MembershipRole, membership_id=id, role_id=role_id)
    return id


async def end_membership(transaction: Transaction, membership_id: Id) -> None:
    """End the membership and all its places; inside a change of their rights."""
    await transaction.rows(_END_PLACEMENTS, membership=membership_id, now=clock.now())
    await transaction.update(Membership, membership_id, ended_at=clock.now())


async def known_roles(transaction: Transaction, organization_id: Id, role_ids: list[str]) -> list[Id]:
    """These roles of the organization, each once."""
    known = sorted({text.known_id(role_id, "role of this organization", "roleIds") for role_id in role_ids})
    for role_id in known:
        if not await transaction.value(_ROLE, id=role_id, organization_id=organization_id):
            raise not_found("role of this organization", "roleIds")
    return known


async def leave(transaction: Transaction, actor: Actor, membership_id: str) -> Id:
    """End the membership and all its places: what it let the person see is gone from their streams at once (XX2)."""
    membership = await _membership(transaction, actor, membership_id, "id")
    user = await lock_user(transaction, membership["user_id"])
    async with changing_rights(transaction, actor, user, "membership.ended"):
        await end_membership(transaction, membership["id"])
    return str(membership["id"])


async def set_leader(transaction: Transaction, actor: Actor | None, membership_id: str, leader_id: str | None) -> Id:
    """Say to whom in the organization the member submits what has to be approved (AM2); None: to nobody."""
    membership = await _membership(transaction, actor, membership_id, "id")
    leader = None
    if leader_id is not None:
        leader = text.known_id(leader_id, "member of this organization", "leaderId")
        if not await membership_of(transaction, leader, membership["organization_id"]):
            raise not_found("member of this organization", "leaderId")
        if leader == membership["user_id"]:
            raise RefusedError(Refusal.INVALID, "Nobody is their own leader.", "leaderId")
    await transaction.update(Membership, membership["id"], leader_id=leader)
    await record(
        transaction,
        actor,
        "membership.leader_set",
        subject_id=membership["id"],
        version=1,
        kind="membership",
        record_id=membership["id"],
        before={"leader_id": membership["leader_id"]},
        after={"leader_id": leader},
        topics=[f"organization:{membership['organization_id']}"],
    )
    return str(membership["id"])


async def place(
    transaction: Transaction,
    actor: Actor | None,
    *,
    membership_id: str,
    site_id: str | None = None,
    program_id: str | None = None,
    group_id: str | None = None,
) -> Id:
    """Have the member work at a site, on a program or in a group of the organization: exactly one of the three."""
    named = {"site": site_id, "program": program_id, "group": group_id}
    given = {name: id for name, id in named.items() if id is not None}
    if len(given) != 1:
        raise RefusedError(Refusal.INVALID, "Name one of a site, a program and a group.", "programId")
    [(kind, place_id)] = given.items()
    membership = await _membership(transaction, actor, membership_id, "membershipId")
    known = text.known_id(place_id, f"{kind} of this organization", f"{kind}Id")
    if not await transaction.value(_PLACES[kind], id=known, organization_id=membership["organization_id"]):
        raise not_found(f"{kind} of this organization", f"{kind}Id")
    if await transaction.value(_PLACED, membership_id=membership["id"], place_id=known):
        raise RefusedError(Refusal.CONFLICT, "They work there already.", f"{kind}Id", current=membership["id"])
    user = await lock_user(transaction, membership["user_id"])
    async with changing_rights(transaction, actor, user, "placement.started"):
        id = new_id()
        await transaction.insert(
            Placement, id=id, membership_id=membership["id"], started_at=clock.now(), **{f"{kind}_id": known}
        )
    return id


async def unplace(transaction: Transaction, actor: Actor, placement_id: str) -> Id:
    """End the member's work at that place; answers the membership."""
    known = text.known_id(placement_id, "placement", "id")
    placement = await transaction.row(_PLACEMENT, id=known)
    if placement is None or placement["organization_id"] not in actor.organizations:
        raise not_found("placement", "id")
    require(policy.manage(actor, placement["organization_id"]), "id")
    user = await lock_user(transaction, placement["user_id"])
    # The person's row is what changes of their rights wait for: it may have ended while we did.
    if not await transaction.value(_PLACEMENT, id=known):
        raise not_found("placement", "id")
    async with changing_rights(transaction, actor, user, "placement.ended"):
        await transaction.update(Placement, placement["id"], ended_at=clock.now())
    return str(placement["membership_id"])


async def ban(transaction: Transaction, actor: Actor | None, user_id: str) -> Id:
    """Shut the person out: their sessions end and their open sockets are closed at once."""
    user = await lock_user(transaction, user_id)
    if actor is not None:
        await _require_manager_of(transaction, actor, user)
    async with changing_rights(transaction, actor, user, "user.banned"):
        await transaction.update(User, user["id"], banned_at=clock.now())
        await revoke_sessions(transaction, user["id"])
    return str(user["id"])


async def revoke_sessions(transaction: Transaction, user_id: Id) -> None:
    """End all sessions of a person who is being shut out."""
    await transaction.rows(_REVOKE_SESSIONS, user=user_id, now=clock.now())


async def unban(transaction: Transaction, actor: Actor | None, user_id: str) -> Id:
    """Let the person sign in again."""
    user = await lock_user(transaction, user_id)
    if actor is not None:
        await _require_manager_of(transaction, actor, user)
    async with changing_rights(transaction, actor, user, "user.unbanned"):
        await transaction.update(User, user["id"], banned_at=None)
    return str(user["id"])


async def _require_manager_of(transaction: Transaction, actor: Actor, user: Row) -> None:
    decisions = [
        policy.manage(actor, organization_id)
        for organization_id in sorted(actor.organizations)
        if await membership_of(transaction, user["id"], organization_id)
    ]
    if not decisions:
        raise not_found("person", "userId")
    require(next((decision for decision in decisions if decision.allowed), decisions[0]), "userId")


async def _membership(transaction: Transaction, actor: Actor | None, membership_id: str, field: str) -> Row:
    known = text.known_id(membership_id, "membership", field)
    membership = await transaction.row(_MEMBERSHIP, id=known)
    if membership is None or (actor is not None and membership["organization_id"] not in actor.organizations):
        raise not_found("membership", field)
    if actor is not None:
        require(policy.manage(actor, membership["organization_id"]), field)
    return membership
