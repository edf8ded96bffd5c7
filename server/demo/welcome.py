"""What the demo says once it serves."""

from server.demo.mentoring import CHAPTER
from server.demo.mission import MISSION
from server.demo.organizations import AGENCY, FOOD_BANK, PANTRY
from server.demo.staff import ACCOUNTS, PASSWORD
from server.settings import Settings

QUERY = "{ viewer { inboundCounts { notUpdated } inboundReferrals(first: 5) { totalCount nodes { id status } } } }"
SUBSCRIPTION = "subscription { feed { ... on ReferralChanged { action toStatus actor { name } referral { id } } } }"

_PARTS = {
    "seeker@demo.test": f"a client of {AGENCY}",
    "helper@demo.test": "makes referrals there, for the seeker among others",
    "program@demo.test": f"works on the {PANTRY.lower()} of {FOOD_BANK}, to which many of them go",
    "admin@demo.test": "administers both organizations",
    "cic@demo.test": f"coordinates the intake of {CHAPTER}",
    "mentor@demo.test": "mentors there",
    "casemanager@demo.test": f"carries a caseload of {MISSION}, and submits clients for the next phase",
    "leader@demo.test": "approves that first, and assigns case managers",
    "director@demo.test": "approves second where two have to",
}


def local_url(settings: Settings) -> str:
    """Where the server is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - we bind nothing here
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def greeting(settings: Settings) -> str:
    """The addresses, the accounts, and what to try first."""
    url = f"{local_url(settings)}/graphql"
    there = "" if url == "http://127.0.0.1:8000/graphql" else f" --url {url}"
    mail = "to the server of SMTP_URL" if settings.smtp_url else f"into the maildir {settings.data_dir / 'mail'}"
    accounts = "\n".join(f"  {email:<21} {' '.join(ACCOUNTS[email]):<14} {part}" for email, part in _PARTS.items())
    return f"""
Alder County is served.

  Explorer           {url} (in a browser)
  API                {url} (POST, and graphql-transport-ws for subscriptions)
  E-mail goes        {mail}

All accounts have the password {PASSWORD}:

{accounts}

Sign in to the explorer as program@demo.test and ask

  {QUERY}

Follow what happens, in a second tab

  {SUBSCRIPTION}

or in a terminal

  .venv/bin/python -m server watch --as program@demo.test{there}

and set a status as helper@demo.test. Ctrl-C ends the server; the county stays.
"""
