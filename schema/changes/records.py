"""Changes of records: what they are given and what they answer."""

from typing import TYPE_CHECKING

import strawberry

import loaders.organizations
import loaders.records
from models.clients import RecordKind, RecordStatus
from schema.errors import user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key

if TYPE_CHECKING:
    from schema.organizations import Group
import loaders.clients
from schema.clients import Client
from schema.errors import UserError
from schema.organizations import Group
from schema.records import ClientType


@arguments
class ClientSetStatusInput:
    """A status for a client's record."""

    id: strawberry.ID = strawberry.field(description="The client.")
    status: RecordStatus = strawberry.field(description="The status.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientSetKindInput:
    """Whom a record is about."""

    id: strawberry.ID = strawberry.field(description="The client.")
    kind: RecordKind = strawberry.field(description="A client or an employee.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientSetTypeInput:
    """A type for a client."""

    id: strawberry.ID = strawberry.field(description="The client.")
    type_id: strawberry.ID | None = strawberry.field(
        description="A type of the organization that is not retired; null: none."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientSetCaseNumberInput:
    """A case number for a client's record."""

    id: strawberry.ID = strawberry.field(description="The client.")
    case_number: str | None = strawberry.field(
        description="200 characters; no other record of the organization has it. Null: none."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientAddWarningInput:
    """A warning to put on a client's record."""

    id: strawberry.ID = strawberry.field(description="The client.")
    text: str = strawberry.field(description="500 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientRemoveWarningInput:
    """A warning to take off a client's record."""

    id: strawberry.ID = strawberry.field(description="The warning.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientPortalInput:
    """Whose account in the portal is meant."""

    id: strawberry.ID = strawberry.field(description="The client.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientDeleteInput:
    """Whose record is deleted, or restored."""

    id: strawberry.ID = strawberry.field(description="The client.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientGroupInput:
    """Clients to put into a group, or to take out of it: all of them or, where one is refused, none."""

    group_id: strawberry.ID = strawberry.field(description="A group of the organization that keeps the records.")
    client_ids: list[strawberry.ID] = strawberry.field(description="The clients: from 1 to 500.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientTypeAddInput:
    """A type to define."""

    organization_id: strawberry.ID = strawberry.field(description="Whose type: an organization that one manages.")
    name: str = strawberry.field(description="200 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientTypeRenameInput:
    """Another name for a type."""

    id: strawberry.ID = strawberry.field(description="The type.")
    name: str = strawberry.field(description="200 characters.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientTypeRetireInput:
    """A type that is given to nobody any more."""

    id: strawberry.ID = strawberry.field(description="The type.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class DeletedClientPayload:
    """What deleting a client's record answers."""

    client_id: strawberry.ID | None = strawberry.field(description="The client who is deleted, as it can be restored.")
    user_errors: list[UserError] = user_errors()


@described
class ClientGroupResult:
    """What became of one client of many."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client.")
    changed: bool = strawberry.field(description="False: it was so already.")


@described
class ClientGroupPayload:
    """What a change of many clients answers: all of it is done, or nothing."""

    results: list[ClientGroupResult] | None = strawberry.field(
        description="One for each client, in the order in which they were named; null where nothing is done."
    )
    group: Group | None = edge(loaders.organizations.group_by_id, "group_id", "The group.")
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused, one for each client by its place in `clientIds`; empty where it was done."
    )


@described
class ClientTypePayload:
    """What a change of a client type answers."""

    client_type: ClientType | None = edge(
        loaders.records.type_by_id, "client_type_id", "The type; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()
