//! Tickets in Redis: a hash each, which goes by itself, and two lists to count them by.

use async_trait::async_trait;
use portico_redis::{Batch, Script};

use super::{BASE, RedisStore, amount, number};
use crate::job::{Millis, Owner};
use crate::store::tickets::{Held, Ticket, Tickets};
use crate::store::{Admitted, Caps, StoreFault};

/// Name, owner, now, expires, most of an owner, most of all, what is held. Gives 0, 1 (the owner has
/// too many) or 2 (all have).
pub(super) const LEAVE: &str = "\
local all, own = KEYS[1] .. ':tickets', KEYS[1] .. ':tickets:' .. ARGV[2]
redis.call('ZREMRANGEBYSCORE', all, '-inf', ARGV[3])
redis.call('ZREMRANGEBYSCORE', own, '-inf', ARGV[3])
if redis.call('ZCARD', own) >= tonumber(ARGV[5]) then return 1 end
if redis.call('ZCARD', all) >= tonumber(ARGV[6]) then return 2 end
local ticket, life = KEYS[1] .. ':ticket:' .. ARGV[1], ARGV[4] - ARGV[3]
redis.call('HSET', ticket, 'owner', ARGV[2], 'held', ARGV[7])
redis.call('PEXPIRE', ticket, life)
redis.call('ZADD', all, ARGV[4], ARGV[1])
redis.call('ZADD', own, ARGV[4], ARGV[1])
redis.call('PEXPIRE', own, life)
return 0
";

/// Name. Gives whether it was there.
pub(super) const TAKE: &str = "\
local ticket = KEYS[1] .. ':ticket:' .. ARGV[1]
local owner = redis.call('HGET', ticket, 'owner')
if not owner then return 0 end
redis.call('ZREM', KEYS[1] .. ':tickets', ARGV[1])
redis.call('ZREM', KEYS[1] .. ':tickets:' .. owner, ARGV[1])
return redis.call('DEL', ticket)
";

/// The steps of tickets.
#[derive(Debug)]
pub(super) struct Steps {
    leave: Script,
    take: Script,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            leave: Script::new(LEAVE),
            take: Script::new(TAKE),
        }
    }
}

fn hex(bytes: [u8; 32]) -> Vec<u8> {
    const_hex::encode(bytes).into_bytes()
}

#[async_trait]
impl Tickets for RedisStore {
    async fn leave(&self, ticket: Ticket, caps: Caps) -> Result<Admitted, StoreFault> {
        let arguments = vec![
            hex(ticket.name),
            hex(ticket.owner.0),
            number(ticket.now),
            number(ticket.expires),
            amount(caps.per_owner),
            amount(caps.all),
            ticket.held,
        ];
        match self.run(&self.tickets.leave, arguments).await? {
            0 => Ok(Admitted::Yes),
            1 => Ok(Admitted::OwnerIsFull),
            _ => Ok(Admitted::Full),
        }
    }

    /// Redis itself forgets what is too old.
    async fn left(&self, name: [u8; 32], _now: Millis) -> Result<Option<Held>, StoreFault> {
        let mut batch = Batch::new();
        let mut command = redis::cmd("HMGET");
        let ticket = format!("{BASE}:ticket:{}", const_hex::encode(name));
        command.arg(ticket).arg(&["owner", "held"]);
        batch.command(command);
        let found: (Option<Vec<u8>>, Option<Vec<u8>>) = self.redis.insist(batch).await.take()?;
        let (Some(owner), Some(held)) = found else {
            return Ok(None);
        };
        let unreadable = |_| StoreFault::Unreadable("an owner");
        let owner = const_hex::decode_to_array(&owner).map_err(unreadable)?;
        Ok(Some((Owner(owner), held)))
    }

    async fn take(&self, name: [u8; 32], _now: Millis) -> Result<bool, StoreFault> {
        self.run(&self.tickets.take, vec![hex(name)]).await
    }
}
