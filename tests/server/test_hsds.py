"""Directories in the forms and states in which they come."""

import csv
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from server.hsds import Report, UnreadableDirectoryError, command, import_hsds
from server.hsds import json_stream as stream

EXAMPLES = Path(__file__).parents[3] / "shared" / "hsds"
needs_examples = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the HSDS examples are not beside the repository")

TABLES = {
    "organizations": "id,name,email,website\no1,Harbor,info@harbor.test,harbor.test\n",
    "services": "id,organization_id,name,status,fees_description\ns1,o1,Pantry,active,Free\ns2,o1,Legal,defunct,\n",
    "locations": "id,name,latitude,longitude\nl1,Pier 1,37.8,-122.4\nl2,,,\n",
    "service_at_location": "id,service_id,location_id\nx1,s1,l1\nx2,s1,l2\n",
    "addresses": "id,location_id,address_1,city,state_province,postal_code,country,address_type\n"
    "a0,l1,PO Box 1,Oakland,CA,94601,US,postal\na1,l1,1 Pier,San Francisco,CA,94133,US,physical\n"
    "a2,l2,2 Main Street,San Francisco,CA,94134,US,physical\n",
    "phones": "id,service_id,organization_id,number,type,extension\n"
    'p0,s1,,555 0100,fax,\np1,s1,,"""555 0101""",voice,7\np2,,o1,555 0102,,\n',
    "taxonomy_terms": "id,name\nt1,Food\nt2,Basic needs\n",
    "attributes": "id,link_id,link_entity,taxonomy_term_id\nb1,s1,service,t1\nb2,s1,,t2\nb3,l1,location,t1\n",
}
IMPORTED = ("organizations", "programs", "sites", "program_sites")


def write(folder: Path, encoding: str = "utf-8", **changes: str) -> Path:
    """The county's directory in `folder`, with other tables in place of some."""
    folder.mkdir(exist_ok=True)
    for name, table in {**TABLES, **changes}.items():
        (folder / f"{name}.csv").write_bytes(table.encode(encoding, "surrogateescape"))
    return folder


def zipped(folder: Path, to: Path, within: str = "") -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, f"{within}{file.name}")
    return to


async def kept(database: Database) -> dict[str, list[Any]]:
    """What is in the directory, without the ids and times that differ from database to database."""
    ours = "array['id', 'organization_id', 'created_at', 'updated_at', 'source']"
    rows = {
        table: await database.pool.fetch(f"select to_jsonb(t) - {ours} as row from {table} t order by source_id")
        for table in IMPORTED[:3]
    }
    rows["program_sites"] = await database.pool.fetch(
        "select jsonb_build_array(p.source_id, s.source_id) as row from program_sites"
        " join programs p on p.id = program_id join sites s on s.id = site_id order by 1"
    )
    return {table: [row["row"] for row in found] for table, found in rows.items()}


def counts(report: Report) -> list[tuple[int, ...]]:
    return [tuple(report.written[table]) for table in IMPORTED]


def refusals(report: Report) -> list[tuple[str, int, str, str]]:
    return [(found.file, found.line, found.field, found.reason) for found in report.findings if found.refused]


async def test_a_directory_becomes_organizations_programs_and_sites(database: Database, folder: Path) -> None:
    report = await import_hsds(database, write(folder / "county"))
    assert report.source == "county"
    assert report.findings == []
    assert counts(report) == [(1, 0, 0, 0), (2, 0, 0, 0), (2, 0, 0, 0), (2, 0, 0, 0)]
    found = await kept(database)
    [harbor] = found["organizations"]
    assert (harbor["kind"], harbor["phone"], harbor["website"]) == ("agency", "555 0102", "https://harbor.test")
    pantry, legal = found["programs"]
    assert (pantry["name"], pantry["fees"], pantry["active"], legal["active"]) == ("Pantry", "Free", True, False)
    assert (pantry["phone"], pantry["categories"]) == ("555 0101 ext. 7", ["Basic needs", "Food"])
    pier, nameless = found["sites"]
    assert (pier["address"], pier["region"], pier["postal_code"]) == ("1 Pier", "CA", "94133")
    assert (pier["latitude"], pier["longitude"]) == (37.8, -122.4)
    assert nameless["name"] == "2 Main Street"
    assert found["program_sites"] == [["s1", "l1"], ["s1", "l2"]]


async def test_importing_again_changes_nothing(database: Database, folder: Path) -> None:
    write(folder / "county")
    await import_hsds(database, folder / "county")
    before = [await database.pool.fetch(f"select * from {table}") for table in IMPORTED]
    report = await import_hsds(database, folder / "county")
    assert [await database.pool.fetch(f"select * from {table}") for table in IMPORTED] == before
    assert counts(report) == [(0, 0, 1, 0), (0, 0, 2, 0), (0, 0, 2, 0), (0, 0, 2, 0)]


async def test_a_changed_name_updates_one_row(database: Database, folder: Path) -> None:
    await import_hsds(database, write(folder / "county"))
    changed = TABLES["services"].replace("Pantry", "Food Pantry")
    report = await import_hsds(database, write(folder / "edition 2", services=changed), source="county")
    assert counts(report) == [(0, 0, 1, 0), (0, 1, 1, 0), (0, 0, 2, 0), (0, 0, 2, 0)]
    assert [(row["name"], row["version"]) for row in (await kept(database))["programs"]] == [
        ("Food Pantry", 2),
        ("Legal", 1),
    ]


@pytest.mark.parametrize("within", ["", "export/2024/"])
async def test_a_zip_equals_its_folder(database: Database, folder: Path, within: str) -> None:
    county = write(folder / "county")
    await import_hsds(database, county)
    before = await kept(database)
    report = await import_hsds(database, zipped(county, folder / "county.zip", within))
    assert counts(report) == [(0, 0, 1, 0), (0, 0, 2, 0), (0, 0, 2, 0), (0, 0, 2, 0)]
    assert await kept(database) == before


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_tables_of_spreadsheets_are_read(database: Database, folder: Path, delimiter: str) -> None:
    services = delimiter.join(("\ufeffID ", "Organization_ID", "NAME", "anything")) + "\r\n"
    services += delimiter.join(("s1", "o1", '"Pantry\r\nand café"')) + "\r\n" + delimiter * 3 + "\r\n\r\n"
    report = await import_hsds(database, write(folder / "county", services=services))
    assert report.written["programs"].created == 1
    assert await database.pool.fetchval("select name from programs") == "Pantry\r\nand café"


@pytest.mark.parametrize(
    ("text", "name", "refused"),
    [
        ("id,organization_id,name\ns1,o1,Caf\udce9 \udc80uro\n", "Café €uro", 0),
        # One wrong byte among right ones costs its row, and does not spoil the others.
        ("id,organization_id,name\ns1,o1,Café\ns2,o1,Bänke und Stühle\ns3,o1,\udce9\n", "Café", 1),
        # 0x81 is no letter in Windows-1252.
        ("id,organization_id,name\ns1,o1,Caf\udce9\ns2,o1,\udc81\n", "Café", 1),
    ],
)
async def test_encodings(database: Database, folder: Path, text: str, name: str, refused: int) -> None:
    report = await import_hsds(database, write(folder / "county", services=text))
    assert (await kept(database))["programs"][0]["name"] == name
    reasons = [reason for file, _, _, reason in refusals(report) if file == "services.csv"]
    assert reasons == ["It contains a character that cannot be kept."] * refused


BAD_ROWS = [
    ("organizations", ",No id", "id", "It must not be blank."),
    ("organizations", "o9, ", "name", "It must not be blank."),
    ("organizations", "o9", "name", "It must not be blank."),
    ("organizations", f"o9,{'x' * 201}", "name", "It is longer than 200 characters."),
    ("organizations", "o1,Again", "id", "The id was used before (organizations.csv, 2)."),
    ("organizations", "o9,N\0l", "name", "It contains a character that cannot be kept."),
    ("organizations", "o9,a,b,c,d", "", "It has 5 columns; the first line has 4."),
    ("services", "s9,o9,Lost", "organization_id", "There is no organization o9."),
    ("services", "s9,,Lost", "organization_id", "It must not be blank."),
    ("services", f"s9,o1,Long,active,{'x' * 10_001}", "fees_description", "It is longer than 10,000 characters."),
    ("locations", "l9,Nowhere", "organization_id", "It names no organization, and no service is offered there."),
    ("service_at_location", "x9,s9,l1", "service_id", "There is no service s9."),
    ("service_at_location", "x9,s1,l8", "location_id", "There is no location l8."),
    ("addresses", "a9,l8,Street", "location_id", "There is no location l8."),
    ("phones", "p9,s9,,555", "service_id", "There is no service s9."),
    ("phones", "p9,,o9,555", "organization_id", "There is no organization o9."),
    ("phones", "p9,s1,,", "number", "It must not be blank."),
    ("attributes", "b9,s9,service,t1", "link_id", "There is no service s9."),
    ("attributes", "b9,s1,service,t9", "taxonomy_term_id", "There is no taxonomy term t9."),
    ("taxonomy_terms", "t1,Again", "id", "The id was used before (taxonomy_terms.csv, 2)."),
]


async def test_bad_rows_are_refused_and_the_good_ones_go_in(database: Database, folder: Path) -> None:
    tables = dict(TABLES)
    expected = set()
    for table, row, field, reason in BAD_ROWS:
        expected.add((f"{table}.csv", tables[table].count("\n") + 1, field, reason))
        tables[table] += f"{row}\n"
    tables["organizations"] += "o2,Last\n"
    tables["services"] += "s3,o2,Last\n"
    report = await import_hsds(database, write(folder / "county", **tables))
    assert set(refusals(report)) == expected
    assert report.refused.total() == len(BAD_ROWS)
    assert [report.written[table].created for table in IMPORTED] == [2, 3, 2, 2]


BAD_DETAILS = [
    ("locations", "Pier,100,-122.4", "latitude", "100 is not a latitude."),
    ("locations", "Pier,37.8,nan", "longitude", "nan is not a longitude."),
    ("locations", "Pier,37.8,", "longitude", "It is missing."),
    ("locations", "Pier,0,0", "latitude", "0, 0 is what is written where the place is not known."),
    ("organizations", "Harbor,see website", "email", "It is not an e-mail address."),
    ("organizations", "Harbor,,javascript:alert(1)", "website", "It is not the address of a website."),
]


async def test_bad_details_are_left_out_and_their_rows_go_in(database: Database, folder: Path) -> None:
    tables = {"organizations": TABLES["organizations"], "locations": "id,name,latitude,longitude,organization_id\n"}
    expected = set()
    for number, (table, row, field, reason) in enumerate(BAD_DETAILS):
        owner = ",o1" if table == "locations" else ""
        expected.add((f"{table}.csv", tables[table].count("\n") + 1, field, reason))
        tables[table] += f"bad{number},{row}{owner}\n"
    report = await import_hsds(
        database, write(folder / "county", service_at_location="service_id,location_id", **tables)
    )
    noted = {(found.file, found.line, found.field, found.reason) for found in report.findings if not found.refused}
    assert noted == expected
    found = await kept(database)
    rows = {row["source_id"]: row for table in ("organizations", "sites") for row in found[table]}
    assert [rows[f"bad{number}"][field] for number, (_, _, field, _) in enumerate(BAD_DETAILS)] == [None] * 6


async def test_a_location_of_an_unknown_organization_goes_to_who_serves_there(database: Database, folder: Path) -> None:
    locations = "id,organization_id,name\nl1,o9,Pier 1\nl2,o1,Hall\n"
    report = await import_hsds(database, write(folder / "county", locations=locations))
    assert [(found.line, found.reason, found.refused) for found in report.findings] == [
        (2, "There is no organization o9; Harbor offers a service there, and was taken for it.", False)
    ]
    assert report.written["sites"].created == 2


@pytest.mark.parametrize("broken", ['"Open,active', '"Quo"ted,active', f'"{"x" * 200_000}",active'])
async def test_a_line_that_is_not_csv_costs_that_line_only(database: Database, folder: Path, broken: str) -> None:
    services = f'id,organization_id,name,status\ns1,o1,"Two\nlines",active\ns2,o1,{broken}\ns3,o1,"Good",active\n'
    services += "".join(f"t{number},o1,More,active\n" for number in range(9_000))
    report = await import_hsds(database, write(folder / "county", services=services + 's4,o1,"Open at the end\n'))
    assert [(line, reason[:13]) for _, line, _, reason in refusals(report)] == [
        (4, "It is not CSV"),
        (9006, "It is not CSV"),
    ]
    assert report.written["programs"].created == 9_002


async def test_every_refusal_is_listed_in_the_file(
    database: Database, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = TABLES["services"] + "".join(f"\x1b[2J{number},o9,Lost\n" for number in range(70))
    county = write(folder / "county", services=services)
    assert await command(database, county) == 0
    printed = capsys.readouterr().out
    assert "refused: services.csv, line 4, service \\x1b[2J0: organization_id: There is no organization o9." in printed
    assert "… and 20 more." in printed
    listing = folder / "county.refused.csv"
    with listing.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == [str(line) for line in range(4, 74)]
    assert {row["outcome"] for row in rows} == {"refused"}
    assert await command(database, write(county)) == 0
    assert not listing.exists()


async def test_a_list_that_cannot_be_written_stops_nothing(database: Database, folder: Path) -> None:
    county = write(folder / "county", services=TABLES["services"] + "s9,o9,Lost\n")
    report = await import_hsds(database, county, findings=folder / "nowhere" / "list.csv")
    assert report.file_problem == "No such file or directory"
    assert report.written["programs"].created == 2


def _not_a_zip(folder: Path) -> Path:
    path = folder / "county.zip"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    return path


def _torn_zip(folder: Path) -> Path:
    path = zipped(write(folder / "county"), folder / "county.zip")
    data = bytearray(path.read_bytes())
    at = data.index(b"services.csv") + len(b"services.csv")
    data[at + 5 : at + 40] = b"\xff" * 35
    path.write_bytes(data)
    return path


def _bomb(folder: Path) -> Path:
    path = folder / "county.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("organizations.csv", TABLES["organizations"])
        archive.writestr("services.csv", "id,organization_id,name\n" + "\0" * 30_000_000)
    return path


def _two_tables(folder: Path) -> Path:
    path = zipped(write(folder / "county"), folder / "county.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("backup/services.csv", TABLES["services"])
    return path


def _file(name: str, text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return make


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "nowhere", "There is no "),
        (lambda folder: folder, "holds none of the files of an HSDS directory"),
        (_not_a_zip, "is neither a folder nor a zip"),
        (_torn_zip, "services.csv cannot be read"),
        (_bomb, "services.csv, line 2 is longer than 1,048,576 characters"),
        (_two_tables, "holds more than one table like backup/services.csv"),
        (_file("county.txt", "hello"), "is neither a folder nor a zip"),
        (
            lambda folder: write(folder / "county", services="s1,o1,Pantry\n"),
            "services.csv has no column id and no name",
        ),
        (lambda folder: write(folder / "county", services=""), "services.csv has no column id"),
        (_file("county.json", '[{"id": "o1", "name": "Harbor",\n "services": []}, {"id": 2'), "county.json, line 2"),
        (_file("county.json", "[" * 100_000), "county.json, line 1 is not JSON that can be read"),
        (_file("county.json", '{"id": ' + "1" * 5_000 + "}"), "county.json, line 1 is not JSON that can be read"),
        (_file("county.json", "{}"), "There is no organization, service or location in it."),
        (_file("county.json", ""), "There is no organization, service or location in it."),
        (_file("county.json", "12"), "county.json, line 1 is not JSON that can be read: there is '1'"),
    ],
)
async def test_what_cannot_be_read_changes_nothing(
    database: Database, folder: Path, make: Callable[[Path], Path], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make(folder)
    with pytest.raises(UnreadableDirectoryError) as raised:
        await import_hsds(database, path, findings=folder / "list.csv")
    assert says in str(raised.value)
    assert await kept(database) == {table: [] for table in IMPORTED}
    assert not {"list.csv", "list.csv.part"} & set(os.listdir(folder))
    assert await command(database, path) == 1
    assert capsys.readouterr().err.splitlines() == [f"Nothing was imported: {raised.value}"]


@pytest.mark.rule("XX10")
async def test_an_import_can_be_stopped_without_harm(database: Database, folder: Path) -> None:
    services = TABLES["services"] + "".join(f"n{number},o1,,active\n" for number in range(6_000))

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_hsds(database, write(folder / "county", services=services), progress=stop)
    assert await kept(database) == {table: [] for table in IMPORTED}


@pytest.mark.rule("XX10")
async def test_progress_comes_to_its_end(database: Database, folder: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    services = TABLES["services"] + "".join(f"n{number},o1,More,active\n" for number in range(12_000))
    county = write(folder / "county", services=services)
    await import_hsds(database, county, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) == 3
    assert seen == sorted(seen)
    assert seen[-1] == (sum(file.stat().st_size for file in county.iterdir()),) * 2


@needs_examples
@pytest.mark.parametrize(
    "example", ["csv", "json/tabular.json", "json/organization_full.json", "json/service_full.json"]
)
async def test_the_examples_of_the_standard(database: Database, example: str) -> None:
    report = await import_hsds(database, EXAMPLES / example)
    assert counts(report) == [(1, 0, 0, 0)] * 4
    assert report.refused.total() == 0
    assert "100 is not a latitude." in [found.reason for found in report.findings]
    found = await kept(database)
    [organization], [program], [site] = (found[table] for table in IMPORTED[:3])
    assert (organization["name"], organization["phone"]) == ("Example Organization Inc.", "+44 1234 234567 ext. 100")
    assert (program["name"], program["active"]) == ("Community Counselling", True)
    assert "£50 per hour" in program["fees"]
    assert program["categories"] == (["name"] if "full" in example else [])
    assert (site["name"], site["address"], site["latitude"]) == (
        "MyCity Civic Center",
        "1-30 Main Street, MyVillage",
        None,
    )
    again = await import_hsds(database, EXAMPLES / example)
    assert counts(again) == [(0, 0, 1, 0)] * 4
    assert await kept(database) == found


NESTED: list[dict[str, Any]] = [
    {
        "id": f"o{number}",
        "name": f"Organization {number}",
        "services": [
            {
                "id": f"s{number}",
                "name": "Pantry",
                "status": "active",
                "attributes": [{"id": "b", "taxonomy_term": {"id": "t1", "name": "Food"}}],
                "service_at_locations": [
                    {"id": f"x{number}", "location": {"id": "l1", "name": "Hall", "latitude": "north"}}
                ],
            }
        ],
    }
    for number in range(3)
]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(NESTED),
        json.dumps(NESTED, indent=2),
        json.dumps({"total_items": 3, "contents": NESTED, "page_number": 1}),
        "\n".join(json.dumps(record) for record in NESTED),
    ],
)
@pytest.mark.parametrize("chunk", [7, 1024**2])
async def test_json_in_its_forms(
    database: Database, folder: Path, text: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHUNK", chunk)
    (folder / "county.json").write_text(text)
    report = await import_hsds(database, zipped(folder, folder / "county.zip"))
    assert [report.written[table].created for table in IMPORTED] == [3, 3, 1, 3]
    assert {tuple(row["categories"]) for row in (await kept(database))["programs"]} == {("Food",)}
    # The location is there three times; what is wrong with it is said once.
    assert [(found.line, found.id, found.reason) for found in report.findings if found.field == "latitude"] == [
        (1, "l1", "north is not a latitude.")
    ]


async def test_bad_objects_are_refused_and_the_good_ones_go_in(database: Database, folder: Path) -> None:
    records = [7, {"id": ["o9"], "name": "A list", "services": []}, {**NESTED[0], "name": "\ud800"}, NESTED[1]]
    records.append({**NESTED[2], "services": ["s9", None, *NESTED[2]["services"]]})
    (folder / "organizations.json").write_text(json.dumps(records))
    report = await import_hsds(database, folder / "organizations.json")
    assert [(line, field, reason) for _, line, field, reason in refusals(report)] == [
        (1, "", "It is not an object."),
        (2, "id", "It is not text."),
        (3, "name", "It contains a character that cannot be kept."),
        (5, "services", "It is not an object."),
        (3, "organization_id", "There is no organization o0."),
        (3, "service_id", "There is no service s0."),
        (3, "link_id", "There is no service s0."),
    ]
    assert [report.written[table].created for table in IMPORTED] == [2, 2, 1, 2]


async def test_a_record_that_never_ends_is_given_up(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MAX_RECORD", 1_000)
    monkeypatch.setattr(stream, "CHUNK", 100)
    (folder / "county.json").write_text(f'[{json.dumps(NESTED[0])}, {{"id": "{"x" * 5_000}"')
    with pytest.raises(UnreadableDirectoryError, match="one record is longer"):
        await import_hsds(database, folder / "county.json")
