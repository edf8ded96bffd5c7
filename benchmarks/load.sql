-- From the peers' tables (schema app) to ours (public), in a copy of their database. Ids and times stay as they are.
--
-- What theirs does not have, and ours needs:
-- * Who belongs where: a user of theirs is a member of their organization ("home") and of one network-wide organization,
--   so that everybody sees everybody's full name. The first user of each organization works on all its programs: that is
--   its viewer.
-- * The runner's subscribers follow one program: 2,000 people who work on it, members of its organization.
-- * Sessions for the viewers and the subscribers.
-- * Whose the client is: the organization of whoever referred them first. A client's status becomes a contact preference,
--   a word for a word.
-- * The log: each status change is an event, in the order of their times.

create schema bench;

create table bench.words (theirs text, ours text);
insert into bench.words values
    ('sent', 'not_updated'), ('accepted', 'eligible'), ('in_progress', 'pending'), ('completed', 'got_help'),
    ('declined', 'not_eligible'), ('cancelled', 'no_longer_interested'),
    ('active', 'email'), ('inactive', 'phone'), ('pending', 'text');

-- Their database begins in 2025: what was there before the first referral.
create function pg_temp.day(number int) returns timestamptz language sql immutable as
$$ select timestamptz '2024-12-01 00:00:00+00' + number * interval '1 day' $$;
create function pg_temp.id(kind text, owner uuid) returns uuid language sql immutable as
$$ select md5('throughline ' || kind || ' ' || owner)::uuid $$;

insert into organizations (id, name, kind, created_at, updated_at)
select id, name, 'agency', pg_temp.day(0), pg_temp.day(0) from app.organizations
union all
select md5('throughline')::uuid, 'The network', 'agency', pg_temp.day(0), pg_temp.day(0);

insert into roles (id, organization_id, name, permissions)
select pg_temp.id('role', id), id, 'Worker', '{make referrals,view clients,edit clients}' from app.organizations;

insert into programs (id, organization_id, name, created_at, updated_at)
select id, organization_id, name, pg_temp.day(0), pg_temp.day(0) from app.programs;

-- The runner follows the program that comes first by name.
create table bench.followed as
select id as program_id, organization_id from app.programs order by name limit 1;

create table bench.viewers as
select distinct on (organization_id) organization_id, id as user_id, pg_temp.id('session', id) as session_id
from app.users order by organization_id, id;

create table bench.subscribers as
select id as user_id, pg_temp.id('session', id) as session_id
from (select md5('throughline subscriber ' || number)::uuid as id from generate_series(1, 2000) number) people;

insert into users (id, email, first_name, last_name, created_at, updated_at)
select id, id || '@example.test', first_name, last_name, pg_temp.day(1), pg_temp.day(1) from app.users
union all
select user_id, user_id || '@example.test', 'Sub', 'Scriber', pg_temp.day(1), pg_temp.day(1) from bench.subscribers;

insert into memberships (id, user_id, organization_id, started_at)
select pg_temp.id('home', id), id, organization_id, pg_temp.day(1) from app.users
union all
select pg_temp.id('network', id), id, md5('throughline')::uuid, pg_temp.day(2) from app.users
union all
select pg_temp.id('home', user_id), user_id, organization_id, pg_temp.day(1) from bench.subscribers, bench.followed;

insert into membership_roles (membership_id, role_id)
select id, pg_temp.id('role', organization_id) from memberships where organization_id <> md5('throughline')::uuid;

insert into placements (id, membership_id, program_id, started_at)
select gen_random_uuid(), pg_temp.id('home', user_id), programs.id, pg_temp.day(3)
from bench.viewers join app.programs using (organization_id)
union all
select gen_random_uuid(), pg_temp.id('home', user_id), program_id, pg_temp.day(3) from bench.subscribers, bench.followed;

insert into sessions (id, user_id, refresh_hash, created_at, expires_at)
select session_id, user_id, 'none', now(), now() + interval '10 years'
from (select user_id, session_id from bench.viewers union all select user_id, session_id from bench.subscribers) people;

insert into clients (
    id, organization_id, first_name, last_name, postal_code, contact_preference, consented_at, created_at, updated_at
)
select client.id, coalesce(referrer.organization_id, md5('throughline')::uuid), client.first_name, client.last_name,
    client.postal_code, word.ours, pg_temp.day(4), pg_temp.day(4), pg_temp.day(4)
from app.clients client
join bench.words word on word.theirs = client.status
left join lateral (
    select u.organization_id from app.referrals r join app.users u on u.id = r.referred_by_user_id
    where r.client_id = client.id order by r.created_at, r.id limit 1
) referrer on true;

insert into referrals (
    id, client_id, program_id, made_by_id, made_as, organization_id, status, live, consented_at, version,
    created_at, updated_at
)
select r.id, r.client_id, r.program_id, r.referred_by_user_id, 'helper', maker.organization_id, word.ours, true,
    r.created_at, changes.number, r.created_at, r.updated_at
from app.referrals r
join app.users maker on maker.id = r.referred_by_user_id
join bench.words word on word.theirs = r.status
join (select referral_id, count(*) as number from app.referral_status_changes group by referral_id) changes
    on changes.referral_id = r.id
order by r.created_at, r.id;

insert into notes (id, referral_id, author_id, organization_id, shared, body, created_at)
select note.id, note.referral_id, note.author_id, author.organization_id, true, note.body, note.created_at
from app.referral_notes note join app.users author on author.id = note.author_id
order by note.created_at, note.id;

insert into events (
    id, position, action, subject_id, version, kind, record_id, actor_id, before, after, topics, at
)
select change.number, change.number, case when change.version = 1 then 'referral.submitted' else 'referral.status_set' end,
    change.referral_id, change.version, 'referral', change.referral_id, change.changed_by,
    case when change.version > 1 then jsonb_build_object('status', old.ours) end,
    case when change.version = 1
        then jsonb_build_object('status', new.ours, 'client_id', r.client_id, 'program_id', r.program_id, 'goal_id', null)
        else jsonb_build_object('status', new.ours)
    end,
    array['user:' || r.referred_by_user_id, 'client:' || r.client_id, 'program:' || r.program_id],
    change.changed_at
from (
    select *, row_number() over (order by changed_at, id) as number,
        row_number() over (partition by referral_id order by changed_at, id) as version
    from app.referral_status_changes
) change
join app.referrals r on r.id = change.referral_id
join bench.words new on new.theirs = change.to_status
left join bench.words old on old.theirs = change.from_status
order by change.number;

select setval(pg_get_serial_sequence('events', 'id'), (select max(id) from events));
update log set head = (select max(position) from events);

drop schema app cascade;
