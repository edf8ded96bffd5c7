"""How programs are fetched together, and how far away they are."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order
from models.database import Reads, Statement
from models.organizations import Site
from models.programs import Program, ProgramSite
from policies import organizations as policy

_KILOMETRES_PER_DEGREE = 111.0
_EARTH_RADIUS_KILOMETRES = 6371.0
NEAR_KILOMETRES = 100.0
"""How far away a program may be and still be near."""

_latitude = bindparam("latitude", type_=Float())
_longitude = bindparam("longitude", type_=Float())


def _distance_to_site() -> ColumnElement[Any]:
    """Kilometres from `:latitude`, `:longitude` to a site, along a great circle."""
    a = func.radians(_latitude)
    b = func.radians(Site.latitude)
    cosine = func.sin(a) * func.sin(b) + func.cos(a) * func.cos(b) * func.cos(func.radians(Site.longitude - _longitude))
    return _EARTH_RADIUS_KILOMETRES * func.acos(func.least(1.0, func.greatest(-1.0, cosine)))


def _is_near() -> tuple[ColumnElement[bool], ...]:
    """A site is near the place: in a rough square around it, which an index can answer, and then in the circle."""
    height = NEAR_KILOMETRES / _KILOMETRES_PER_DEGREE
    width = height / func.greatest(0.1, func.cos(func.radians(_latitude)))
    return (
        Site.latitude.between(_latitude - height, _latitude + height),
        Site.longitude.between(_longitude - width, _longitude + width),
        _distance_to_site() <= NEAR_KILOMETRES,
    )


def _distance() -> ColumnElement[Any]:
    """Kilometres to the program's nearest site."""
    return (
        select(func.min(_distance_to_site()))
        .join(ProgramSite, ProgramSite.site_id == Site.id)
        .where(ProgramSite.program_id == Program.id, *_is_near())
        .correlate(Program)
        .scalar_subquery()
    )


def _near() -> ColumnElement[bool]:
    nearby = select(ProgramSite.program_id).join(Site, Site.id == ProgramSite.site_id).where(*_is_near())
    return Program.id.in_(nearby)


by_id = One(Program, Program.id, policy.visible)
active = Many(
    Program,
    None,
    policy.program_listed,
    Order((Program.name, Program.id)),
    where={
        "search": lambda: func.concat_ws(" ", Program.name, Program.description).icontains(bindparam("search")),
        "latitude": _near,
    },
    orders={"latitude": Order((_distance(), Program.id))},
)
of_organization = Many(Program, Program.organization_id, policy.program_listed, Order((Program.name, Program.id)))
of_site = Many(
    Program,
    ProgramSite.site_id,
    policy.program_listed,
    Order((Program.name, Program.id)),
    joins=((ProgramSite, ProgramSite.program_id == Program.id),),
)

_prefixes = (
    func.unnest(bindparam("prefixes", type_=ARRAY(Text()))).table_valued("prefix", name="known").render_derived()
)
_MIDDLE = Statement(
    select(func.avg(Site.latitude), func.avg(Site.longitude))
    .select_from(_prefixes)
    .join(Site, func.starts_with(Site.postal_code, _prefixes.c.prefix))
    .where(Site.latitude.is_not(None), Site.longitude.is_not(None))
    .group_by(_prefixes.c.prefix)
    .order_by(func.length(_prefixes.c.prefix).desc())
    .limit(1)
)


async def place_of(reads: Reads, postal_code: str) -> dict[str, float]:
    """The `latitude` and `longitude` of a postal code; empty where the directory does not tell.

    It is the middle of the sites whose code shares the longest beginning, of at least two characters
    (docs/decisions/0003-distance-from-the-directory.md).
    """
    code = postal_code.strip()[:10]
    row = await reads.row(_MIDDLE, prefixes=[code[:length] for length in range(2, len(code) + 1)])
    return {} if row is None else {"latitude": row[0], "longitude": row[1]}
