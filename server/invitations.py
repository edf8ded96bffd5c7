"""The page behind the link in an invitation: GET shows it, POST accepts it, once (EL8)."""

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from models.database import Database
from policies.signing import Signer
from server.pages import LARGEST_FORM, fields, linked, page
from workflows import invitations
from workflows.invitations import Newcomer, Shown
from workflows.refusals import Refusal, RefusedError
from workflows.sessions import SHORTEST_PASSWORD, hash_password

_LABELS = {"firstName": "First name: ", "lastName": "Last name: "}


def routes(database: Database, signer: Signer) -> list[Route]:
    """The route of the page, for GET, HEAD and POST."""

    async def answer(request: Request) -> HTMLResponse:
        id = linked(request, signer, "invitation")
        shown = await invitations.find(database, id)
        if request.method == "POST" and shown is not None and not _closed(shown):
            return await _accept(database, id, shown, await fields(request))
        return _page(shown)

    return [Route("/i/{token}", answer, methods=["GET", "POST"], max_body_size=LARGEST_FORM)]


def _closed(shown: Shown) -> str:
    """Why it cannot be accepted any more; empty where it can."""
    if shown.accepted:
        return "This invitation has been accepted. Sign in with your user name."
    if shown.revoked:
        return "This invitation has been taken back."
    if shown.expired:
        return "This invitation has expired. Ask for another one."
    return ""


async def _accept(database: Database, id: str, shown: Shown, given: dict[str, str]) -> HTMLResponse:
    try:
        newcomer = None if shown.has_account else await _newcomer(given)
        async with database.transaction() as transaction:
            await invitations.accept(transaction, id, newcomer)
    except RefusedError as refusal:
        code = 409 if refusal.code is Refusal.CONFLICT else 422
        now = await invitations.find(database, id)
        return _page(now, code, _LABELS.get("".join(refusal.field), "") + refusal.message)
    return _page(await invitations.find(database, id), 200, "Welcome. You can sign in with your user name now.")


async def _newcomer(given: dict[str, str]) -> Newcomer:
    return Newcomer(
        await hash_password(given.get("password", "")), given.get("first_name", ""), given.get("last_name", "")
    )


def _page(shown: Shown | None, code: int = 200, message: str = "") -> HTMLResponse:
    title = "There is no such invitation" if shown is None else f"{shown.organization_name} invites you"
    closed = "It may be mistyped." if shown is None else _closed(shown)
    if shown is None:
        code = 404
    elif closed and not message:
        code = 410
    return page(
        "invitation.html",
        code,
        title=title,
        message=message or closed,
        invitation=None if closed else shown,
        shortest=SHORTEST_PASSWORD,
    )
