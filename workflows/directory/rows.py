"""The rows of an import, as they are staged: checked one by one, not yet against each other.

`file` and `line` say where a row stands in its source. `depth` 0 is a row of its own; more is a copy that was nested in
another row. `new_id` is its id here, should it be new.
"""

from typing import NamedTuple

from models.base import Id


class Organization(NamedTuple):
    """An organization."""

    file: str
    line: int
    depth: int
    new_id: Id
    source_id: str
    name: str
    description: str | None
    website: str | None
    email: str | None


class Service(NamedTuple):
    """A service, which becomes a program."""

    file: str
    line: int
    depth: int
    new_id: Id
    source_id: str
    organization_id: str
    name: str
    description: str | None
    eligibility: str | None
    fees: str | None
    website: str | None
    email: str | None
    active: bool


class Location(NamedTuple):
    """A location, which becomes a site. Its name and its organization may still have to be found out."""

    file: str
    line: int
    depth: int
    new_id: Id
    source_id: str
    organization_id: str | None
    name: str | None
    latitude: float | None
    longitude: float | None


class ServiceAtLocation(NamedTuple):
    """That a service is offered at a location."""

    file: str
    line: int
    service_id: str
    location_id: str


class Address(NamedTuple):
    """An address of a location; the one of the lowest rank is the site's."""

    file: str
    line: int
    location_id: str
    rank: int
    address: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


class Phone(NamedTuple):
    """A phone number of a service, of an organization, or of both; the one of the lowest rank is theirs."""

    file: str
    line: int
    service_id: str | None
    organization_id: str | None
    rank: int
    number: str


class Term(NamedTuple):
    """A word of a taxonomy: the name of a category."""

    file: str
    line: int
    depth: int
    source_id: str
    name: str


class Attribute(NamedTuple):
    """That a service is of a category. `certain` is whether the source says that it is about a service at all."""

    file: str
    line: int
    service_id: str
    term_id: str
    certain: bool


class Finding(NamedTuple):
    """Why a row was refused; or, where `refused` is false, what was mended or left out of a row that was kept."""

    file: str
    line: int
    kind: str
    id: str
    field: str
    reason: str
    refused: bool


Staged = Organization | Service | Location | ServiceAtLocation | Address | Phone | Term | Attribute
