// What Redis does for rate limits, in one step: add what passed, grant what there is room for, forget what is old.
import { script } from './script.ts';

/**
 * For each key three arguments: limit, how many passed on credit, how many more are wanted. What passed is added in any case, of what
 * is wanted as much as there is room for. A hash per subject, a field per second. All keys are in one slot.
 * Gives for each key three numbers in a row: used, granted, seconds until there is room again or 0.
 */
export const countAndGrant = script<number[]>(
  'amsLimitCount',
  `local now = tonumber(redis.call('time')[1])
local answer = {}
for k, key in ipairs(KEYS) do
  local limit, passed, wanted = tonumber(ARGV[3 * k - 2]), tonumber(ARGV[3 * k - 1]), tonumber(ARGV[3 * k])
  local fields = redis.call('hgetall', key)
  local used, cells, old = 0, {}, {}
  for i = 1, #fields, 2 do
    local at = tonumber(fields[i])
    if at < now - 60 then
      old[#old + 1] = fields[i]
    else
      local count = tonumber(fields[i + 1])
      used = used + count
      cells[#cells + 1] = {at, count}
    end
  end
  if #old > 0 then redis.call('hdel', key, unpack(old)) end
  local granted = math.min(wanted, math.max(0, limit - used - passed))
  local added = passed + granted
  if added > 0 then
    redis.call('hincrby', key, now, added)
    redis.call('expire', key, 61)
    cells[#cells + 1] = {now, added}
    used = used + added
  end
  local retryAfter = 0
  if used >= limit then
    table.sort(cells, function(a, b) return a[1] < b[1] end)
    local room = limit - used
    for _, cell in ipairs(cells) do
      room = room + cell[2]
      if room > 0 then
        retryAfter = cell[1] + 61 - now
        break
      end
    end
  end
  answer[3 * k - 2], answer[3 * k - 1], answer[3 * k] = used, granted, retryAfter
end
return answer`,
);
