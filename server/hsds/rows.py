"""Checking: an entry becomes a row to stage, is refused (RefusedError), or is nothing of ours (None)."""

from collections.abc import Callable

from models.base import new_id
from server.hsds.entries import Entry
from server.hsds.fields import Note, coordinates, email, optional, required, website
from workflows import text
from workflows.directory import rows

_ADDRESS_RANKS = {"physical": 0, "": 1, "postal": 2}


def check(entry: Entry, note: Note) -> rows.Staged | None:
    """The row to stage."""
    return _CHECKS[entry.kind](entry, note)


def _organization(entry: Entry, note: Note) -> rows.Organization:
    values = entry.values
    return rows.Organization(
        entry.file,
        entry.line,
        entry.depth,
        new_id(),
        required(values, "id"),
        required(values, "name"),
        optional(values, "description", text.NOTE),
        website(values, "website", note),
        email(values, note),
    )


def _service(entry: Entry, note: Note) -> rows.Service:
    values = entry.values
    return rows.Service(
        entry.file,
        entry.line,
        entry.depth,
        new_id(),
        required(values, "id"),
        required(values, "organization_id"),
        required(values, "name"),
        optional(values, "description", text.NOTE),
        optional(values, "eligibility_description", text.NOTE),
        optional(values, "fees_description", text.NOTE),
        website(values, "url", note),
        email(values, note),
        (optional(values, "status") or "active").lower() == "active",
    )


def _location(entry: Entry, note: Note) -> rows.Location:
    values = entry.values
    source_id = required(values, "id")
    latitude, longitude = coordinates(values, note)
    return rows.Location(
        entry.file,
        entry.line,
        entry.depth,
        new_id(),
        source_id,
        optional(values, "organization_id"),
        optional(values, "name") or optional(values, "alternate_name"),
        latitude,
        longitude,
    )


def _service_at_location(entry: Entry, note: Note) -> rows.ServiceAtLocation:
    values = entry.values
    return rows.ServiceAtLocation(
        entry.file, entry.line, required(values, "service_id"), required(values, "location_id")
    )


def _address(entry: Entry, note: Note) -> rows.Address:
    values = entry.values
    parts = (optional(values, "address_1", text.LINE), optional(values, "address_2", text.LINE))
    return rows.Address(
        entry.file,
        entry.line,
        required(values, "location_id"),
        _ADDRESS_RANKS.get((optional(values, "address_type") or "").lower(), 3),
        ", ".join(part for part in parts if part) or None,
        optional(values, "city"),
        optional(values, "state_province") or optional(values, "region"),
        optional(values, "postal_code"),
        optional(values, "country"),
    )


def _phone(entry: Entry, note: Note) -> rows.Phone | None:
    values = entry.values
    service, organization = optional(values, "service_id"), optional(values, "organization_id")
    kind = (optional(values, "type") or "voice").lower()
    if kind == "fax" or not (service or organization):
        return None
    # The standard's own example writes a number in quotes.
    number = required(values, "number").strip('" ')
    if extension := optional(values, "extension"):
        number = f"{number} ext. {extension}"
    rank = 0 if kind == "voice" else 1
    return rows.Phone(entry.file, entry.line, service, organization, rank, number)


def _term(entry: Entry, note: Note) -> rows.Term:
    values = entry.values
    return rows.Term(entry.file, entry.line, entry.depth, required(values, "id"), required(values, "name"))


def _attribute(entry: Entry, note: Note) -> rows.Attribute | None:
    values = entry.values
    about = (optional(values, "link_entity") or "").lower()
    term = optional(values, "taxonomy_term_id")
    if about not in ("", "service", "services") or term is None:
        return None
    return rows.Attribute(entry.file, entry.line, required(values, "link_id"), term, about != "")


_CHECKS: dict[str, Callable[[Entry, Note], rows.Staged | None]] = {
    "organization": _organization,
    "service": _service,
    "location": _location,
    "service_at_location": _service_at_location,
    "address": _address,
    "phone": _phone,
    "taxonomy_term": _term,
    "attribute": _attribute,
}
