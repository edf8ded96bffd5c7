"""What stories are about: the imported directory, and the people in it."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import NamedTuple

from sqlalchemy import select

from models.base import Id
from models.database import Reads, Statement
from models.organizations import Organization, Site
from models.programs import Program
from policies.actors import Actor
from server.demo.directory import SOURCE
from server.demo.organizations import FOOD_BANK, PANTRY
from server.demo.places import FIRST_NAMES, LAST_NAMES

_ORGANIZATIONS = Statement(
    select(Organization.id, Organization.name).where(Organization.source == SOURCE).order_by(Organization.source_id)
)
_SITES = Statement(select(Site.id, Site.organization_id).where(Site.source == SOURCE).order_by(Site.source_id))
_PROGRAMS = Statement(
    select(Program.id, Program.organization_id, Program.name, Program.categories)
    .where(Program.source == SOURCE)
    .order_by(Program.source_id)
)


class Offered(NamedTuple):
    """A program that takes referrals."""

    id: Id
    organization_id: Id
    name: str
    need: str


@dataclass
class County:
    """Everybody and everything."""

    random: Random
    organizations: dict[str, Id]
    """By name."""
    sites: dict[Id, list[Id]]
    """By organization."""
    programs: list[Offered]
    helpers: dict[str, list[Actor]] = field(default_factory=lambda: defaultdict(list))
    """By the name of their organization; of the agency, the demo's helper is the first."""
    claimers: dict[Id, list[Actor]] = field(default_factory=lambda: defaultdict(list))
    """By program."""
    _names: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def pantry(self) -> Offered:
        """The program on which the demo's program account works."""
        bank = self.organizations[FOOD_BANK]
        return next(program for program in self.programs if program[1:3] == (bank, PANTRY))

    def programs_for(self, need: str) -> list[Offered]:
        """The programs that are there for a need."""
        return [program for program in self.programs if program.need == need]

    def new_name(self) -> tuple[str, str]:
        """The name of somebody new."""
        while (name := (self.random.choice(FIRST_NAMES), self.random.choice(LAST_NAMES))) in self._names:
            pass
        self._names.add(name)
        return name


async def read(reads: Reads, random: Random) -> County:
    """The county as the directory knows it, without people."""
    organizations = {row["name"]: row["id"] for row in await reads.rows(_ORGANIZATIONS)}
    sites = defaultdict(list)
    for row in await reads.rows(_SITES):
        sites[row["organization_id"]].append(row["id"])
    programs = [
        Offered(row["id"], row["organization_id"], row["name"], row["categories"][0])
        for row in await reads.rows(_PROGRAMS)
    ]
    return County(random, organizations, sites, programs)
