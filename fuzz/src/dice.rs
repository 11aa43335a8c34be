//! Choices that follow from the input alone, so that every failure can be repeated.

/// A xorshift generator, seeded with the FNV-1a hash of the input.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(input: &[u8]) -> Self {
        let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        // Zero would stay zero for ever.
        Self(input.iter().fold(0xcbf2_9ce4_8422_2325, fold) | 1)
    }

    /// A number below `end`; zero when there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let drawn = usize::try_from(self.0 >> 33).unwrap();
        drawn.checked_rem(end).unwrap_or(0)
    }

    /// Cuts a text into pieces, empty ones among them.
    pub(crate) fn cut<'a>(&mut self, mut rest: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let longest = [1, 2, 4, 16, 128, 2048][self.below(6)];
            let (piece, tail) = rest.split_at(self.below(longest + 1).min(rest.len()));
            pieces.push(piece);
            rest = tail;
        }
        pieces
    }
}
