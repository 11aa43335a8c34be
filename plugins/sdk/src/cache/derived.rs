//! What a reader makes of a kept answer, kept beside it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// A place beside one kept answer for what is made of it, and of nothing else. It ends with the answer,
/// and is seen by those alone to whom the answer is given. Clones share it.
#[derive(Clone)]
pub struct Derived(Arc<Place>);

struct Place {
    room: usize,
    made: OnceLock<(&'static str, Bytes)>,
}

impl Derived {
    /// A place for so many bytes.
    #[must_use]
    pub fn with_room(room: usize) -> Self {
        let made = OnceLock::new();
        Self(Arc::new(Place { room, made }))
    }

    /// The bytes that there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.0.room
    }

    /// What this maker has made of the answer.
    #[must_use]
    pub fn get(&self, maker: &'static str) -> Option<Bytes> {
        let (by, made) = self.0.made.get()?;
        (*by == maker).then(|| made.clone())
    }

    /// Keeps what a maker has made, if there is room. One maker has the place: others make theirs anew
    /// each time.
    pub fn keep(&self, maker: &'static str, made: &Bytes) {
        if made.len() <= self.0.room {
            // In memory of its own: what it is a part of may be larger.
            self.0
                .made
                .get_or_init(|| (maker, Bytes::copy_from_slice(made)));
        }
    }
}

/// Without the bytes, which are somebody's answer.
impl fmt::Debug for Derived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Derived(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_for_one_maker_and_for_what_fits() {
        let place = Derived::with_room(4);
        place.keep("one", &Bytes::from_static(b"12345"));
        assert_eq!(place.get("one"), None);
        place.keep("one", &Bytes::from_static(b"1234"));
        place.keep("two", &Bytes::from_static(b"2"));
        assert_eq!(place.clone().get("one").unwrap(), "1234");
        assert_eq!(place.get("two"), None);
    }
}
