"""Who sees the phases of a program, and what entering one takes."""

from typing import Any

from sqlalchemy import ColumnElement, any_, exists, true
from sqlalchemy.orm import InstrumentedAttribute

from models.phases import Persona, Phase
from models.programs import Program
from policies.actors import Who


def visible(who: Who) -> ColumnElement[bool]:
    """Phases are a part of what a program is: everyone who is signed in sees them."""
    return true()


def rules_visible(who: Who, phase_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Who approves, what is warned of and where case managers are assigned is known inside the organization."""
    return exists().where(
        Phase.id == phase_id, Program.id == Phase.program_id, Program.organization_id == any_(who.organizations)
    )


def persona_visible(who: Who) -> ColumnElement[bool]:
    """Personas are the words of an organization about its clients, known inside it."""
    return Persona.organization_id == any_(who.organizations)
