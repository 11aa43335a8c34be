//! The steps of Redis: each script is one.
//!
//! `KEYS[1]` is the hash tag that all names begin with. Names of jobs are made from it, because which
//! jobs a step touches is known only while it runs; they lie in the slot of the tag.

use portico_redis::Script;

use crate::job::Millis;

/// How long a job that nobody sweeps stays beyond its time, in milliseconds.
pub(super) const GRACE: Millis = 3_600_000;

/// All steps.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) insert: Script,
    pub(super) claim: Script,
    pub(super) hold: Script,
    pub(super) end: Script,
    pub(super) release: Script,
    pub(super) cancel: Script,
    pub(super) again: Script,
    pub(super) forget: Script,
    pub(super) sweep: Script,
    pub(super) census: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            insert: Script::new(INSERT),
            claim: Script::new(CLAIM),
            hold: Script::new(HOLD),
            end: Script::new(END),
            release: Script::new(RELEASE),
            cancel: Script::new(CANCEL),
            again: Script::new(AGAIN),
            forget: Script::new(FORGET),
            sweep: Script::new(SWEEP),
            census: Script::new(CENSUS),
        }
    }
}

/// Id, owner, created, most of an owner, most of all, life, then fields and values. Gives 0, 1 (the
/// owner has too many) or 2 (all have).
const INSERT: &str = "\
local open, all, own = KEYS[1] .. ':open', 0, 0
for _, id in ipairs(redis.call('ZRANGE', open, 0, -1)) do
  local owner = redis.call('HGET', KEYS[1] .. ':job:' .. id, 'owner')
  if not owner then redis.call('ZREM', open, id)
  else
    all = all + 1
    if owner == ARGV[2] then own = own + 1 end
  end
end
if own >= tonumber(ARGV[4]) then return 1 end
if all >= tonumber(ARGV[5]) then return 2 end
local job = KEYS[1] .. ':job:' .. ARGV[1]
redis.call('HSET', job, unpack(ARGV, 7))
redis.call('PEXPIRE', job, ARGV[6])
redis.call('ZADD', open, ARGV[3], ARGV[1])
return 0
";

/// Now, until, holder, mark, most of an owner, then kinds. Gives an id and all fields, or nothing.
const CLAIM: &str = "\
local open, busy, free, kinds = KEYS[1] .. ':open', {}, {}, {}
for i = 6, #ARGV do kinds[ARGV[i]] = true end
for _, id in ipairs(redis.call('ZRANGE', open, 0, -1)) do
  local job = KEYS[1] .. ':job:' .. id
  local row = redis.call('HMGET', job, 'state', 'until', 'owner', 'kind', 'only')
  if not row[1] then redis.call('ZREM', open, id)
  elseif row[1] == 'running' and tonumber(row[2] or '0') >= tonumber(ARGV[1]) then
    busy[row[3]] = (busy[row[3]] or 0) + 1
  else free[#free + 1] = {id, row[3], row[4], row[5]} end
end
for _, one in ipairs(free) do
  local here = not one[4] or one[4] == ARGV[4]
  if kinds[one[3]] and here and (busy[one[2]] or 0) < tonumber(ARGV[5]) then
    local job = KEYS[1] .. ':job:' .. one[1]
    redis.call('HSET', job, 'state', 'running', 'until', ARGV[2], 'holder', ARGV[3])
    redis.call('HINCRBY', job, 'epoch', 1)
    redis.call('HINCRBY', job, 'attempts', 1)
    return {one[1], redis.call('HGETALL', job)}
  end
end
return false
";

/// Id, holder, epoch, until, then fields and values. Gives -1 (lost), or whether it is to end.
const HOLD: &str = "\
local job = KEYS[1] .. ':job:' .. ARGV[1]
local row = redis.call('HMGET', job, 'state', 'holder', 'epoch', 'cancel')
if row[1] ~= 'running' or row[2] ~= ARGV[2] or row[3] ~= ARGV[3] then return -1 end
redis.call('HSET', job, 'until', ARGV[4])
if #ARGV > 4 then redis.call('HSET', job, unpack(ARGV, 5)) end
if row[4] == '1' then return 1 end
return 0
";

/// Id, holder, epoch, state, report, expires, kept. Gives whether the lease was good.
const END: &str = "\
local job = KEYS[1] .. ':job:' .. ARGV[1]
local row = redis.call('HMGET', job, 'state', 'holder', 'epoch')
if row[1] ~= 'running' or row[2] ~= ARGV[2] or row[3] ~= ARGV[3] then return 0 end
redis.call('HSET', job, 'state', ARGV[4], 'report', ARGV[5], 'expires', ARGV[6])
redis.call('HDEL', job, 'holder', 'order', 'checkpoint')
redis.call('ZREM', KEYS[1] .. ':open', ARGV[1])
redis.call('PEXPIRE', job, ARGV[7])
return 1
";

/// Holder. Gives how many were released.
const RELEASE: &str = "\
local count = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[1] .. ':open', 0, -1)) do
  local job = KEYS[1] .. ':job:' .. id
  local row = redis.call('HMGET', job, 'state', 'holder', 'attempts')
  if row[1] == 'running' and row[2] == ARGV[1] then
    redis.call('HSET', job, 'state', 'waiting', 'until', 0,
      'attempts', math.max(tonumber(row[3] or '0') - 1, 0))
    redis.call('HDEL', job, 'holder')
    count = count + 1
  end
end
return count
";

/// Id, owner, expires, kept. Gives the state, or an empty word.
const CANCEL: &str = "\
local job = KEYS[1] .. ':job:' .. ARGV[1]
local row = redis.call('HMGET', job, 'state', 'owner')
if not row[1] or row[2] ~= ARGV[2] then return '' end
if row[1] == 'running' then redis.call('HSET', job, 'cancel', 1) end
if row[1] ~= 'waiting' then return row[1] end
redis.call('HSET', job, 'state', 'canceled', 'expires', ARGV[3])
redis.call('HDEL', job, 'order', 'checkpoint')
redis.call('ZREM', KEYS[1] .. ':open', ARGV[1])
redis.call('PEXPIRE', job, ARGV[4])
return 'canceled'
";

/// Id, owner, now, only, life, then fields and values. Gives whether it waits now.
const AGAIN: &str = "\
local job = KEYS[1] .. ':job:' .. ARGV[1]
local row = redis.call('HMGET', job, 'state', 'owner', 'expires', 'only')
if not row[1] or row[2] ~= ARGV[2] then return 0 end
local kept = row[1] == 'done' and tonumber(row[3]) > tonumber(ARGV[3])
local elsewhere = row[1] == 'waiting' and row[4] and row[4] ~= ARGV[4]
if not kept and not elsewhere then return 0 end
redis.call('HDEL', job, 'expires', 'place', 'checkpoint')
redis.call('HSET', job, unpack(ARGV, 6))
redis.call('PEXPIRE', job, ARGV[5])
redis.call('ZADD', KEYS[1] .. ':open', ARGV[3], ARGV[1])
return 1
";

/// Id, owner. Gives whether there was one.
const FORGET: &str = "\
local job = KEYS[1] .. ':job:' .. ARGV[1]
local row = redis.call('HMGET', job, 'state', 'owner')
if not row[1] or row[2] ~= ARGV[2] or row[1] == 'waiting' or row[1] == 'running' then return 0 end
return redis.call('DEL', job)
";

/// Now, expires, kept. What has expired goes by itself.
const SWEEP: &str = "\
local open, count = KEYS[1] .. ':open', 0
for _, id in ipairs(redis.call('ZRANGE', open, 0, -1)) do
  local job = KEYS[1] .. ':job:' .. id
  local overdue = redis.call('HGET', job, 'overdue')
  if not overdue then redis.call('ZREM', open, id)
  elseif tonumber(overdue) <= tonumber(ARGV[1]) then
    redis.call('HSET', job, 'state', 'failed', 'expires', ARGV[2])
    redis.call('HDEL', job, 'holder', 'order', 'checkpoint')
    redis.call('ZREM', open, id)
    redis.call('PEXPIRE', job, ARGV[3])
    count = count + 1
  end
end
return count
";

/// Gives kind and state of each that runs or waits.
const CENSUS: &str = "\
local all = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1] .. ':open', 0, -1)) do
  local row = redis.call('HMGET', KEYS[1] .. ':job:' .. id, 'kind', 'state')
  if row[1] and row[2] then all[#all + 1] = row end
end
return all
";
