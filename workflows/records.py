"""The box of a client's record: its status, type, case number and warnings, for those who keep it.

Only they see it, so a change of it is internal to their organization and leaves the client's own version alone.
"""

from typing import Any

from sqlalchemy import bindparam, delete, exists, func, select

from models.base import Id, new_id
from models.clients import Client, ClientType, ClientWarning, RecordKind, RecordStatus
from models.database import Row, Statement, Transaction
from models.organizations import Organization
from models.programs import Program
from policies import records as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.lifecycle import Lifecycle, Step
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

S = RecordStatus
LIFECYCLE = Lifecycle(
    "record",
    S.ACTIVE,
    [
        Step("deactivate", frozenset({S.ACTIVE}), S.INACTIVE),
        Step("close", frozenset({S.ACTIVE, S.INACTIVE}), S.CLOSED),
        Step("reactivate", frozenset({S.INACTIVE, S.CLOSED}), S.ACTIVE),
    ],
)
WARNINGS = 20
"""How many warnings a record may have at once; more would warn of nothing."""

_RECORD = (
    Client,
    Organization.has_portal,
    exists().where(Program.organization_id == Client.organization_id, Program.is_enrolment).label("enrols"),
)
_BY_ID = Client.id == bindparam("id", type_=UUID)
_LOCK = Statement(
    select(*_RECORD)
    .join(Organization, Organization.id == Client.organization_id)
    .where(_BY_ID, policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_LOCK_UNASKED = Statement(
    select(*_RECORD)
    .join(Organization, Organization.id == Client.organization_id)
    .where(_BY_ID, Client.deleted_at.is_(None))
    .with_for_update(of=Client, key_share=True)
)
_HAS_NUMBER = Statement(
    select(Client.id).where(
        Client.organization_id == bindparam("organization_id", type_=UUID),
        func.lower(Client.case_number) == func.lower(bindparam("case_number")),
        Client.id != bindparam("id", type_=UUID),
    )
)
_TYPE = Statement(
    select(ClientType.id).where(
        ClientType.id == bindparam("id", type_=UUID),
        ClientType.organization_id == bindparam("organization_id", type_=UUID),
        ClientType.retired_at.is_(None),
    )
)
_WARNING_COUNT = Statement(select(func.count()).where(ClientWarning.client_id == bindparam("id", type_=UUID)))
_WARNING = Statement(
    select(ClientWarning.id, ClientWarning.client_id).where(
        ClientWarning.id == bindparam("id", type_=UUID), policy.warning_visible(ONE)
    )
)
_REMOVE_WARNING = Statement(
    delete(ClientWarning).where(ClientWarning.id == bindparam("id", type_=UUID)).returning(ClientWarning.id)
)


async def lock(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    """The client with what decisions need, locked until the transaction ends, if the actor sees the record's box."""
    found = await transaction.row(_LOCK, id=text.known_id(id, "client", *field), **actor.parameters())
    if found is None:
        raise not_found("client", *field)
    return found


async def lock_unasked(transaction: Transaction, id: Id) -> Row | None:
    """The same for the system, which nobody asks what it may see; None where the client is deleted."""
    return await transaction.row(_LOCK_UNASKED, id=id)


async def change(
    transaction: Transaction,
    actor: Actor | None,
    client: Row,
    action: str,
    values: dict[str, Any] | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Give the locked client these values and its box a new version, and record it for its organization alone."""
    version = client["record_version"] + 1
    await transaction.update(Client, client["id"], **(values or {}), record_version=version)
    await record(
        transaction,
        actor,
        action,
        subject_id=client["id"],
        version=version,
        kind="client",
        record_id=client["id"],
        topics=topics(client),
        before=before,
        after=after,
        internal_to_id=client["organization_id"],
    )


def topics(client: Row) -> list[str]:
    """The topic of those whom it may concern: members of the organization, among whom are all who keep the record."""
    return [f"organization:{client['organization_id']}"]


async def set_status(
    transaction: Transaction, actor: Actor, id: str, status: RecordStatus, *, expected_version: int | None = None
) -> Id:
    """Say whether the record is worked with (EL4)."""
    client = await lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    expect_version(client["record_version"], expected_version, client["id"])
    if client["status"] != status:
        if LIFECYCLE.step(S(client["status"]), status) is None:
            raise RefusedError(Refusal.INVALID, "A record cannot go from its status to this one.", "status")
        changes = {"status": client["status"]}, {"status": status.value}
        await change(
            transaction, actor, client, "client.status_set", {"status": status}, before=changes[0], after=changes[1]
        )
    return str(client["id"])


async def set_kind(
    transaction: Transaction, actor: Actor, id: str, kind: RecordKind, *, expected_version: int | None = None
) -> Id:
    """Say whether it is about a client or an employee (EL1)."""
    client = await lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    expect_version(client["record_version"], expected_version, client["id"])
    if client["kind"] != kind:
        await change(
            transaction,
            actor,
            client,
            "client.kind_set",
            {"kind": kind},
            before={"kind": client["kind"]},
            after={"kind": kind.value},
        )
    return str(client["id"])


async def set_type(
    transaction: Transaction, actor: Actor, id: str, type_id: str | None, *, expected_version: int | None = None
) -> Id:
    """Give the client one of the types that the organization defines, or none (EL3)."""
    client = await lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    expect_version(client["record_version"], expected_version, client["id"])
    known = None if type_id is None else text.known_id(type_id, "type of this organization", "typeId")
    if known == client["type_id"]:
        return str(client["id"])
    organization = client["organization_id"]
    if known is not None and not await transaction.value(_TYPE, id=known, organization_id=organization):
        raise not_found("type of this organization", "typeId")
    await change(
        transaction,
        actor,
        client,
        "client.type_set",
        {"type_id": known},
        before={"type_id": client["type_id"]},
        after={"type_id": known},
    )
    return str(client["id"])


async def set_case_number(
    transaction: Transaction, actor: Actor, id: str, case_number: str | None, *, expected_version: int | None = None
) -> Id:
    """Give the record a case number that no other record of the organization has, or none (EL2)."""
    client = await lock(transaction, actor, id, "id")
    require(policy.set_case_number(actor, client), "id")
    expect_version(client["record_version"], expected_version, client["id"])
    number = text.optional(case_number, text.NAME, "caseNumber")
    if number == client["case_number"]:
        return str(client["id"])
    if number is not None:
        await transaction.rows(_TAKE_TURNS, key=client["organization_id"])
        given = {"organization_id": client["organization_id"], "case_number": number, "id": client["id"]}
        if await transaction.value(_HAS_NUMBER, **given):
            raise RefusedError(Refusal.CONFLICT, "Another record has this case number.", "caseNumber")
    await change(transaction, actor, client, "client.case_number_set", {"case_number": number})
    return str(client["id"])


_TAKE_TURNS = Statement(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("key"), 0))))
"""Two who give the same number to two records wait for each other, and the second is told."""


async def add_warning(transaction: Transaction, actor: Actor, id: str, warning: str) -> Id:
    """Put a warning indicator on the record."""
    client = await lock(transaction, actor, id, "id")
    require(policy.edit(actor, client), "id")
    words = text.required(warning, text.LINE, "text")
    if await transaction.value(_WARNING_COUNT, id=client["id"]) >= WARNINGS:
        raise RefusedError(Refusal.INVALID, f"A record has at most {WARNINGS} warnings.", "text")
    warning_id = new_id()
    await transaction.insert(
        ClientWarning,
        id=warning_id,
        client_id=client["id"],
        text=words,
        added_by_id=actor.id,
        created_at=clock.now(),
    )
    await change(transaction, actor, client, "client.warning_added", after={"warning_id": warning_id})
    return str(client["id"])


async def remove_warning(transaction: Transaction, actor: Actor, warning_id: str) -> Id:
    """Take a warning indicator off its record; answers the client."""
    known = text.known_id(warning_id, "warning", "id")
    found = await transaction.row(_WARNING, id=known, **actor.parameters())
    if found is None:
        raise not_found("warning", "id")
    client = await lock(transaction, actor, found["client_id"], "id")
    require(policy.edit(actor, client), "id")
    if not await transaction.value(_REMOVE_WARNING, id=known):
        raise not_found("warning", "id")
    await change(transaction, actor, client, "client.warning_removed", before={"warning_id": known})
    return str(client["id"])
