//! Which index is to be built, as a document.

use lancedb::index::Index;
use lancedb::index::scalar::{
    BTreeIndexBuilder, BitmapIndexBuilder, FtsIndexBuilder, LabelListIndexBuilder,
};
use lancedb::index::vector::{
    IvfFlatIndexBuilder, IvfHnswPqIndexBuilder, IvfHnswSqIndexBuilder, IvfPqIndexBuilder,
    IvfSqIndexBuilder,
};
use portico_hcp::document::{Bounds, Choice, Field, Kind, Model, Preset, check};
use portico_sdk::invalid::{Invalid, Issue, Refusal};
use portico_sdk::{Error, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// As the Python client of `LanceDB` names them.
const TYPES: Choice = Choice {
    name: "LanceIndexType",
    words: &[
        "IVF_FLAT",
        "IVF_SQ",
        "IVF_PQ",
        "IVF_HNSW_SQ",
        "IVF_HNSW_PQ",
        "FTS",
        "BTREE",
        "BITMAP",
        "LABEL_LIST",
    ],
    any_case: true,
};

const DISTANCES: Choice = Choice {
    name: "LanceDistanceType",
    words: &["l2", "cosine", "dot"],
    any_case: true,
};

/// Those that need no models from the disk of this host.
const TOKENIZERS: Choice = Choice {
    name: "LanceTokenizer",
    words: &["simple", "whitespace", "raw", "ngram"],
    any_case: false,
};

/// What a client sends.
pub(in super::super) const INDEX: Model = Model {
    name: "LanceIndexRequest",
    fields: &[
        Field {
            name: "column",
            required: true,
            kind: Kind::Text,
            preset: Preset::Null,
        },
        Field {
            name: "index_type",
            required: false,
            kind: Kind::Choice(&TYPES),
            preset: Preset::Text("IVF_PQ"),
        },
        Field {
            name: "replace",
            required: false,
            kind: Kind::Flag,
            preset: Preset::Flag(true),
        },
        Field::optional("name", Kind::Text),
        Field::optional("distance_type", Kind::Choice(&DISTANCES)),
        Field::optional("num_partitions", Kind::Int),
        Field::optional("num_sub_vectors", Kind::Int),
        Field::optional("num_bits", Kind::Int),
        Field::optional("m", Kind::Int),
        Field::optional("ef_construction", Kind::Int),
        Field::optional("language", Kind::Text),
        Field::optional("base_tokenizer", Kind::Choice(&TOKENIZERS)),
        Field::optional("with_position", Kind::Flag),
        Field::optional("stem", Kind::Flag),
        Field::optional("remove_stop_words", Kind::Flag),
        Field::optional("lower_case", Kind::Flag),
        Field::optional("ascii_folding", Kind::Flag),
        Field::optional("max_token_length", Kind::Int),
    ],
};

/// What numbers may be: what an index takes in memory follows them.
const NUMBERS: [(&str, Bounds); 5] = [
    ("num_partitions", Bounds::new(1, 65_536)),
    ("num_sub_vectors", Bounds::new(1, 4_096)),
    ("m", Bounds::new(4, 256)),
    ("ef_construction", Bounds::new(8, 2_000)),
    ("max_token_length", Bounds::new(1, 1_000)),
];

/// Bits of a code for which Lance has tables.
const BITS: [u64; 2] = [4, 8];

/// An index to be built; what is not said is as `LanceDB` has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Order {
    pub(super) column: String,
    pub(super) replace: bool,
    pub(super) name: Option<String>,
    index_type: String,
    distance_type: Option<String>,
    num_partitions: Option<u32>,
    num_sub_vectors: Option<u32>,
    num_bits: Option<u32>,
    m: Option<u32>,
    ef_construction: Option<u32>,
    language: Option<String>,
    base_tokenizer: Option<String>,
    with_position: Option<bool>,
    stem: Option<bool>,
    remove_stop_words: Option<bool>,
    lower_case: Option<bool>,
    ascii_folding: Option<bool>,
    max_token_length: Option<usize>,
}

impl Order {
    /// Reads a document.
    pub(super) fn read(document: Value) -> Result<Self, Refusal> {
        let checked = check::document(&INDEX, document).map_err(Invalid)?;
        let fields = checked.as_object();
        let faults = fields.map(out_of_bounds).unwrap_or_default();
        if !faults.is_empty() {
            return Err(Invalid(faults).into());
        }
        let order = serde_json::from_value::<Self>(checked);
        let order = order.map_err(|error| Error::new(Reason::InternalError).because(error))?;
        order.index(1)?;
        Ok(order)
    }

    /// The index in `LanceDB`'s terms; words are told apart by so many threads.
    ///
    /// # Errors
    /// [`Reason::Unprocessable`]: there is no such language.
    pub(super) fn index(&self, threads: usize) -> Result<Index, Error> {
        Ok(match &*self.index_type {
            "IVF_FLAT" => Index::IvfFlat(self.flat()),
            "IVF_SQ" => Index::IvfSq(self.sq()),
            "IVF_HNSW_SQ" => Index::IvfHnswSq(self.hnsw_sq()),
            "IVF_HNSW_PQ" => Index::IvfHnswPq(self.hnsw_pq()),
            "FTS" => Index::FTS(self.words(threads)?),
            "BTREE" => Index::BTree(BTreeIndexBuilder::default()),
            "BITMAP" => Index::Bitmap(BitmapIndexBuilder::default()),
            "LABEL_LIST" => Index::LabelList(LabelListIndexBuilder::default()),
            _ => Index::IvfPq(self.pq()),
        })
    }

    fn words(&self, threads: usize) -> Result<FtsIndexBuilder, Error> {
        let mut words = FtsIndexBuilder::default().num_workers(threads);
        if let Some(language) = &self.language {
            words = words.language(language).map_err(|error| {
                let text = format!("There is no language '{language}'");
                Error::with_message(Reason::Unprocessable, text).because(error)
            })?;
        }
        if let Some(tokenizer) = &self.base_tokenizer {
            words = words.base_tokenizer(tokenizer.clone());
        }
        let set = |words, flag: Option<bool>, to: fn(FtsIndexBuilder, bool) -> FtsIndexBuilder| {
            match flag {
                Some(flag) => to(words, flag),
                None => words,
            }
        };
        words = set(words, self.with_position, FtsIndexBuilder::with_position);
        words = set(words, self.stem, FtsIndexBuilder::stem);
        words = set(
            words,
            self.remove_stop_words,
            FtsIndexBuilder::remove_stop_words,
        );
        words = set(words, self.lower_case, FtsIndexBuilder::lower_case);
        words = set(words, self.ascii_folding, FtsIndexBuilder::ascii_folding);
        if self.max_token_length.is_some() {
            words = words.max_token_length(self.max_token_length);
        }
        Ok(words)
    }
}

/// The builders of `LanceDB` are alike, and have nothing in common.
macro_rules! builders {
    ($($name:ident: $builder:ident { $($field:ident),* })*) => {
        impl Order {
            $(fn $name(&self) -> $builder {
                let mut index = $builder::default();
                let distance = self.distance_type.as_deref();
                if let Some(distance) = distance.and_then(|name| name.try_into().ok()) {
                    index = index.distance_type(distance);
                }
                if let Some(partitions) = self.num_partitions {
                    index = index.num_partitions(partitions);
                }
                $(if let Some(number) = self.$field {
                    index = builders!(@set index $field number);
                })*
                index
            })*
        }
    };
    (@set $index:ident m $number:ident) => { $index.num_edges($number) };
    (@set $index:ident $field:ident $number:ident) => { $index.$field($number) };
}

builders! {
    flat: IvfFlatIndexBuilder {}
    sq: IvfSqIndexBuilder {}
    pq: IvfPqIndexBuilder { num_sub_vectors, num_bits }
    hnsw_sq: IvfHnswSqIndexBuilder { m, ef_construction }
    hnsw_pq: IvfHnswPqIndexBuilder { num_sub_vectors, num_bits, m, ef_construction }
}

fn out_of_bounds(fields: &Map<String, Value>) -> Vec<Issue> {
    let given = NUMBERS.iter().filter_map(|(name, bounds)| {
        let value = fields.get(*name).filter(|value| !value.is_null())?;
        bounds.check(value, ["body", *name], value).err()
    });
    let given = given.map(|issue| *issue);
    given.chain(fields.get("num_bits").and_then(bits)).collect()
}

/// What is wrong with a number of bits, in Pydantic's words.
fn bits(given: &Value) -> Option<Issue> {
    if given.is_null() || given.as_u64().is_some_and(|bits| BITS.contains(&bits)) {
        return None;
    }
    let issue = Issue::new(
        "literal_error",
        ["body", "num_bits"],
        "Input should be 4 or 8",
    );
    let issue = issue.input(given.clone());
    Some(issue.context(json!({"expected": "4 or 8"})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_the_python_client_has_it() {
        let order = Order::read(json!({"column": "vector"})).unwrap();
        assert!(order.replace && order.name.is_none());
        assert!(matches!(order.index(2).unwrap(), Index::IvfPq(_)));
        let kept = serde_json::to_value(&order).unwrap();
        assert_eq!(serde_json::from_value::<Order>(kept).unwrap(), order);
    }

    #[test]
    fn every_type_is_read() {
        for word in TYPES.words {
            let document = json!({
                "column": "c", "index_type": word.to_lowercase(), "distance_type": "cosine", "m": 4,
                "num_partitions": 2, "num_sub_vectors": 3, "num_bits": 8, "ef_construction": 50,
                "language": "German", "stem": false, "with_position": true, "max_token_length": 7,
            });
            let order = Order::read(document).unwrap();
            assert_eq!(order.index_type, *word);
            let told = format!("{:?}", order.index(1).unwrap());
            let kind = word.replace('_', "").to_lowercase();
            assert!(told.to_lowercase().starts_with(&kind), "{told}");
        }
    }

    #[test]
    fn codes_are_of_four_bits_or_eight() {
        for bits in [json!(4), json!(8), json!(null)] {
            assert!(Order::read(json!({"column": "c", "num_bits": bits})).is_ok());
        }
    }

    #[test]
    fn what_cannot_be_built_is_told() {
        for document in [
            json!({}),
            json!({"column": "c", "index_type": "TREE"}),
            json!({"column": "c", "num_partitions": 0}),
            json!({"column": "c", "num_partitions": 70_000}),
            json!({"column": "c", "num_bits": 5}),
            json!({"column": "c", "num_bits": -4}),
            json!({"column": "c", "base_tokenizer": "jieba/../../etc"}),
        ] {
            let refused = Order::read(document.clone());
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{document}");
        }
        let document = json!({"column": "c", "index_type": "FTS", "language": "Klingon"});
        let Err(Refusal::Error(error)) = Order::read(document) else {
            panic!("it was read");
        };
        assert_eq!(error.reason(), Reason::Unprocessable);
    }
}
