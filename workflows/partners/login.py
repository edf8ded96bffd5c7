"""The login of a case manager: opened, activated with a link from an e-mail, closed (KW8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.organizations import Organization
from models.partners import Activation, CaseManager
from models.people import Role, User
from policies import partners as policy
from policies.actors import UUID, Actor
from workflows import clock, people, text
from workflows.later import later
from workflows.partners.companies import ROLE
from workflows.partners.lock import change, lock
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require
from workflows.rights import changing_rights, lock_user
from workflows.sessions import hash_password

LIFETIME = timedelta(days=7)

_ROLE = Statement(
    select(Role.id).where(
        Role.organization_id == bindparam("company_id", type_=UUID), Role.name == ROLE
    )
)  # fmt: skip
_RETIRE_LINKS = Statement(
    update(Activation)
    .where(Activation.user_id == bindparam("user", type_=UUID), Activation.expires_at > bindparam("now"))
    .values(expires_at=bindparam("now"))
)
_LINK = Activation.id == bindparam("id", type_=UUID)
_LETTER = Statement(
    select(User.email, User.first_name, Organization.name.label("company"), Activation.expires_at)
    .join(User, User.id == Activation.user_id)
    .join(CaseManager, CaseManager.user_id == User.id)
    .join(Organization, Organization.id == CaseManager.company_id)
    .where(
        _LINK,
        Activation.mailed_at.is_(None),
        Activation.used_at.is_(None),
        Activation.expires_at > bindparam("now"),
        CaseManager.deactivated_at.is_(None),
        User.banned_at.is_(None),
    )
)
_OPEN = Statement(
    select(Activation.id, Activation.user_id, User.email)
    .join(User, User.id == Activation.user_id)
    .join(CaseManager, CaseManager.user_id == User.id)
    .where(
        _LINK,
        Activation.used_at.is_(None),
        Activation.expires_at > bindparam("now"),
        CaseManager.deactivated_at.is_(None),
        User.banned_at.is_(None),
    )
)
_LOCK = Statement(select(Activation.id).where(_LINK).with_for_update())


@dataclass(frozen=True, slots=True)
class Letter:
    """What the e-mail with an activation link says, and to which address it goes."""

    address: str
    first_name: str
    company: str
    expires_at: datetime


async def enable(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Open a login whose user name is the e-mail address, and queue the activation e-mail."""
    manager = await lock(transaction, actor, id)
    require(policy.manage_login(actor, manager), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    if manager["user_id"] is not None:
        raise RefusedError(Refusal.CONFLICT, "They have a login already.", "id", current=manager["id"])
    if manager["deactivated_at"] is not None:
        raise RefusedError(Refusal.INVALID, "The account is deactivated.", "id")
    if manager["email"] is None:
        raise RefusedError(Refusal.BLANK, "A login needs an e-mail address.", "email")
    user_id = await people.register(
        transaction, email=manager["email"], first_name=manager["first_name"], last_name=manager["last_name"]
    )
    user = await lock_user(transaction, user_id)
    async with changing_rights(transaction, actor, user, "case_manager.login_enabled"):
        await join_company(transaction, user_id, manager["company_id"])
        await transaction.update(CaseManager, manager["id"], user_id=user_id)
    values = {"user_id": user_id}
    await change(transaction, actor, manager, "case_manager.login_enabled", values, also=[f"user:{user_id}"])
    await _send_link(transaction, user_id)
    return str(manager["id"])


async def resend(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Send another activation link; those before are worth nothing any more."""
    manager = await lock(transaction, actor, id)
    require(policy.manage_login(actor, manager), "id")
    if manager["user_id"] is None or manager["deactivated_at"] is not None:
        raise RefusedError(Refusal.INVALID, "There is no login to activate.", "id")
    await transaction.rows(_RETIRE_LINKS, user=manager["user_id"], now=clock.now())
    await _send_link(transaction, manager["user_id"])
    return str(manager["id"])


async def deactivate(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Close the account: sessions and sight end at once, and nobody can choose it for new work."""
    manager = await lock(transaction, actor, id)
    require(policy.manage_login(actor, manager), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    if manager["deactivated_at"] is not None:
        return str(manager["id"])
    if manager["user_id"] is not None:
        user = await lock_user(transaction, manager["user_id"])
        async with changing_rights(transaction, actor, user, "case_manager.deactivated"):
            await leave_company(transaction, user["id"], manager["company_id"])
            await people.revoke_sessions(transaction, user["id"])
            await transaction.rows(_RETIRE_LINKS, user=user["id"], now=clock.now())
    await change(transaction, actor, manager, "case_manager.deactivated", {"deactivated_at": clock.now()})
    return str(manager["id"])


async def reactivate(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Open the account again, in the company and the unit where it was."""
    manager = await lock(transaction, actor, id)
    require(policy.manage_login(actor, manager), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    if manager["deactivated_at"] is None:
        return str(manager["id"])
    await change(transaction, actor, manager, "case_manager.reactivated", {"deactivated_at": None})
    if manager["user_id"] is not None:
        user = await lock_user(transaction, manager["user_id"])
        async with changing_rights(transaction, actor, user, "case_manager.reactivated"):
            await join_company(transaction, user["id"], manager["company_id"])
    return str(manager["id"])


async def join_company(transaction: Transaction, user_id: Id, company_id: Id) -> None:
    """Make the person a member with the role of case managers; inside a change of their rights."""
    if await people.membership_of(transaction, user_id, company_id) is None:
        role_id = await transaction.value(_ROLE, company_id=company_id)
        await people.start_membership(transaction, user_id, company_id, [role_id])


async def leave_company(transaction: Transaction, user_id: Id, company_id: Id) -> None:
    """End what they are in the company; inside a change of their rights."""
    membership_id = await people.membership_of(transaction, user_id, company_id)
    if membership_id is not None:
        await people.end_membership(transaction, membership_id)


async def _send_link(transaction: Transaction, user_id: Id) -> None:
    now = clock.now()
    id = new_id()
    await transaction.insert(Activation, id=id, user_id=user_id, created_at=now, expires_at=now + LIFETIME)
    await later(transaction, "activation_mail", {"activation_id": id}, once=f"activation_mail:{id}")


async def letter(reads: Reads, activation_id: Id) -> Letter | None:
    """What to mail now; None where it is mailed or of no more use."""
    row = await reads.row(_LETTER, id=activation_id, now=clock.now())
    return None if row is None else Letter(row["email"], row["first_name"], row["company"], row["expires_at"])


async def mark_mailed(transaction: Transaction, activation_id: Id) -> None:
    """Note that the e-mail went out, so that it does not go out again."""
    await transaction.update(Activation, activation_id, mailed_at=clock.now())


async def find(reads: Reads, activation_id: str) -> str | None:
    """The user name that the link activates; None where it is used, expired, or of no login."""
    row = await _open(reads, activation_id)
    return None if row is None else row["email"]


async def activate(transaction: Transaction, activation_id: str, password: str) -> Id:
    """Give the login its password and use the link up, both or neither."""
    password_hash = await hash_password(password)
    # Of two at once, the second waits here and then finds the link used.
    await transaction.rows(_LOCK, id=text.known_id(activation_id, "link"))
    link = await _open(transaction, activation_id)
    if link is None:
        raise not_found("link")
    user = await lock_user(transaction, link["user_id"])
    now = clock.now()
    version = user["version"] + 1
    await transaction.update(User, user["id"], password_hash=password_hash, version=version, updated_at=now)
    await transaction.update(Activation, link["id"], used_at=now)
    await record(
        transaction,
        Actor(user["id"]),
        "user.activated",
        subject_id=user["id"],
        version=version,
        kind="account",
        record_id=user["id"],
        topics=[f"user:{user['id']}"],
    )
    return str(user["id"])


async def _open(reads: Reads, activation_id: str) -> Row | None:
    id = text.as_id(activation_id)
    return None if id is None else await reads.row(_OPEN, id=id, now=clock.now())
