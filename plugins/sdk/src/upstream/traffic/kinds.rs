//! The labels: what asks, why again, and what a name stands for.

/// What talks to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// The engine, which forwards.
    Forward,
    /// The raw client, for what is read whole, and AWS's client over it.
    Client,
}

impl Stack {
    /// The label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Client => "client",
        }
    }
}

/// Why a request is sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The address could not be connected to: another one is tried.
    Address,
    /// The kept connection had been closed: a fresh one is tried.
    Connection,
}

impl Retry {
    pub(super) const ALL: [Self; 2] = [Self::Address, Self::Connection];

    /// The label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Connection => "connection",
        }
    }
}

/// What a lookup of a name has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Addresses.
    Found,
    /// Nothing.
    Gone,
    /// Nothing in time.
    TimedOut,
}

impl Lookup {
    pub(super) const ALL: [Self; 3] = [Self::Found, Self::Gone, Self::TimedOut];

    /// The label.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Gone => "gone",
            Self::TimedOut => "timed_out",
        }
    }
}
