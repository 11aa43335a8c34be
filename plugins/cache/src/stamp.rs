//! The generations of everything that an answer depends on.

use portico_sdk::cache::{Question, Shape, Tag, Topic};

/// Tags that every answer to a question depends on; at most.
pub(crate) const TAGS: usize = 4;

/// The generations under which an answer was fetched. Places that a question has no tag for are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Stamp {
    /// What every answer depends on.
    pub(crate) own: [u128; TAGS],
    /// What the answer that there is no such object depends on as well.
    pub(crate) absent: u128,
}

/// What is true at one moment of everything that a question depends on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) stamp: Stamp,
    /// Whether answers are neither given nor kept at the moment.
    pub(crate) quiet: bool,
    /// The same, for the answer that there is no such object.
    pub(crate) absent_quiet: bool,
    /// The generation of who asks.
    pub(crate) reader: u128,
}

impl Stamp {
    /// Whether nothing has changed that an answer depends on.
    pub(crate) fn matches(&self, now: &Self, absent: bool) -> bool {
        self.own == now.own && (!absent || self.absent == now.absent)
    }
}

impl Seen {
    /// Whether an answer may be given or kept now, as far as quiet goes.
    pub(crate) fn is_quiet(&self, absent: bool) -> bool {
        self.quiet || absent && self.absent_quiet
    }

    fn note_own(&mut self, index: usize, generation: u128, quiet: bool) {
        if let Some(own) = self.stamp.own.get_mut(index) {
            *own = generation;
        }
        self.quiet |= quiet;
    }

    /// Notes the generation of the tag at a [`place`](places), and whether it is quiet.
    pub(crate) fn note(&mut self, place: Place, generation: u128, quiet: bool) {
        match place {
            Place::Own(index) => self.note_own(index, generation, quiet),
            Place::Reader(index) => {
                self.reader = generation;
                match index {
                    Some(index) => self.note_own(index, generation, quiet),
                    None => self.quiet |= quiet,
                }
            }
            Place::Absent => {
                self.stamp.absent = generation;
                self.absent_quiet |= quiet;
            }
        }
    }
}

/// Where the generation of a tag stands in a [`Stamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Own(usize),
    Absent,
    /// That of who asks. Answers that others may be given do not depend on it.
    Reader(Option<usize>),
}

/// The tags of a question, each with its place.
pub(crate) fn places(question: &Question) -> impl Iterator<Item = (Place, Tag<'_>)> {
    let object = matches!(question.shape, Shape::Object(..));
    let mut next = 0;
    question.tags(true).map(move |tag| {
        if object && matches!(tag.topic, Topic::Listing(_)) {
            return (Place::Absent, tag);
        }
        let index = next;
        next += 1;
        match tag.topic {
            Topic::Identity(_) if question.shared => (Place::Reader(None), tag),
            Topic::Identity(_) => (Place::Reader(Some(index)), tag),
            _ => (Place::Own(index), tag),
        }
    })
}
