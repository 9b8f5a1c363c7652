-- One call is one implicit transaction and one round trip: the aggregate, its events and the remembered answer are kept together or not at all.
--
-- Order matters. The first WRITE is the compare-and-set of the aggregate's version, because the first write takes the transaction id
-- and the relay reads events in the order of transaction ids: the expected version was read before this transaction had an id, so the
-- id of version n+1 is always above the id of version n. Looking up the idempotency key before that is only a read.
--
-- Outcomes: stored; replayed (this key was answered: that answer comes back); reused (the key was used with another request);
-- conflict (the aggregate has another version). SQLSTATE AMS01: a rival with the same key on another aggregate has won; nothing is kept.
create function store_command(
  p_tenant_id text, p_actor text, p_key text, p_request_hash text,
  p_aggregate_type text, p_id uuid, p_expected_version integer, p_state jsonb, p_events jsonb,
  p_trace_id text, p_status smallint, p_response json
) returns table (outcome text, status smallint, response json)
language plpgsql as $$
#variable_conflict use_column
declare
  new_version integer := p_expected_version + jsonb_array_length(p_events);
begin
  return query select * from remembered_answer(p_tenant_id, p_actor, p_key, p_request_hash);
  if found then return; end if;

  if p_aggregate_type = 'member' and p_expected_version = 0 then
    insert into member (tenant_id, id, version, name, role, phone)
    values (p_tenant_id, p_id, new_version, p_state->>'name', p_state->>'role', p_state->>'phone')
    on conflict do nothing;
  elsif p_aggregate_type = 'member' then
    update member set version = new_version, name = p_state->>'name', role = p_state->>'role', phone = p_state->>'phone'
    where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
  elsif p_aggregate_type = 'attendance' and p_expected_version = 0 then
    insert into attendance (tenant_id, id, version, class_id, student_id, date, status, mark)
    values (p_tenant_id, p_id, new_version, (p_state->>'classId')::uuid, (p_state->>'studentId')::uuid, (p_state->>'date')::date,
            p_state->>'status', p_state->>'mark')
    on conflict do nothing;
  elsif p_aggregate_type = 'attendance' then
    update attendance set version = new_version, status = p_state->>'status', mark = p_state->>'mark'
    where tenant_id = p_tenant_id and id = p_id and version = p_expected_version;
  else
    raise exception 'unknown aggregate type %', p_aggregate_type;
  end if;

  if not found then
    -- The same request, sent twice at once, may have committed while this one waited for the row.
    return query select * from remembered_answer(p_tenant_id, p_actor, p_key, p_request_hash);
    if not found then
      return query select 'conflict', null::smallint, null::json;
    end if;
    return;
  end if;

  insert into outbox (lane, tenant_id, aggregate_type, aggregate_id, version, type, data, trace_id)
  select lane_of(p_tenant_id, p_id), p_tenant_id, p_aggregate_type, p_id, p_expected_version + position::integer,
         event->>'type', event->'data', p_trace_id
  from jsonb_array_elements(p_events) with ordinality as e(event, position) order by position;

  insert into idempotency (tenant_id, actor, key, request_hash, status, response)
  values (p_tenant_id, p_actor, p_key, p_request_hash, p_status, p_response)
  on conflict do nothing;
  if not found then
    raise exception 'idempotency key taken by a rival' using errcode = 'AMS01';
  end if;

  return query select 'stored', p_status, p_response;
end $$;

-- The answer kept under a key: no row when the key is new.
create function remembered_answer(p_tenant_id text, p_actor text, p_key text, p_request_hash text)
returns table (outcome text, status smallint, response json)
language sql stable as $$
  select case when i.request_hash = p_request_hash then 'replayed' else 'reused' end, i.status, i.response
  from idempotency i where i.tenant_id = p_tenant_id and i.actor = p_actor and i.key = p_key
$$;
