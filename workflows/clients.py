"""Client records: made, changed, given an account, and the client's consent."""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.clients import Client, ContactPreference, RecordKind
from models.database import Row, Statement, Transaction
from models.notifications import NotificationKind
from models.people import Permission
from models.referrals import Referral
from policies import clients as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.notifications import clear_of_referral, notify
from workflows.portal import set_status, standing
from workflows.record import record
from workflows.records import lock_unasked
from workflows.referrals.lock import program_topic, topics
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require
from workflows.rights import changing_rights, lock_user

FIRST_BIRTH = date(1900, 1, 1)

_LOCK = Statement(
    select(Client)
    .where(Client.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_REFERRALS = Statement(
    select(Referral)
    .where(Referral.client_id == bindparam("client_id", type_=UUID))
    .order_by(Referral.id)
    .with_for_update(key_share=True)
)
_AUDIENCE = Statement(
    select(
        Referral.program_id,
        Referral.made_by_id,
        Referral.shared_with,
        Referral.live,
        Referral.client_id,
    )
    .distinct()
    .where(Referral.client_id == bindparam("client_id", type_=UUID))
)


_NOTIFIED = {
    "client.updated": NotificationKind.CLIENT_UPDATED,
    "client.consent_given": NotificationKind.CONSENT_CHANGED,
    "client.consent_withdrawn": NotificationKind.CONSENT_CHANGED,
}
"""Of which changes the navigators are told."""


async def create(
    transaction: Transaction,
    actor: Actor,
    *,
    organization_id: str,
    first_name: str,
    last_name: str,
    email: str | None = None,
    phone: str | None = None,
    postal_code: str | None = None,
    birth_date: date | None = None,
    contact_preference: ContactPreference = ContactPreference.EMAIL,
    kind: RecordKind = RecordKind.CLIENT,
) -> Id:
    """Open a record for a person in one of the actor's organizations."""
    organization = text.known_id(organization_id, "organization of yours", "organizationId")
    if organization not in actor.organizations:
        raise not_found("organization of yours", "organizationId")
    if not actor.may(Permission.EDIT_CLIENTS, organization):
        message = "Your role does not let you open client records."
        raise RefusedError(Refusal.FORBIDDEN, message, "organizationId")
    now = clock.now()
    id = new_id()
    await transaction.insert(
        Client,
        id=id,
        organization_id=organization,
        first_name=text.required(first_name, text.NAME, "firstName"),
        last_name=text.required(last_name, text.NAME, "lastName"),
        email=text.email(email, "email"),
        phone=text.optional(phone, text.NAME, "phone"),
        postal_code=text.optional(postal_code, 20, "postalCode"),
        birth_date=_birth_date(birth_date),
        contact_preference=contact_preference,
        kind=kind,
        created_at=now,
        updated_at=now,
    )
    await record(
        transaction,
        actor,
        "client.created",
        subject_id=id,
        version=1,
        kind="client",
        record_id=id,
        topics=[f"client:{id}", f"navigator-of:{id}", f"clients-of:{organization}"],
    )
    return id


async def update(
    transaction: Transaction,
    actor: Actor,
    id: str,
    changes: dict[str, Any],
    *,
    expected_version: int | None = None,
) -> Id:
    """Change what `changes` names: first_name, last_name, email, phone, postal_code, birth_date, contact_preference."""
    client = await _lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    expect_version(client["version"], expected_version, client["id"])
    values = {name: _checked(name, value) for name, value in changes.items()}
    changed = sorted(name for name, value in values.items() if client[name] != value)
    if changed:
        await change_client(transaction, actor, client, "client.updated", values, {"fields": changed})
    return str(client["id"])


def _checked(name: str, value: Any) -> Any:
    match name:
        case "first_name":
            return text.required(value or "", text.NAME, "firstName")
        case "last_name":
            return text.required(value or "", text.NAME, "lastName")
        case "email":
            return text.email(value, "email")
        case "phone":
            return text.optional(value, text.NAME, "phone")
        case "postal_code":
            return text.optional(value, 20, "postalCode")
        case "birth_date":
            return _birth_date(value)
        case "contact_preference":
            if value is None:
                raise RefusedError(Refusal.INVALID, "There must be a preference.", "contactPreference")
            return str(value)
    raise AssertionError(name)


def _birth_date(value: date | None) -> date | None:
    if value is not None and not FIRST_BIRTH <= value <= clock.now().date():
        raise RefusedError(Refusal.INVALID, "Nobody was born on that day.", "birthDate")
    return value


async def link_account(transaction: Transaction, client_id: str, user_id: str) -> Id:
    """Make the record the person's own: they see it and act for themselves. For set-up; nobody is asked."""
    client = await lock_unasked(transaction, text.known_id(client_id, "client", "clientId"))
    if client is None:
        raise not_found("client", "clientId")
    await give_account(transaction, None, client, user_id)
    return str(client["id"])


async def give_account(transaction: Transaction, actor: Actor | None, client: Row, user_id: str) -> None:
    """Make the locked record the person's own; the account is pending until they are enrolled, where that is asked."""
    if client["user_id"] is not None:
        raise RefusedError(Refusal.CONFLICT, "The record has an account already.", "clientId", current=client["id"])
    user = await lock_user(transaction, user_id)
    async with changing_rights(transaction, actor, user, "client.account_linked"):
        await change_client(transaction, actor, client, "client.account_linked", {"user_id": user["id"]})
        await set_status(transaction, actor, client, standing(client))


async def give_consent(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Record that the client agrees to live referrals; those whose consent had ended reach their programs again."""
    client = await _lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    if client["consented_at"] is None:
        await change_client(transaction, actor, client, "client.consent_given", {"consented_at": clock.now()})
    for referral in await transaction.rows(_REFERRALS, client_id=client["id"]):
        if referral["live"] and referral["consent_ended_at"] is not None:
            values = {"consent_ended_at": None, "consented_at": clock.now()}
            await _touch(transaction, actor, referral, "referral.consent_given", values, consent=True)
    return str(client["id"])


async def withdraw_consent(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Record that the client no longer agrees: their live referrals leave the programs' dashboards at once (XX2)."""
    client = await _lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    reaching = [
        referral
        for referral in await transaction.rows(_REFERRALS, client_id=client["id"])
        if referral["live"] and referral["consent_ended_at"] is None
    ]
    if client["consented_at"] is not None or reaching:
        ended = sorted({program_topic(referral["program_id"]) for referral in reaching})
        await change_client(
            transaction, actor, client, "client.consent_withdrawn", {"consented_at": None}, ended_topics=ended
        )
    for referral in reaching:
        ended = [program_topic(referral["program_id"])]
        values = {"consent_ended_at": clock.now()}
        # First, while those whose notifications they are see them: an end is told to whoever saw it just before.
        await clear_of_referral(transaction, actor, referral["id"])
        await _touch(transaction, actor, referral, "referral.consent_withdrawn", values, ended, consent=False)
    return str(client["id"])


async def touch_referrals(transaction: Transaction, actor: Actor, client_id: Id, action: str) -> None:
    """Give all referrals of the client a new version: what they show of the client has changed."""
    for referral in await transaction.rows(_REFERRALS, client_id=client_id):
        await _touch(transaction, actor, referral, action)


async def _touch(
    transaction: Transaction,
    actor: Actor,
    referral: Row,
    action: str,
    values: dict[str, Any] | None = None,
    ended: list[str] | None = None,
    *,
    consent: bool | None = None,
) -> None:
    version = referral["version"] + 1
    await transaction.update(Referral, referral["id"], **(values or {}), version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=referral["id"],
        version=version,
        kind="referral",
        record_id=referral["id"],
        before=None if consent is None else {"consent": not consent},
        after=None if consent is None else {"consent": consent},
        topics=topics(referral),
        ended_topics=ended,
    )


async def _lock(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    client = await transaction.row(_LOCK, id=text.known_id(id, "client", *field), **actor.parameters())
    if client is None:
        raise not_found("client", *field)
    return client


async def change_client(
    transaction: Transaction,
    actor: Actor | None,
    client: Row,
    action: str,
    values: dict[str, Any],
    after: dict[str, Any] | None = None,
    ended_topics: list[str] | None = None,
    *,
    before: dict[str, Any] | None = None,
) -> None:
    """Give the locked client these values and a new version, record it, and tell its navigators where it matters."""
    topics = await audience(transaction, client)
    version = client["version"] + 1
    await transaction.update(Client, client["id"], **values, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=client["id"],
        version=version,
        kind="client",
        record_id=client["id"],
        before=before,
        after=after,
        topics=topics,
        ended_topics=ended_topics,
    )
    if action in _NOTIFIED:
        await notify(transaction, actor, _NOTIFIED[action], client["id"])


async def audience(transaction: Transaction, client: Row) -> list[str]:
    """The topics of whoever may see the client: at home, and through its referrals."""
    found = {f"{kind}:{client['id']}" for kind in ("client", "navigator-of")}
    found.add(f"clients-of:{client['organization_id']}")
    for referral in await transaction.rows(_AUDIENCE, client_id=client["id"]):
        found.update(topics(referral))
    return sorted(found)
