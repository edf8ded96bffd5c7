"""The page behind the link of an activation e-mail: GET shows for whom it is, POST chooses the password, once (KW8)."""

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from models.database import Database
from policies.signing import Signer
from server.pages import LARGEST_FORM, fields, linked, page
from workflows.partners import login
from workflows.refusals import RefusedError
from workflows.sessions import SHORTEST_PASSWORD

DONE = "Your login is active. Sign in with your e-mail address and this password."
NO_LINK = "It may be mistyped, expired, or used already. Ask for another one."


def routes(database: Database, signer: Signer) -> list[Route]:
    """The route of the page, for GET, HEAD and POST."""

    async def answer(request: Request) -> HTMLResponse:
        id = linked(request, signer, "activation")
        address = await login.find(database, id)
        if request.method == "POST" and address is not None:
            return await _activate(database, id, address, (await fields(request)).get("password", ""))
        return _page(address)

    return [Route("/activate/{token}", answer, methods=["GET", "POST"], max_body_size=LARGEST_FORM)]


async def _activate(database: Database, id: str, address: str, password: str) -> HTMLResponse:
    try:
        async with database.transaction() as transaction:
            await login.activate(transaction, id, password)
    except RefusedError as refusal:
        return _page(address, 422, refusal.message)
    return _page(None, message=DONE)


def _page(address: str | None, code: int = 200, message: str = "") -> HTMLResponse:
    title = "Activate your login"
    if address is None and message != DONE:
        code, title, message = 404, "There is no such link", NO_LINK
    return page("activation.html", code, title=title, address=address, message=message, shortest=SHORTEST_PASSWORD)
