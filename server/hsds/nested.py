"""The JSON forms: nested objects, or the tables in one file; as an array, a page, lines or a single object."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from server.hsds.entries import Entry, kind_of
from server.hsds.json_stream import Values
from workflows.directory.rows import Finding

MAX_DEPTH = 20
"""An address, in a location where a service of an organization is offered, is at 4."""

# What an object contains that belongs to it: by name, the kind and how such a thing refers back to its owner.
_PARTS = {
    "organization": {
        "services": ("service", "organization_id"),
        "locations": ("location", "organization_id"),
        "phones": ("phone", "organization_id"),
    },
    "service": {
        "service_at_locations": ("service_at_location", "service_id"),
        "phones": ("phone", "service_id"),
        "attributes": ("attribute", "link_id"),
    },
    "location": {"addresses": ("address", "location_id")},
}
# What an object contains that it refers to: by name, the kind and how the object refers to it.
_REFERENCES = {
    "service": {"organization": ("organization", "organization_id")},
    "service_at_location": {"location": ("location", "location_id"), "service": ("service", "service_id")},
    "attribute": {"taxonomy_term": ("taxonomy_term", "taxonomy_term_id")},
}
# What only one kind of record has, to tell it by.
_MARKS = {
    "service": {"status", "service_at_locations", "eligibility_description", "fees_description", "application_process"},
    "location": {"location_type", "addresses", "latitude", "transportation"},
    "organization": {"services", "locations", "legal_status", "tax_status", "organization_identifiers", "website"},
}


def read(file: str, text: TextIO) -> Iterator[Entry | Finding]:
    """The entries of a file; what is no organization, service or location is passed over."""
    count: Counter[str] = Counter()
    for table, record in _records(file, text):
        place = f"{file} ({table})" if table else file
        count[place] += 1
        if not isinstance(record, dict):
            if table is None or kind_of(table):
                yield Finding(place, count[place], "record", "", "", "It is not an object.", True)
        elif kind := kind_of(table) if table else _kind(file, record):
            yield from _walk(place, count[place], 0, kind, record)


def _records(file: str, text: TextIO) -> Iterator[tuple[str | None, Any]]:
    values = Values(file, text)
    while begin := values.peek():
        if begin == "[":
            yield from ((None, item) for item in values.items())
        elif begin == "{":
            record = {}
            for name, value in values.members(_streamed):
                if name == "contents":
                    yield None, value
                elif _streamed(name):
                    yield name.removesuffix(".csv"), value
                else:
                    record[name] = value
            if "id" in record or "name" in record:
                yield None, record
        else:
            values.skip("[", "{")


def _streamed(name: str) -> bool:
    # "contents" is what a page of the HSDS API has; in the tables' file the names are those of the CSV files.
    return name == "contents" or name.endswith(".csv")


def _kind(file: str, record: Mapping[str, Any]) -> str | None:
    if named := kind_of(file):
        return named
    marked = (kind for kind, marks in _MARKS.items() if not marks.isdisjoint(record))
    stem = file.rsplit("/", 1)[-1].lower()
    return next(marked, None) or next((kind for kind in _PARTS if stem.startswith(kind)), None)


def _walk(file: str, line: int, depth: int, kind: str, record: dict[str, Any]) -> Iterator[Entry | Finding]:
    if depth > MAX_DEPTH:
        yield Finding(file, line, kind, "", "", "It is nested too deeply.", True)
        return
    for name, (child_kind, reference) in _REFERENCES.get(kind, {}).items():
        child = record.get(name)
        if isinstance(child, dict):
            record = {**record, reference: child.get("id") or record.get(reference)}
            yield from _walk(file, line, depth + 1, child_kind, child)
    yield Entry(file, line, depth, kind, record)
    for name, (child_kind, reference) in _PARTS.get(kind, {}).items():
        children = record.get(name)
        for child in children if isinstance(children, list) else [children]:
            if isinstance(child, dict):
                owned = {**child, reference: record.get("id"), "link_entity": kind}
                yield from _walk(file, line, depth + 1, child_kind, owned)
            elif child is not None:
                yield Finding(file, line, child_kind, "", name, "It is not an object.", True)
