"""How long an import takes and how much memory: python -m benchmarks.import_hsds [--services 100000] [--json].

Makes a believable, dirty directory in a temporary folder, imports it twice into an embedded PostgreSQL, and prints
seconds, rows a second, the most memory that this process had, and how many rows were refused.
"""

import argparse
import asyncio
import csv
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.database import Database
from models.migrations import migrate
from server import postgres
from server.hsds import import_hsds

WORDS = ["community", "family", "food", "health", "housing", "legal", "river", "senior", "shelter", "support", "valley"]
TABLES = {
    "organizations": "id,name,alternate_name,description,email,website,tax_status,uri,parent_organization_id",
    "services": "id,organization_id,name,description,url,email,status,fees_description,eligibility_description,alert",
    "locations": "id,organization_id,location_type,name,latitude,longitude,transportation",
    "service_at_location": "id,service_id,location_id,description",
    "addresses": "id,location_id,address_1,address_2,city,state_province,postal_code,country,address_type",
    "phones": "id,service_id,organization_id,location_id,number,extension,type",
    "attributes": "id,link_id,taxonomy_term_id,link_entity",
    "taxonomy_terms": "id,code,name,description",
}
Row = dict[str, Any]


def words(number: int) -> str:
    """A text of so many words."""
    return " ".join(random.choices(WORDS, k=number)).capitalize()


def organization(services: int) -> Iterator[tuple[str, Row]]:
    """An organization and what belongs to it; about one field in two hundred is wrong."""

    def id() -> str:
        return f"{random.getrandbits(128):032x}"

    def dirty(value: Any, *wrong: Any) -> Any:
        return random.choice(wrong) if random.random() < 0.005 else value

    owner = id()
    yield "organizations", {
        "id": owner, "name": dirty(words(4), "", "x" * 300), "description": words(40),
        "email": dirty("info@example.org", "see website"), "website": dirty("https://example.org", "example.org", "-"),
    }  # fmt: skip
    places = [id() for _ in range(max(1, services // 2))]
    for place in places:
        yield "locations", {
            "id": dirty(place, ""), "organization_id": dirty(owner, id(), ""), "location_type": "physical",
            "name": dirty(f"{words(2)} café", ""), "latitude": dirty(random.uniform(30, 45), 999, "north"),
            "longitude": random.uniform(-120, -70),
        }  # fmt: skip
        yield "addresses", {
            "id": id(), "location_id": dirty(place, id()), "address_1": f"{random.randint(1, 999)} Main Street",
            "city": "Springfield", "state_province": "CA", "postal_code": f"{random.randint(90000, 96000)}",
            "country": "US", "address_type": "physical",
        }  # fmt: skip
    for _ in range(services):
        service = id()
        yield "services", {
            "id": dirty(service, ""), "organization_id": dirty(owner, id()), "name": dirty(words(3), " "),
            "description": dirty(words(80), "x\0", 'A "quoted" word'), "url": "https://example.org/help",
            "email": "help@example.org", "status": dirty("active", "inactive", ""), "fees_description": "Free",
            "eligibility_description": words(15),
        }  # fmt: skip
        yield (
            "service_at_location",
            {"id": id(), "service_id": service, "location_id": dirty(random.choice(places), id())},
        )
        yield "phones", {"id": id(), "service_id": service, "number": dirty("+1 415 555 0100", ""), "type": "voice"}
        for _ in range(2):
            term = dirty(f"term-{random.randint(1, 300)}", id())
            yield "attributes", {"id": id(), "link_id": service, "taxonomy_term_id": term, "link_entity": "service"}


def directory(services: int) -> Iterator[tuple[str, Row]]:
    """All rows."""
    for number in range(300):
        yield (
            "taxonomy_terms",
            {"id": f"term-{number + 1}", "name": f"{words(2)} {number}", "description": "A kind of help"},
        )
    while services > 0:
        some = min(services, random.choice((1, 2, 4, 8, 30)))
        yield from organization(some)
        services -= some


def write_csv(folder: Path, services: int) -> None:
    """The tabular form."""
    files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") for name in TABLES}
    writers = {name: csv.DictWriter(file, TABLES[name].split(",")) for name, file in files.items()}
    for writer in writers.values():
        writer.writeheader()
    for table, row in directory(services):
        writers[table].writerow(row)
    for file in files.values():
        file.close()


def write_json(folder: Path, services: int) -> None:
    """The nested form: one array of organizations, with everything in them."""
    with (folder / "organizations.json").open("w") as file:
        separator = "["
        while services > 0:
            some = min(services, random.choice((1, 2, 4, 8, 30)))
            rows = list(organization(some))
            record = dict(rows[0][1])
            children: dict[str, list[Row]] = {name: [] for name in TABLES}
            for table, row in rows:
                children[table].append(row)
            for place in children["locations"]:
                place["addresses"] = [row for row in children["addresses"] if row["location_id"] == place["id"]]
            for service in children["services"]:
                mine = service["id"]
                service["phones"] = [row for row in children["phones"] if row["service_id"] == mine]
                links = [row for row in children["service_at_location"] if row["service_id"] == mine]
                service["service_at_locations"] = links
                service["attributes"] = [
                    {**row, "taxonomy_term": {"id": row["taxonomy_term_id"], "name": row["taxonomy_term_id"].title()}}
                    for row in children["attributes"]
                    if row["link_id"] == mine
                ]
            record |= {"services": children["services"], "locations": children["locations"]}
            file.write(separator + json.dumps(record, indent=1))
            separator = ","
            services -= some
        file.write("]")


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def run(services: int, form: str) -> None:
    """Make, import, import again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "county"
        folder.mkdir()
        random.seed(1)
        (write_json if form == "json" else write_csv)(folder, services)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1024**2
        server = postgres.start(Path(name) / "pgdata")
        await migrate(postgres.dsn(server))
        async with Database(postgres.dsn(server)) as database:
            print(f"{services:,} services as {form}, {size:.0f} MB; {peak():.0f} MB of memory before")
            for attempt in ("first", "again"):
                began = time.perf_counter()
                report = await import_hsds(database, folder, findings=Path(name) / "refused.csv")
                seconds = time.perf_counter() - began
                rows = report.read.total()
                print(f"{attempt}: {seconds:.1f} s, {rows:,} rows, {rows / seconds:,.0f} rows/s, peak {peak():.0f} MB")
                print(f"  {report.refused.total():,} refused, {report.notes:,} kept in part; {report.written}")
        # Its folder goes away now, and a server without a folder cannot be stopped in peace.
        server.cleanup()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--services", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="the nested JSON form")
    given = parser.parse_args()
    asyncio.run(run(given.services, "json" if given.json else "csv"))
