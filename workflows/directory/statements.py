"""The statements of settling. $1 is the source, $2 the time."""

# ruff: noqa: S608 -- they are put together from nothing but the names below

_REFUSE = "insert into findings (file, line, kind, id, field, reason, refused)"
_IMPORTED = {
    "organizations": ("name", "description", "website", "email", "phone"),
    "programs": (
        "organization_id", "name", "description", "eligibility", "fees", "website", "email", "phone", "active",
        "categories",
    ),
    "sites": (
        "organization_id", "name", "address", "city", "region", "postal_code", "country", "latitude", "longitude",
    ),
}  # fmt: skip
"""The columns that belong to the source. The others are ours, and an import never changes them."""

ONE_OF_EACH = [
    f"""
    with ranked as (
        select ctid as place, row_number() over same as number,
            first_value(file) over same as first_file, first_value(line) over same as first_line
        from {table}
        window same as (partition by source_id order by depth, ctid)
    ), doubles as (
        delete from {table} s using ranked r where s.ctid = r.place and r.number > 1
        returning s.file, s.line, s.depth, s.source_id, r.first_file, r.first_line
    )
    {_REFUSE}
    select file, line, '{kind}', source_id, 'id', 
        format('The id was used before (%s, %s).', first_file, first_line), true
    from doubles where depth = 0
    """
    for kind, table in {
        "organization": "staged_organizations",
        "service": "staged_services",
        "location": "staged_locations",
        "taxonomy_term": "staged_terms",
    }.items()
]
"""Of the rows with one id the first stays, a row of its own before a nested copy. That there are copies is no fault."""

ANALYZE = """
    analyze staged_organizations, staged_services, staged_locations, staged_service_at_location, staged_addresses,
        staged_phones, staged_terms, staged_attributes
    """

ORGANIZATIONS = """
    insert into incoming_organizations
        (id, source, source_id, kind, name, description, website, email, phone, created_at, updated_at)
    select s.new_id::uuid, $1, s.source_id, 'agency', s.name, s.description, s.website, s.email, p.number, $2, $2
    from staged_organizations s
    left join (
        select distinct on (organization_id) organization_id, number from staged_phones
        where organization_id is not null
        order by organization_id, service_id is not null, rank, ctid
    ) p on p.organization_id = s.source_id
    """

UNOWNED_SERVICES = f"""
    {_REFUSE}
    select file, line, 'service', source_id, 'organization_id', format('There is no organization %s.', organization_id),
        true
    from staged_services s
    where not exists (select from organizations o where o.source = $1 and o.source_id = s.organization_id)
    """

PROGRAMS = """
    insert into incoming_programs
        (id, source, source_id, organization_id, name, description, eligibility, fees, website, email, phone, active,
         categories, created_at, updated_at)
    select s.new_id::uuid, $1, s.source_id, o.id, s.name, s.description, s.eligibility, s.fees, s.website, s.email,
        p.number, s.active, coalesce(c.names, '{}'), $2, $2
    from staged_services s
    join organizations o on o.source = $1 and o.source_id = s.organization_id
    left join (
        select distinct on (service_id) service_id, number from staged_phones
        where service_id is not null
        order by service_id, rank, ctid
    ) p on p.service_id = s.source_id
    left join (
        select a.service_id, array_agg(distinct t.name collate "C" order by t.name collate "C") as names
        from staged_attributes a join staged_terms t on t.source_id = a.term_id
        group by a.service_id
    ) c on c.service_id = s.source_id
    """

BEGIN_OFFERING = "create temporary table offering (location_id text, organization_id uuid, name text) on commit drop"
OFFERING = """
    insert into offering
    select distinct on (l.location_id) l.location_id, p.organization_id, o.name
    from staged_service_at_location l
    join programs p on p.source = $1 and p.source_id = l.service_id
    join organizations o on o.id = p.organization_id
    order by l.location_id, l.ctid
    """
"""Whose services are offered at a location: of several organizations, the first that the source names."""

UNOWNED_LOCATIONS = f"""
    {_REFUSE}
    select file, line, 'location', source_id, 'organization_id',
        coalesce('There is no organization ' || s.organization_id, 'It names no organization')
            || case when f.name is null then ', and no service is offered there.'
                    else format('; %s offers a service there, and was taken for it.', f.name) end,
        f.name is null
    from staged_locations s left join offering f on f.location_id = s.source_id
    where (f.name is null or s.organization_id is not null)
        and not exists (select from organizations o where o.source = $1 and o.source_id = s.organization_id)
    """

SITES = """
    insert into incoming_sites
        (id, source, source_id, organization_id, name, address, city, region, postal_code, country, latitude,
         longitude, created_at, updated_at)
    select s.new_id::uuid, $1, s.source_id, coalesce(o.id, f.organization_id),
        coalesce(s.name, left(a.address, 200), o.name, f.name), a.address, a.city, a.region, a.postal_code, a.country,
        s.latitude, s.longitude, $2, $2
    from staged_locations s
    left join organizations o on o.source = $1 and o.source_id = s.organization_id
    left join offering f on f.location_id = s.source_id
    left join (
        select distinct on (location_id) * from staged_addresses order by location_id, rank, ctid
    ) a on a.location_id = s.source_id
    where coalesce(o.id, f.organization_id) is not null
    """

PROGRAM_SITES = """
    with pairs as (
        select distinct p.id as program_id, t.id as site_id
        from staged_service_at_location l
        join programs p on p.source = $1 and p.source_id = l.service_id
        join sites t on t.source = $1 and t.source_id = l.location_id
    ), created as (
        insert into program_sites (program_id, site_id) select program_id, site_id from pairs
        on conflict do nothing
        returning 1
    )
    select (select count(*) from created), (select count(*) from pairs),
        (select count(*) from program_sites t join programs p on p.id = t.program_id and p.source = $1
         where not exists (select from pairs where pairs.program_id = t.program_id and pairs.site_id = t.site_id))
    """

DANGLING = [
    f"""
    {_REFUSE}
    select file, line, 'service_at_location', '', field, format('There is no %s %s.', what, missing), true
    from (
        select l.*, p.id is null as no_program
        from staged_service_at_location l
        left join programs p on p.source = $1 and p.source_id = l.service_id
        left join sites t on t.source = $1 and t.source_id = l.location_id
        where p.id is null or t.id is null
    ) l
    cross join lateral (
        select case when no_program then 'service' else 'location' end as what,
            case when no_program then 'service_id' else 'location_id' end as field,
            case when no_program then service_id else location_id end as missing
    ) m
    """,
    f"""
    {_REFUSE}
    select file, line, 'address', '', 'location_id', format('There is no location %s.', location_id), true
    from staged_addresses a
    where not exists (select from incoming_sites t where t.source_id = a.location_id)
    """,
    f"""
    {_REFUSE}
    select file, line, 'phone', '', case when service_id is null then 'organization_id' else 'service_id' end,
        case when service_id is null then format('There is no organization %s.', organization_id)
             else format('There is no service %s.', service_id) end,
        true
    from staged_phones n
    where not exists (select from incoming_programs p where p.source_id = n.service_id)
        and not exists (select from incoming_organizations o where o.source_id = n.organization_id)
    """,
    f"""
    {_REFUSE}
    select a.file, a.line, 'attribute', '', case when p.id is null then 'link_id' else 'taxonomy_term_id' end,
        case when p.id is null then format('There is no service %s.', service_id)
             else format('There is no taxonomy term %s.', term_id) end,
        true
    from staged_attributes a
    left join incoming_programs p on p.source_id = a.service_id
    left join staged_terms t on t.source_id = a.term_id
    where (p.id is null and a.certain) or (p.id is not null and t.source_id is null)
    """,
]
"""What is refused because it belongs to nothing."""


def begin_incoming(table: str) -> str:
    """Make room for the rows of a table as they shall be."""
    columns = ", ".join(_given(table))
    return f"create temporary table incoming_{table} on commit drop as select {columns} from {table} with no data"


def _given(table: str) -> list[str]:
    """The columns that new rows come with; an organization says, once, of what kind it is."""
    kind = ["kind"] if table == "organizations" else []
    return ["id", "source", "source_id", *kind, *_IMPORTED[table], "created_at", "updated_at"]


def merge(table: str) -> str:
    """Write what is incoming, where it is new or says something new; count created, updated, incoming, gone."""
    columns, given = _IMPORTED[table], ", ".join(_given(table))
    return f"""
    with updated as (
        update {table} t
        set {", ".join(f"{name} = i.{name}" for name in columns)}, version = t.version + 1, updated_at = $2
        from incoming_{table} i
        where t.source = $1 and t.source_id = i.source_id
            and ({", ".join(f"t.{name}" for name in columns)})
                is distinct from ({", ".join(f"i.{name}" for name in columns)})
        returning 1
    ), created as (
        insert into {table} ({given}) select {given} from incoming_{table} i
        where not exists (select from {table} t where t.source = $1 and t.source_id = i.source_id)
        returning 1
    )
    select (select count(*) from created), (select count(*) from updated), (select count(*) from incoming_{table}),
        (select count(*) from {table} t
         where t.source = $1 and not exists (select from incoming_{table} i where i.source_id = t.source_id))
    """
