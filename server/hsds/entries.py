"""What is read of an HSDS directory, whatever its form: entries of eight tables, unchecked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

KINDS = {
    "organizations": "organization",
    "services": "service",
    "locations": "location",
    "service_at_location": "service_at_location",
    "addresses": "address",
    "phones": "phone",
    "attributes": "attribute",
    "taxonomy_terms": "taxonomy_term",
}
_NAMES = {
    **KINDS,
    **{kind: kind for kind in KINDS.values()},
    "service_at_locations": "service_at_location",
    "services_at_location": "service_at_location",
}


class UnreadableDirectoryError(Exception):
    """The source as a whole cannot be read, and nothing of it was imported."""


class Entry(NamedTuple):
    """A row of a table, or an object nested `depth` levels deep in a record of JSON."""

    file: str
    line: int
    depth: int
    kind: str
    values: Mapping[str, Any]


def kind_of(name: str) -> str | None:
    """What a table of this name holds, singular or plural, with an ending or without; None if it is not read."""
    stem = name.rsplit("/", 1)[-1].split(".", 1)[0]
    return _NAMES.get(stem.strip().lower().replace("-", "_").replace(" ", "_"))
