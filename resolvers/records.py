"""The boxes of client records: what can be done."""

from typing import Any

import strawberry

from models.clients import RecordKind, RecordStatus
from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.clients import ClientPayload
from schema.changes.records import (
    ClientAddWarningInput,
    ClientDeleteInput,
    ClientGroupInput,
    ClientGroupPayload,
    ClientPortalInput,
    ClientRemoveWarningInput,
    ClientSetCaseNumberInput,
    ClientSetKindInput,
    ClientSetStatusInput,
    ClientSetTypeInput,
    ClientTypeAddInput,
    ClientTypePayload,
    ClientTypeRenameInput,
    ClientTypeRetireInput,
    DeletedClientPayload,
)
from schema.context import Info
from workflows import client_groups, client_types, deletion, portal, records
from workflows.text import as_id


@strawberry.type
class RecordMutations:
    """Changing what those see who keep a client's record."""

    @strawberry.mutation(description="Say whether a client's record is worked with.")
    async def client_set_status(self, info: Info, input: ClientSetStatusInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            status = RecordStatus(input.status)
            id = await records.set_status(transaction, actor, input.id, status, expected_version=input.expected_version)
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Say whether a record is about a client or an employee.")
    async def client_set_kind(self, info: Info, input: ClientSetKindInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            kind = RecordKind(input.kind)
            id = await records.set_kind(transaction, actor, input.id, kind, expected_version=input.expected_version)
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Give a client one of the organization's types, or none.")
    async def client_set_type(self, info: Info, input: ClientSetTypeInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await records.set_type(
                transaction, actor, input.id, input.type_id, expected_version=input.expected_version
            )
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Give a client's record a case number, or none.")
    async def client_set_case_number(self, info: Info, input: ClientSetCaseNumberInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await records.set_case_number(
                transaction, actor, input.id, input.case_number, expected_version=input.expected_version
            )
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Put a warning indicator on a client's record.")
    async def client_add_warning(self, info: Info, input: ClientAddWarningInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await records.add_warning(transaction, actor, input.id, input.text)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take a warning indicator off its record.")
    async def client_remove_warning(self, info: Info, input: ClientRemoveWarningInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await records.remove_warning(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Put clients into a group. All of them or, where one is refused, none.")
    async def clients_add_to_group(self, info: Info, input: ClientGroupInput) -> ClientGroupPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            ids = [str(id) for id in input.client_ids]
            results = await client_groups.add(transaction, actor, group_id=input.group_id, client_ids=ids)
            return {"group_id": as_id(input.group_id), "results": results}

        return await act(info, input, work, subject="group_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take clients out of a group. All of them or, where one is refused, none.")
    async def clients_remove_from_group(self, info: Info, input: ClientGroupInput) -> ClientGroupPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            ids = [str(id) for id in input.client_ids]
            results = await client_groups.remove(transaction, actor, group_id=input.group_id, client_ids=ids)
            return {"group_id": as_id(input.group_id), "results": results}

        return await act(info, input, work, subject="group_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Enrol a client in the enrolment program: a pending account becomes active.")
    async def client_enrol(self, info: Info, input: ClientPortalInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await portal.enrol(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Shut a client out of the portal: open sessions and streams end at once.")
    async def client_ban(self, info: Info, input: ClientPortalInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await portal.ban(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Let a client into the portal again.")
    async def client_unban(self, info: Info, input: ClientPortalInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await portal.unban(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Delete a client's record: it leaves every dashboard, and can be restored.")
    async def client_delete(self, info: Info, input: ClientDeleteInput) -> DeletedClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await deletion.delete(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Bring a deleted record back.")
    async def client_restore(self, info: Info, input: ClientDeleteInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await deletion.restore(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Define a type for an organization's clients.")
    async def client_type_add(self, info: Info, input: ClientTypeAddInput) -> ClientTypePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await client_types.add(transaction, actor, organization_id=input.organization_id, name=input.name)
            return {"client_type_id": id}

        return await act(info, input, work, subject="client_type_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Call a type by another name.")
    async def client_type_rename(self, info: Info, input: ClientTypeRenameInput) -> ClientTypePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await client_types.rename(
                transaction, actor, input.id, input.name, expected_version=input.expected_version
            )
            return {"client_type_id": id}

        return await act(info, input, work, subject="client_type_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Give a type to nobody any more; who has it keeps it.")
    async def client_type_retire(self, info: Info, input: ClientTypeRetireInput) -> ClientTypePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await client_types.retire(transaction, actor, input.id, expected_version=input.expected_version)
            return {"client_type_id": id}

        return await act(info, input, work, subject="client_type_id")  # type: ignore[no-any-return]
