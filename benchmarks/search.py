"""How long search takes in the database: python -m benchmarks.search [--clients 200000] [--rounds 5].

Makes a database of its own on an embedded PostgreSQL in a temporary folder: clients, colleagues and programs of four
organizations, and referrals, twenty thousand of them to one program. Then people with different sights search as people
do. Each statement is run as the server runs it, prepared and on a connection of its own. The time is the processor time
of that connection's process in PostgreSQL, as Linux tells it, the median of the rounds: other work on the machine adds
little to it, and all data are in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path
from typing import Any

from loaders.search import _STATEMENTS, SearchKind
from models.database import Database
from models.migrations import migrate
from models.people import Permission
from policies.actors import Actor
from policies.actors import actor as read_actor
from server import postgres
from workflows import organizations, people

FILL = """
create temp table syllables as
    select a || b || c as name, row_number() over (order by random()) as n
    from unnest('{Ma,Jo,An,Ka,El,Ro,Sa,Li,Be,Da,Fe,Gu,Ha,Ste,Chri,Wi}'::text[]) a,
        unnest('{ri,na,hn,le,mi,ra,tha,lo,vi,ste}'::text[]) b,
        unnest('{a,n,s,ne,ez,son,ski,rd,ta,lla,us,er}'::text[]) c;
analyze syllables;
insert into clients (id, organization_id, first_name, last_name, email, phone, postal_code, created_at, updated_at)
    select gen_random_uuid(), ($1::uuid[])[1 + i % 4], first.name, last.name,
        lower(first.name || '.' || last.name) || i || '@example.test',
        '+1 415 ' || (1000000 + i), lpad((i % 90000)::text, 5, '0'), now(), now()
    from generate_series(1, $2::int) i
    join syllables first on first.n = 1 + floor(300 * power(((i::bigint * 7919) % 10007) / 10007.0, 2))
    join syllables last on last.n = 1 + (i::bigint * 104729) % 1900;
insert into users (id, email, first_name, last_name, created_at, updated_at)
    select gen_random_uuid(), 'colleague' || i || '@example.test', first.name, last.name, now(), now()
    from generate_series(1, 2000) i
    join syllables first on first.n = 1 + i % 300 join syllables last on last.n = 1 + i * 7 % 1900;
insert into memberships (id, user_id, organization_id, started_at)
    select gen_random_uuid(), id, ($1::uuid[])[1 + abs(hashtext(email)) % 4], now()
    from users where email like 'colleague%';
insert into programs (id, organization_id, name, created_at, updated_at)
    select gen_random_uuid(), ($1::uuid[])[1 + n % 4], name || ' Program', now(), now()
    from syllables where n <= 400
"""
"""First names are common or rare, as they are; last names are evenly spread."""
REFER = """
insert into referrals (id, client_id, program_id, made_by_id, made_as, organization_id, live, consented_at, created_at,
        updated_at)
    select gen_random_uuid(), clients.id, $1, $2, 'helper', clients.organization_id, true, now(), now(), now()
    from clients, generate_series(1, 2) where organization_id = $3 and abs(hashtext(clients.id::text)) % 5 = 0
    limit $4
"""
REFER_ELSEWHERE = """
insert into referrals (id, client_id, program_id, made_by_id, made_as, organization_id, live, consented_at, created_at,
        updated_at)
    select gen_random_uuid(), clients.id, program.id, maker.id, 'helper', clients.organization_id, true, now(), now(),
        now()
    from clients
    join (select id, row_number() over () as n from programs where name like '% Program') program
        on program.n = 1 + abs(hashtext(clients.phone)) % 400
    join (select id, row_number() over () as n from users where email like 'colleague%') maker
        on maker.n = 1 + abs(hashtext(clients.email)) % 2000
    where abs(hashtext(clients.id::text)) % 5 in (1, 2)
"""


async def fill(database: Database, clients: int) -> dict[str, Actor]:
    """Make the data; answers who searches."""
    async with database.transaction() as tx:
        agencies = [await organizations.create(tx, name=f"Agency {n}", kind="agency") for n in range(4)]  # type: ignore[arg-type]
        program = await organizations.add_program(tx, organization_id=agencies[3], name="Pantry")
        who = {}
        for name, organization, permissions in (
            ("keeper of a quarter", agencies[0], [Permission.VIEW_CLIENTS]),
            ("maker of twenty", agencies[1], [Permission.MAKE_REFERRALS]),
            ("maker of thousands", agencies[1], [Permission.MAKE_REFERRALS]),
            ("claimer of a program", agencies[3], [Permission.MAKE_REFERRALS]),
            ("nobody in particular", agencies[2], []),
        ):
            address = f"{name.replace(' ', '.')}@example.test"
            id = await people.register(tx, email=address, first_name="Robin", last_name="Vale")
            role = await people.add_role(tx, organization_id=organization, name=name, permissions=permissions)
            membership = await people.join(tx, None, user_id=id, organization_id=organization, role_ids=[role])
            if name.startswith("claimer"):
                await people.place(tx, None, membership_id=membership, program_id=program)
            who[name] = id
    async with database.pool.acquire() as connection:
        await connection.execute("set statement_timeout = 0")
        for statement in FILL.strip().split(";\n"):
            given = [agencies, clients][: statement.count("$")]
            await connection.execute(statement, *given, timeout=600)
        await connection.execute("analyze")
        await connection.execute(REFER, program, who["maker of thousands"], agencies[1], clients, timeout=600)
        await connection.execute(REFER, program, who["maker of twenty"], agencies[1], 20)
        await connection.execute(REFER_ELSEWHERE, timeout=600)
        await connection.execute("vacuum analyze")
    actors = {name: await read_actor(database, id) for name, id in who.items()}
    return {name: actor for name, actor in actors.items() if actor is not None}


def spent(process: int) -> float:
    """The processor time of a process so far, in milliseconds."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e6


async def milliseconds(connection: Any, kind: SearchKind, given: dict[str, Any], rounds: int) -> tuple[float, int]:
    """How much processor time the statement takes, and how many rows it finds."""
    process = await connection.fetchval("select pg_backend_pid()")
    statement = _STATEMENTS[kind]
    arguments = statement.arguments(given)
    rows = await connection.fetch(statement.sql, *arguments)
    times = []
    for _ in range(rounds):
        begin = spent(process)
        await connection.fetch(statement.sql, *arguments)
        times.append(spent(process) - begin)
    return statistics.median(times), len(rows)


async def measure(database: Database, actors: dict[str, Actor], rounds: int) -> None:
    """Print a line for each person and text."""
    row: Any = await database.pool.fetchrow(
        "select first_name, last_name, email, phone from clients"
        " where id in (select client_id from referrals where made_by_id = $1) order by id limit 1",
        actors["maker of twenty"].id,
    )
    first, last = row["first_name"], row["last_name"]
    common = await database.pool.fetchval(
        "select first_name from clients group by first_name order by count(*) desc limit 1"
    )
    texts = {
        "a whole name": f"{first} {last}",
        "a name with a slip": f"{first} {last[:2]}{last[3:]}",
        "a last name": last,
        "a common first name": common,
        "the same with a slip": f"{common[:2]}{common[3:]}",
        "three letters": common[:3],
        "two letters": common[:2],
        "an e-mail address": row["email"],
        "a phone number": row["phone"],
        "nobody's name": "Xyzzy Qwfp",
    }
    print(f"{'who':<22}{'text':<22}" + "".join(f"{kind.value:>13}" for kind in SearchKind) + f"{'all, ms':>10}")
    async with database.pool.acquire() as connection:
        for who, actor in actors.items():
            for what, text in texts.items():
                digits = "".join(filter(str.isdigit, text))
                phone = digits[-9:] if len(digits) >= 6 else None
                given = {"text": text, "phone": phone, "limit": 20, **actor.parameters()}
                found = {kind: await milliseconds(connection, kind, given, rounds) for kind in SearchKind}
                cells = "".join(f"{found[kind][0]:8.1f}{found[kind][1]:>5}" for kind in SearchKind)
                print(f"{who:<22}{what:<22}{cells}{sum(time for time, _ in found.values()):10.1f}")


async def run(folder: Path, clients: int, rounds: int) -> None:
    """Fill, measure, print."""
    dsn = postgres.dsn(postgres.start(folder / "postgres"))
    await migrate(dsn)
    async with Database(dsn, size=4) as database:
        await measure(database, await fill(database, clients), rounds)


def main() -> None:
    """Read the options and begin."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="throughline-", ignore_cleanup_errors=True) as name:
        # PostgreSQL does not run as root, and has to get at its folder.
        Path(name).chmod(0o755)
        asyncio.run(run(Path(name), options.clients, options.rounds))


if __name__ == "__main__":
    main()
