-- One call is one implicit transaction and one round trip: the aggregate, its events and the remembered answer are kept together or not at all.
--
-- Order matters. The first WRITE is the compare-and-set of the aggregate's version, because the first write takes the transaction id
-- and the relay reads events in the order of transaction ids: the expected version was read before this transaction had an id, so the
-- id of version n+1 is always above the id of version n.
--
-- The key is looked up only when the aggregate is not as expected: a request that comes again finds its aggregate made or changed.
--
-- Outcomes: stored; replayed (this key was answered: that answer comes back); reused (the key was used with another request);
-- conflict (the aggregate has another version). SQLSTATE AMS01: the key is taken by a command on another aggregate; nothing is kept.
create function store_command(
  p_tenant_id text, p_actor text, p_key text, p_request_hash text,
  p_type text, p_id uuid, p_expected_version integer, p_state jsonb, p_events jsonb,
  p_trace_parent text, p_status smallint, p_response json,
  out outcome text, out status smallint, out response json
) language plpgsql as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  new_version integer := p_expected_version + jsonb_array_length(p_events);
begin
  -- Each partition by its name: finding the one in the plan of all, or by the type of the row, costs a fifth of the whole command.
  if p_expected_version = 0 then
    case p_type
    when 'member' then
      insert into member (tenant_id, type, id, version, state, created_at, updated_at)
      values (p_tenant_id, p_type, p_id, new_version, p_state, at, at) on conflict (tenant_id, id, type) do nothing;
    when 'class' then
      insert into class (tenant_id, type, id, version, state, created_at, updated_at)
      values (p_tenant_id, p_type, p_id, new_version, p_state, at, at) on conflict (tenant_id, id, type) do nothing;
    when 'enrolment' then
      insert into enrolment (tenant_id, type, id, version, state, created_at, updated_at)
      values (p_tenant_id, p_type, p_id, new_version, p_state, at, at) on conflict (tenant_id, id, type) do nothing;
    when 'attendance' then
      insert into attendance (tenant_id, type, id, version, state, created_at, updated_at)
      values (p_tenant_id, p_type, p_id, new_version, p_state, at, at) on conflict (tenant_id, id, type) do nothing;
    when 'payment' then
      insert into payment (tenant_id, type, id, version, state, created_at, updated_at)
      values (p_tenant_id, p_type, p_id, new_version, p_state, at, at) on conflict (tenant_id, id, type) do nothing;
    end case;
  else
    case p_type
    when 'member' then
      update member set version = new_version, state = p_state, updated_at = at
      where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
    when 'class' then
      update class set version = new_version, state = p_state, updated_at = at
      where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
    when 'enrolment' then
      update enrolment set version = new_version, state = p_state, updated_at = at
      where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
    when 'attendance' then
      update attendance set version = new_version, state = p_state, updated_at = at
      where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
    when 'payment' then
      update payment set version = new_version, state = p_state, updated_at = at
      where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
    end case;
  end if;

  if not found then
    select r.outcome, r.status, r.response from remembered_answer(p_tenant_id, p_actor, p_key, p_request_hash) r
    into outcome, status, response;
    if not found then
      outcome := 'conflict';
    end if;
    return;
  end if;

  insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data, trace_parent, occurred_at)
  select lane_of(p_tenant_id, p_id), p_tenant_id, p_type, p_id, p_expected_version + position::integer,
         event->>'type', event->'data', p_trace_parent, at
  from jsonb_array_elements(p_events) with ordinality as e(event, position) order by position;

  insert into idempotency (tenant_id, actor, key, request_hash, status, response)
  values (p_tenant_id, p_actor, p_key, p_request_hash, p_status, p_response)
  on conflict do nothing;
  if not found then
    raise exception 'the idempotency key is taken by a rival' using errcode = 'AMS01';
  end if;
  outcome := 'stored';
end $$;

-- The same for many new aggregates of one type at once, all or none. `p_new` is [{id, state, events}], ordered by id: rivals with the
-- same ids wait for each other instead of blocking each other. SQLSTATE AMS04: some ids are taken, its detail names them, as JSON.
create function store_new_aggregates(
  p_tenant_id text, p_actor text, p_key text, p_request_hash text,
  p_type text, p_new jsonb, p_trace_parent text, p_status smallint, p_response json,
  out outcome text, out status smallint, out response json
) language plpgsql as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  made uuid[];
begin
  -- Only a read, and not yet a write: see above. Without it a request that comes again would be rolled back to find its answer.
  select r.outcome, r.status, r.response from remembered_answer(p_tenant_id, p_actor, p_key, p_request_hash) r
  into outcome, status, response;
  if found then return; end if;

  with inserted as (
    insert into aggregate (tenant_id, type, id, version, state, created_at, updated_at)
    select p_tenant_id, p_type, (new->>'id')::uuid, jsonb_array_length(new->'events'), new->'state', at, at
    from jsonb_array_elements(p_new) with ordinality as n(new, position) order by position
    on conflict (tenant_id, id, type) do nothing returning id)
  select array_agg(id) into made from inserted;
  if coalesce(cardinality(made), 0) < jsonb_array_length(p_new) then
    raise exception 'ids are taken' using errcode = 'AMS04', detail = (
      select json_agg(new->>'id') from jsonb_array_elements(p_new) new where (new->>'id')::uuid <> all (coalesce(made, '{}')));
  end if;

  insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data, trace_parent, occurred_at)
  select lane_of(p_tenant_id, (new->>'id')::uuid), p_tenant_id, p_type, (new->>'id')::uuid, version::integer,
         event->>'type', event->'data', p_trace_parent, at
  from jsonb_array_elements(p_new) with ordinality as n(new, position),
    jsonb_array_elements(new->'events') with ordinality as e(event, version) order by position, version;

  insert into idempotency (tenant_id, actor, key, request_hash, status, response)
  values (p_tenant_id, p_actor, p_key, p_request_hash, p_status, p_response)
  on conflict do nothing;
  if not found then
    raise exception 'the idempotency key is taken by a rival' using errcode = 'AMS01';
  end if;
  outcome := 'stored';
end $$;

-- The answer kept under a key: no row when the key is new.
create function remembered_answer(p_tenant_id text, p_actor text, p_key text, p_request_hash text)
returns table (outcome text, status smallint, response json)
language sql stable as $$
  select case when i.request_hash = p_request_hash then 'replayed' else 'reused' end, i.status, i.response
  from idempotency i where i.tenant_id = p_tenant_id and i.actor = p_actor and i.key = p_key
$$;

-- Two partitions to begin with: for what comes now, and ahead of it. The first begins at nothing, for databases whose first rows are older.
do $$
declare
  next xid8 := pg_snapshot_xmax(pg_current_snapshot());
  width constant numeric := 100000;
begin
  perform make_outbox_partition('0', (next::text::numeric + width)::text::xid8);
  perform make_outbox_partition((next::text::numeric + width)::text::xid8, (next::text::numeric + 2 * width)::text::xid8);
end $$;
