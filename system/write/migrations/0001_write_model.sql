-- The write side: aggregates with their version, the append-only outbox, remembered answers, and the lanes of the relay.

create table member (
  tenant_id text not null,
  id        uuid not null,
  version   integer not null check (version > 0),
  name      text not null,
  role      text not null,
  phone     text,
  primary key (tenant_id, id)
);

create table attendance (
  tenant_id  text not null,
  id         uuid not null,
  version    integer not null check (version > 0),
  class_id   uuid not null,
  student_id uuid not null,
  date       date not null,
  status     text not null,
  mark       text,
  primary key (tenant_id, id)
);

-- Rows are never updated. The primary key is the index of the relay's poll: it reads one lane in (xid, seq) order without a sort.
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
  trace_id       text,
  -- Not now(): that is the start of the transaction, and the lag would count its waiting for a row lock.
  occurred_at    timestamptz not null default clock_timestamp(),
  primary key (lane, xid, seq)
);

-- The answer of every accepted command. `json`, not `jsonb`: a replay gives back the very same text.
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

-- One row per consumer and lane: how far it has come, who holds the lane and until when.
create table relay_lane (
  consumer    text not null,
  lane        smallint not null,
  cursor_xid  xid8 not null default '0',
  cursor_seq  bigint not null default 0,
  holder      uuid,
  lease_until timestamptz,
  primary key (consumer, lane)
);

insert into relay_lane (consumer, lane) select 'read-models', lane from generate_series(0, 7) lane;

-- Lane of an aggregate: always the same one, so that its events stay in order. The 8 must match the rows of relay_lane.
create function lane_of(tenant_id text, aggregate_id uuid) returns smallint
language sql immutable strict parallel safe
return (hashtextextended(tenant_id || '/' || aggregate_id::text, 0) & 7)::smallint;
