//! Connections to the store that serve one client's connection alone.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// What ties one client's connection to connections to the store that serve nobody else: a number
/// that no other client's connection gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bond(u64);

impl Bond {
    /// The bond of one more client's connection.
    #[must_use]
    pub fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The addresses in an order of their own, which a lookup cannot change: the next request must
    /// find the connection of this one.
    pub(super) fn order(self, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let mut addresses = addresses.to_vec();
        addresses.sort_unstable();
        let turn = usize::try_from(self.0).unwrap_or_default() % addresses.len().max(1);
        addresses.rotate_left(turn);
        addresses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bond_keeps_to_its_address() {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (one, other) = (Bond(4), Bond(5));
        let before = one.order(&[address(1), address(2), address(3)]);
        let after = one.order(&[address(3), address(1), address(2)]);
        assert_eq!(before, after);
        assert_ne!(before[0], other.order(&after)[0]);
        assert_ne!(Bond::fresh(), Bond::fresh());
    }
}
