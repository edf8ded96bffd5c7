"""Case managers: their record, and what those who look after them decide about it."""

from typing import Any

from sqlalchemy import bindparam, select, update

from models.base import Id, new_id
from models.database import Statement, Transaction
from models.partners import CaseManager, ConsentMethod, Position, RecruitmentStatus
from models.people import Membership, User
from policies import partners as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.lifecycle import Lifecycle, Step
from workflows.partners.lock import change, known_company, lock, unit_of
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

RECRUITMENT = Lifecycle(
    "case manager",
    RecruitmentStatus.RECRUITING,
    [Step("set", frozenset(RecruitmentStatus), status) for status in RecruitmentStatus],
)
"""Any status may follow any other: there is no forced order (KW7)."""

LIMITS = {
    "first_name": text.NAME, "last_name": text.NAME, "title": text.NAME, "phone": text.NAME, "mobile": text.NAME,
    "suburb": text.NAME, "postcode": 20, "state": text.NAME, "linkedin": text.LINE, "referral_source": text.LINE,
}  # fmt: skip
"""How long each text may be."""
_NAMES = ("first_name", "last_name")
_CONTACTS = ("email", "phone", "mobile")
"""What a person confirmed, until it is changed (KW5)."""
_FOR_SUPPORT = ("position_id", "referral_source")
_PATHS = {"first_name": "firstName", "last_name": "lastName", "referral_source": "referralSource"}

_POSITION = Statement(
    select(Position.id).where(
        Position.id == bindparam("id", type_=UUID),
        Position.organization_id == bindparam("organization_id", type_=UUID),
        Position.retired_at.is_(None),
    )
)
_OFFICER = Statement(
    select(User.id)
    .join(Membership, Membership.user_id == User.id)
    .where(
        User.id == bindparam("id", type_=UUID),
        User.banned_at.is_(None),
        Membership.organization_id == bindparam("organization_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
)
_RENAME = Statement(
    update(User)
    .where(User.id == bindparam("user_id", type_=UUID))
    .values(first_name=bindparam("first"), last_name=bindparam("last"))
)


async def create(
    transaction: Transaction,
    actor: Actor,
    *,
    company_id: str,
    business_unit_id: str | None = None,
    **values: str | None,
) -> Id:
    """Open the record of a company's case manager; `values` are the texts of `LIMITS`, `email` and `position_id`."""
    company = await known_company(transaction, company_id)
    require(policy.support(actor, company["partner_of_id"]), "companyId")
    unit = await unit_of(transaction, company["id"], business_unit_id)
    agency = company["partner_of_id"]
    checked = {name: await _checked(transaction, agency, name, value) for name, value in values.items()}
    now = clock.now()
    id = new_id()
    await transaction.insert(
        CaseManager,
        id=id,
        company_id=company["id"],
        business_unit_id=unit,
        created_by_id=actor.id,
        created_at=now,
        updated_at=now,
        **checked,
    )
    await record(
        transaction,
        actor,
        "case_manager.created",
        subject_id=id,
        version=1,
        kind="case_manager",
        record_id=id,
        topics=[f"organization:{company['id']}", f"partners-of:{agency}"],
    )
    return id


async def edit(
    transaction: Transaction,
    actor: Actor,
    id: str,
    changes: dict[str, str | None],
    *,
    expected_version: int | None = None,
) -> Id:
    """Change what `changes` names: texts of `LIMITS`, `email`, `position_id`; a login keeps its user name."""
    manager = await lock(transaction, actor, id)
    require(policy.edit(actor, manager), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    agency = manager["partner_of_id"]
    values: dict[str, Any] = {}
    for name, value in changes.items():
        kept = value if value == manager[name] else await _checked(transaction, agency, name, value)
        if kept != manager[name]:
            values[name] = kept
    if any(name in values for name in _FOR_SUPPORT):
        require(policy.support(actor, agency), "id")
    if manager["user_id"] is not None and values.get("email", manager["email"]) is None:
        raise RefusedError(Refusal.BLANK, "Who has a login has an e-mail address.", "email")
    if not values:
        return str(manager["id"])
    changed = sorted(values)
    if any(name in values for name in _CONTACTS):
        values |= {"verified_at": None, "verified_by_id": None}
    if manager["user_id"] is not None and any(name in values for name in _NAMES):
        first, last = (values.get(name, manager[name]) for name in _NAMES)
        await transaction.rows(_RENAME, user_id=manager["user_id"], first=first, last=last)
    await change(transaction, actor, manager, "case_manager.updated", values, after={"fields": changed})
    return str(manager["id"])


async def _checked(transaction: Transaction, agency_id: Id, name: str, value: str | None) -> Any:
    path = _PATHS.get(name, name)
    if name in _NAMES:
        return text.required(value or "", LIMITS[name], path)
    if name == "email":
        return text.email(value, "email")
    if name == "position_id":
        return None if value is None else await _position(transaction, agency_id, value)
    return text.optional(value, LIMITS[name], path)


async def _position(transaction: Transaction, agency_id: Id, id: str) -> Id:
    known = text.known_id(id, "position in the list", "positionId")
    if not await transaction.value(_POSITION, id=known, organization_id=agency_id):
        raise not_found("position in the list", "positionId")
    return known


async def verify(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Note that the actor has confirmed the contact details as they are now (KW5)."""
    manager = await lock(transaction, actor, id)
    require(policy.verify(actor, manager), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    if all(manager[name] is None for name in _CONTACTS):
        raise RefusedError(Refusal.INVALID, "There are no contact details to confirm.", "id")
    values = {"verified_at": clock.now(), "verified_by_id": actor.id}
    await change(transaction, actor, manager, "case_manager.verified", values)
    return str(manager["id"])


async def agree_to_promotions(transaction: Transaction, actor: Actor, id: str, method: ConsentMethod | None) -> Id:
    """Note how they agreed to promotions just now; None: that they no longer do (KW6)."""
    manager = await lock(transaction, actor, id)
    require(policy.agree_to_promotions(actor, manager), "id")
    if method == manager["promotions_method"]:
        return str(manager["id"])
    values = {"promotions_method": method, "promotions_since": None if method is None else clock.now()}
    before, after = {"method": manager["promotions_method"]}, {"method": method}
    await change(transaction, actor, manager, "case_manager.promotions_set", values, before=before, after=after)
    return str(manager["id"])


async def set_recruitment(transaction: Transaction, actor: Actor, id: str, status: RecruitmentStatus) -> Id:
    """Say how far they have come towards booking with us (KW7)."""
    manager = await lock(transaction, actor, id)
    require(policy.support(actor, manager["partner_of_id"]), "id")
    if status != manager["recruitment_status"]:
        before, after = {"recruitment": manager["recruitment_status"]}, {"recruitment": status}
        values = {"recruitment_status": status}
        await change(transaction, actor, manager, "case_manager.recruitment_set", values, before=before, after=after)
    return str(manager["id"])


async def assign_officer(transaction: Transaction, actor: Actor, id: str, bso_id: str | None) -> Id:
    """Have a member of the organization that looks after the company be their BSO; the date is that of the change."""
    manager = await lock(transaction, actor, id)
    require(policy.support(actor, manager["partner_of_id"]), "id")
    known = None
    if bso_id is not None:
        known = text.known_id(bso_id, "member of the organization that looks after the company", "bsoId")
        if not await transaction.value(_OFFICER, id=known, organization_id=manager["partner_of_id"]):
            raise not_found("member of the organization that looks after the company", "bsoId")
    if known != manager["bso_id"]:
        values = {"bso_id": known, "bso_assigned_at": None if known is None else clock.now()}
        before, after = {"bso_id": manager["bso_id"]}, {"bso_id": known}
        await change(transaction, actor, manager, "case_manager.bso_assigned", values, before=before, after=after)
    return str(manager["id"])
