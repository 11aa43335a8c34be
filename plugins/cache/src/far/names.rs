//! What things are called in Redis. Names tell nothing of what they name, and those of one home lie in
//! one slot of a cluster.

use portico_sdk::cache::{Change, Question, Tag, Topic};
use portico_sdk::seal::Seal;

use crate::stamp::{Place, Stamp, places};

/// A tag's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    /// The key of its generation.
    pub(crate) generation: String,
    /// Its counter in this process.
    pub(crate) slot: u64,
}

/// A new generation to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bump {
    pub(crate) name: Name,
    /// The home, unless it is an identity's.
    pub(crate) home: Option<Box<str>>,
    /// Until when it is quiet, in milliseconds since 1970; zero: not at all.
    pub(crate) quiet: u64,
}

/// The names of everything that a question is about.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The tags of its home.
    pub(crate) home: Vec<(Place, Name)>,
    /// The tag of its identity.
    pub(crate) identity: (Place, Name),
    /// The key of its answer.
    pub(crate) value: String,
    /// What names in the slot of its home begin with.
    slot: String,
}

impl Names {
    pub(crate) fn of(question: &Question, prefix: &str, seal: &dyn Seal) -> Self {
        let slot = slot(prefix, question.home.as_str(), seal);
        let (mut home, mut own) = (Vec::with_capacity(4), None);
        for (place, tag) in places(question) {
            if matches!(tag.topic, Topic::Identity(_)) {
                own = Some((place, name_of(&tag, prefix, seal)));
            } else {
                home.push((place, name(&tag, &slot, seal)));
            }
        }
        let identity = own.unwrap_or_else(|| {
            let tag = Tag::identity(question.identity.as_bytes());
            (Place::Reader(None), name_of(&tag, prefix, seal))
        });
        let value = hex(&seal.tag(&[b"value", &question.key]));
        Self {
            home,
            identity,
            value: format!("{slot}v:{value}"),
            slot,
        }
    }

    /// All tags, those of the home first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Place, &Name)> {
        let all = self.home.iter().chain([&self.identity]);
        all.map(|(place, name)| (*place, name))
    }

    /// The key of the lease of a fetch under these generations.
    pub(crate) fn lease(&self, stamp: &Stamp, seal: &dyn Seal) -> String {
        let own: Vec<u8> = stamp.own.iter().flat_map(|one| one.to_be_bytes()).collect();
        let absent = stamp.absent.to_be_bytes();
        let name = hex(&seal.tag(&[b"lease", self.value.as_bytes(), &own, &absent]));
        format!("{}l:{name}", self.slot)
    }
}

/// What a change begins anew; `quiet` says until when a tag is quiet (zero: not at all).
pub(crate) fn bumps(
    change: &Change,
    prefix: &str,
    seal: &dyn Seal,
    quiet: impl Fn(&Tag<'_>) -> u64,
) -> Vec<Bump> {
    let bump = |tag: Tag<'_>| {
        let own = matches!(tag.topic, Topic::Identity(_));
        Bump {
            name: name_of(&tag, prefix, seal),
            home: (!own).then(|| tag.home.into()),
            quiet: quiet(&tag),
        }
    };
    change.tags().map(bump).collect()
}

/// The names of everything of a home, in as few tags as there are.
pub(crate) fn coarse(home: &str, prefix: &str, seal: &dyn Seal) -> [Name; 3] {
    [Topic::S3, Topic::Mapi, Topic::Query].map(|topic| name_of(&Tag { home, topic }, prefix, seal))
}

fn name_of(tag: &Tag<'_>, prefix: &str, seal: &dyn Seal) -> Name {
    let slot = match tag.topic {
        Topic::Identity(identity) => {
            let own = seal.tag(&[b"identity", identity]);
            format!("{prefix}:{{{}}}:", hex(&own))
        }
        _ => slot(prefix, tag.home, seal),
    };
    name(tag, &slot, seal)
}

fn name(tag: &Tag<'_>, slot: &str, seal: &dyn Seal) -> Name {
    let (kind, about) = tag.topic.parts();
    let hash = seal.tag(&[b"tag", tag.home.as_bytes(), kind.as_bytes(), about]);
    let (first, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    Name {
        generation: format!("{slot}g:{}", hex(&hash)),
        slot: u64::from_be_bytes(*first),
    }
}

/// What the names of a home begin with.
fn slot(prefix: &str, home: &str, seal: &dyn Seal) -> String {
    let home = seal.tag(&[b"home", home.as_bytes()]);
    format!("{prefix}:{{{}}}:", hex(&home))
}

/// Half of a hash is more than enough to tell names apart.
fn hex(hash: &[u8; 32]) -> String {
    const_hex::encode(&hash[..16])
}
