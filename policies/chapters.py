"""Who sees a chapter and its settings, and who decides about them."""

from sqlalchemy import ColumnElement, true

from models.base import Id
from models.people import Permission
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Chapters are part of the network's directory: everyone who is signed in sees them."""
    return true()


def manage_intake(actor: Actor, chapter_id: Id) -> Decision:
    """Those who coordinate a chapter's intake decide about its deadline, stagnation and limit."""
    if actor.may(Permission.COORDINATE_INTAKE, chapter_id):
        return allow("SC6", "You coordinate the intake of this chapter.")
    return deny("SC6", "Only those who coordinate the chapter's intake may do this.")
