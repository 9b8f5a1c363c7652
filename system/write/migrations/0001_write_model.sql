-- The write side: aggregates with their version, accounts, the append-only outbox, remembered answers, and the lanes of the relay.

-- Every aggregate is kept alike: its version and its state, as the domain knows it. A table of its own per type (a partition), so that
-- each has its own size, indexes and vacuum. The two times are those of its first and its newest event.
create table aggregate (
  tenant_id  text not null,
  type       text not null,
  id         uuid not null,
  version    integer not null check (version > 0),
  state      jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id, type)
) partition by list (type);

create table member     partition of aggregate for values in ('member');
create table class      partition of aggregate for values in ('class');
create table enrolment  partition of aggregate for values in ('enrolment');
create table attendance partition of aggregate for values in ('attendance');
create table payment    partition of aggregate for values in ('payment');

-- What one aggregate alone cannot promise. The names of these two, and the SQLSTATEs below, are known to pg-errors.ts.
create unique index enrolment_once on enrolment (tenant_id, (state->>'classId'), (state->>'studentId'))
  where state->>'status' = 'active';
create unique index payment_receipt_once on payment (tenant_id, (state->>'receiptNumber'));

-- A class takes no more students than it has places. After the insert, so that the enrolment is the transaction's first write;
-- the lock on the class makes rivals count one after the other. SQLSTATE AMS02: no such class, AMS03: it is full.
create function take_place() returns trigger language plpgsql as $$
declare
  places integer;
  taken integer;
begin
  select (state->>'capacity')::integer into places from class
  where tenant_id = new.tenant_id and id = (new.state->>'classId')::uuid for no key update;
  if not found then
    raise exception 'no such class' using errcode = 'AMS02';
  end if;
  select count(*) into taken from enrolment
  where tenant_id = new.tenant_id and state->>'classId' = new.state->>'classId' and state->>'status' = 'active';
  if taken > places then
    raise exception 'the class is full' using errcode = 'AMS03';
  end if;
  return null;
end $$;

create trigger take_place after insert on enrolment for each row execute function take_place();

-- Who may sign in. Not an aggregate: nobody reads accounts but the sign-in itself, so no event tells of them.
create table account (
  tenant_id         text not null,
  id                uuid not null,
  member_id         uuid,
  sign_in_name      text not null,
  password_hash     text not null,
  role              text not null,
  phone             text,
  phone_verified_at timestamptz,
  created_at        timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, sign_in_name)
);

-- Rows are never updated and never deleted one by one: whole partitions are dropped (maintenance.ts). Partitioned by the transaction id,
-- which is the outbox's clock: the relay reads in its order, so that a poll looks into the partitions between its cursor and its gate
-- and into no other. The primary key is the index of the poll: one lane in (xid, seq) order, without a sort.
create table outbox (
  lane           smallint not null,
  xid            xid8 not null default pg_current_xact_id(),
  seq            bigint not null generated always as identity,
  tenant_id      text not null,
  aggregate_type text not null,
  aggregate_id   uuid not null,
  version        integer not null,
  type           text not null,
  data           jsonb not null,
  trace_parent   text,
  -- Not now(): that is the start of the transaction, and the lag would count its waiting for a row lock.
  occurred_at    timestamptz not null default clock_timestamp(),
  primary key (lane, xid, seq)
) partition by range (xid);

-- Takes what no other partition is for, so that a writer always finds a place, also when maintenance was away for long.
create table outbox_default partition of outbox default;

-- Events up to this moment may have been dropped: an audit cannot ask for them any more.
create table outbox_horizon (dropped_until timestamptz not null);
insert into outbox_horizon values ('-infinity');

-- Makes the partition for transactions from `p_from` to before `p_to`. Attached, not created in place: that lets writers and readers go on.
create function make_outbox_partition(p_from xid8, p_to xid8) returns text language plpgsql as $$
declare
  name text := 'outbox_' || lpad(p_from::text, 20, '0');
begin
  execute format('create table %I (like outbox including defaults including constraints including indexes including storage)', name);
  execute format('alter table outbox attach partition %I for values from (%L) to (%L)', name, p_from, p_to);
  return name;
end $$;

-- The answer of every accepted command. `json`, not `jsonb`: a replay gives back the very same text. One table, not one per day: a key
-- must be unique across midnight too. Old rows are deleted in bounded batches (maintenance.ts), which is what the second index is for.
create table idempotency (
  tenant_id    text not null,
  actor        text not null,
  key          text not null,
  request_hash text not null,
  status       smallint not null,
  response     json not null,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, actor, key)
);
create index idempotency_created_at on idempotency (created_at);

-- One row per consumer and lane: how far it has come, who holds the lane and until when. What follows says what is suspect behind the
-- cursor (relay/lanes.ts): holders that died here lately and when the last one did, how many of the next events may be the cause, and the
-- attempts on the next one. `bookmark` is the transport's own name of the place, where it has one.
create table relay_lane (
  consumer          text not null,
  lane              smallint not null,
  cursor_xid        xid8 not null default '0',
  cursor_seq        bigint not null default 0,
  bookmark          text,
  holder            uuid,
  lease_until       timestamptz,
  deaths            smallint not null default 0,
  died_at           timestamptz,
  suspects          integer not null default 0,
  started_attempts  smallint not null default 0,
  finished_attempts smallint not null default 0,
  primary key (consumer, lane)
) with (fillfactor = 50); -- Room beside each row, so that moving a cursor touches no index.

insert into relay_lane (consumer, lane) select 'read-models', lane from generate_series(0, 7) lane;

-- Who takes part in a consumer, also those that hold no lane yet: each gets its share of the lanes.
create table relay_worker (
  consumer    text not null,
  holder      uuid not null,
  alive_until timestamptz not null,
  primary key (consumer, holder)
);

-- Lane of an aggregate: always the same one, so that its events stay in order. The 8 must match the rows of relay_lane.
create function lane_of(tenant_id text, aggregate_id uuid) returns smallint
language sql immutable strict parallel safe
return (hashtextextended(tenant_id || '/' || aggregate_id::text, 0) & 7)::smallint;
