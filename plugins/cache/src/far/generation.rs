//! A generation in Redis: 16 random bytes, then until when nothing is given or kept under it (big
//! endian, in milliseconds since 1970). Random, so that one that was lost is never begun again.

use portico_redis::Script;
use uuid::Uuid;

/// The bytes of a record.
const LENGTH: usize = 24;

/// One generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) id: u128,
    /// Until when it is quiet, in milliseconds since 1970.
    pub(crate) quiet: u64,
}

impl Generation {
    pub(crate) fn random(quiet: u64) -> Self {
        let id = Uuid::new_v4().as_u128();
        Self { id, quiet }
    }

    /// `None` for what is no record.
    pub(crate) fn read(record: &[u8]) -> Option<Self> {
        let (id, quiet) = record.split_first_chunk::<16>()?;
        Some(Self {
            id: u128::from_be_bytes(*id),
            quiet: u64::from_be_bytes(quiet.try_into().ok()?),
        })
    }

    pub(crate) fn written(&self) -> [u8; LENGTH] {
        let mut record = [0; LENGTH];
        record[..16].copy_from_slice(&self.id.to_be_bytes());
        record[16..].copy_from_slice(&self.quiet.to_be_bytes());
        record
    }
}

/// What must happen in one step.
#[derive(Debug)]
pub(crate) struct Scripts {
    /// Gives the generation, or begins the one that is given: record, life in milliseconds.
    pub(crate) ensure: Script,
    /// Begins a generation: its 16 bytes, the 8 of its quiet, life in milliseconds. Quiet is never
    /// shortened. Where there is no room for it the old one goes all the same.
    pub(crate) bump: Script,
}

impl Default for Scripts {
    fn default() -> Self {
        Self {
            ensure: Script::new(ENSURE),
            bump: Script::new(BUMP),
        }
    }
}

const ENSURE: &str = "\
local old = redis.pcall('GET', KEYS[1])
if type(old) == 'string' and #old == 24 then return old end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
";

/// Bytes are compared one by one: strings would be in the order of some language.
const BUMP: &str = "\
local function later(one, other)
  for i = 1, 8 do
    local a, b = one:byte(i), other:byte(i)
    if a ~= b then return a > b end
  end
  return false
end
local old, quiet = redis.pcall('GET', KEYS[1]), ARGV[2]
if type(old) == 'string' and #old == 24 and later(old:sub(17), quiet) then quiet = old:sub(17) end
local done = redis.pcall('SET', KEYS[1], ARGV[1] .. quiet, 'PX', ARGV[3])
if type(done) == 'table' and done.err then redis.call('DEL', KEYS[1]) end
return 1
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let one = Generation::random(7);
        assert_eq!(Generation::read(&one.written()), Some(one));
        assert_eq!(Generation::read(b"garbage"), None);
        assert_eq!(Generation::read(&[0; 25]), None);
    }
}
