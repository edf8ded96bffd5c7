"""Changes of clients: what they are given and what they answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import strawberry

import loaders.clients
import loaders.duplicates
from models.clients import ContactPreference, RecordKind
from schema.clients import Client
from schema.context import Info
from schema.errors import UserError, user_errors
from schema.fields import arguments, columns_of, described, edge, expected_version, idempotency_key, resolved


@arguments
class ClientCreateInput:
    """A client's record to open."""

    organization_id: strawberry.ID = strawberry.field(description="Which organization keeps it: one of the viewer's.")
    first_name: str = strawberry.field(description="200 characters.")
    last_name: str = strawberry.field(description="200 characters.")
    email: str | None = strawberry.field(default=None, description="An e-mail address.")
    phone: str | None = strawberry.field(default=None, description="A phone number: 200 characters.")
    postal_code: str | None = strawberry.field(default=None, description="20 characters.")
    birth_date: date | None = strawberry.field(default=None, description="The day of birth.")
    contact_preference: ContactPreference | None = strawberry.field(
        default=None, description="How they want to hear from us; by e-mail where nothing is said."
    )
    kind: RecordKind | None = strawberry.field(
        default=None, description="Whom it is about; a client where nothing is said."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientUpdateInput:
    """Changes of a client's record; what is left out stays, what is null is emptied."""

    id: strawberry.ID = strawberry.field(description="The client.")
    first_name: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    last_name: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    email: str | None = strawberry.field(default=strawberry.UNSET, description="An e-mail address.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="A phone number: 200 characters.")
    postal_code: str | None = strawberry.field(default=strawberry.UNSET, description="20 characters.")
    birth_date: date | None = strawberry.field(default=strawberry.UNSET, description="The day of birth.")
    contact_preference: ContactPreference | None = strawberry.field(
        default=strawberry.UNSET, description="How they want to hear from us."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientConsentInput:
    """Whose consent is given or withdrawn."""

    id: strawberry.ID = strawberry.field(description="The client.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ClientNavigatorInput:
    """A navigator to assign or unassign."""

    client_id: strawberry.ID = strawberry.field(description="The client.")
    user_id: strawberry.ID = strawberry.field(description="A member of the client's organization.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ClientPayload:
    """What a change of a client answers."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client; at a conflict, as they are now.")
    user_errors: list[UserError] = user_errors()


@described
class PossibleDuplicates:
    """Records that may be about the same person: by e-mail, phone, or a close name with postal code or birth date."""

    clients: list[Client] = strawberry.field(description="Those whose details the viewer may see, the closest first.")
    others: int = strawberry.field(description="How many more there are in the network.")


async def _duplicates(root: Mapping[str, Any], info: Info) -> dict[str, Any] | None:
    id, context = root["client_id"], info.context
    if id is None:
        return None
    found = await loaders.duplicates.of_client(context.services.database, context.actor, id)
    rows = await context.loaders.ones(loaders.clients.by_id, columns_of("Client"), found.ids) if found.ids else {}
    return {"clients": [rows[id] for id in found.ids if id in rows], "others": found.others}


@described
class ClientCreatePayload:
    """What opening a client's record answers."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client.")
    duplicates: PossibleDuplicates | None = resolved(
        _duplicates, "A warning: who may be the same person; null where the record was refused."
    )
    user_errors: list[UserError] = user_errors()
