"""The page behind the link in an e-mail: GET shows a referral's status, POST sets it, once (FH19)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from models.database import Database
from models.referrals import ReferralStatus as S
from policies.signing import Signer
from server.pages import LARGEST_FORM, fields, linked, page
from workflows import links
from workflows.referrals.lifecycle import CATEGORIES, Category
from workflows.refusals import Refusal, RefusedError

LABELS = {
    S.NOT_UPDATED: "Not updated",
    S.NEEDS_CLIENT_ACTION: "Needs client action",
    S.PENDING: "Pending",
    S.REFERRED_ELSEWHERE: "Referred elsewhere",
    S.ELIGIBLE: "Eligible",
    S.GOT_HELP: "Got help",
    S.COULDNT_CONTACT: "Couldn’t contact",
    S.NOT_ELIGIBLE: "Not eligible",
    S.NO_CAPACITY: "No capacity",
    S.COULDNT_GET_HELP: "Couldn’t get help",
    S.NO_LONGER_INTERESTED: "No longer interested",
}
LEGENDS = {
    Category.IN_PROGRESS: "In progress",
    Category.HELPED: "Closed, helped",
    Category.NOT_HELPED: "Closed, not helped",
}

USED = "This link has been used, and works only once."
CHANGED = "The referral was changed meanwhile. Look at its status now before you set it."
EXPIRED = "Sign in to see the referral or to set its status."
NO_LINK = "It may be mistyped, or the referral is no longer shown to you."


def routes(database: Database, signer: Signer) -> list[Route]:
    """The route of the page, for GET, HEAD and POST."""

    async def answer(request: Request) -> HTMLResponse:
        link_id = linked(request, signer, "status-link")
        if request.method == "POST":
            return await _set_status(database, link_id, await fields(request))
        link = await links.find(database, link_id)
        return _page(link, 200, USED if link is not None and link.used else "")

    return [Route("/r/{token}", answer, methods=["GET", "POST"], max_body_size=LARGEST_FORM)]


async def _set_status(database: Database, link_id: str, fields: dict[str, str]) -> HTMLResponse:
    code, message = 200, "Thank you. The status is set."
    try:
        status = S(fields.get("status", ""))
        version = int(fields["version"]) if "version" in fields else None
        async with database.transaction() as transaction:
            await links.use(transaction, link_id, status, expected_version=version)
    except ValueError:
        code, message = 422, "Choose one of the statuses."
    except RefusedError as refusal:
        code, message = 422, refusal.message
        if refusal.code is Refusal.CONFLICT:
            code, message = 409, CHANGED
    link = await links.find(database, link_id)
    if code != 200 and link is not None and link.used:
        code, message = 409, USED
    return _page(link, code, message)


def _page(link: links.Opened | None, code: int, message: str) -> HTMLResponse:
    """What is shown of the link; of one that is expired or not there, the same whatever was asked of it."""
    values: dict[str, Any] = {"title": "Status of a referral", "message": message, "link": link, "groups": []}
    if link is None:
        code, values = 404, {**values, "title": "There is no such link", "message": NO_LINK}
    elif link.expired:
        code, values = 410, {**values, "title": "This link has expired", "message": EXPIRED, "link": None}
    elif not link.used:
        values["groups"] = [
            (legend, [status for status in link.open_statuses if CATEGORIES[status] is category])
            for category, legend in LEGENDS.items()
        ]
    return page("link.html", code, labels=LABELS, **values)
