//! A serde deserializer over the configuration's tree, which knows the place of every value.

use std::borrow::Cow;
use std::collections::btree_map;
use std::slice;

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::refusal::Refusal;
use super::value::{Kind, Origin, Step, Value};

/// Reads one value. Nothing is borrowed from it, so that it can serve any lifetime.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    value: &'a Value,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a Value) -> Self {
        Self { value }
    }

    /// The text, if it is one: a word of the environment is, with or without TOML's quotes.
    fn text(self) -> Option<Cow<'a, str>> {
        match &self.value.kind {
            Kind::Text(text) => Some(text.into()),
            Kind::Word(word) => match self.value.word_as_toml(word).map(|value| value.kind) {
                Some(Kind::Text(text)) => Some(text.into()),
                _ => Some(word.into()),
            },
            _ => None,
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match &self.value.kind {
            Kind::Text(text) => visitor.visit_str(text),
            Kind::Word(word) => match self.value.word_as_toml(word) {
                Some(value) => Reader::new(&value).deserialize_any(visitor),
                None => visitor.visit_str(word),
            },
            Kind::Integer(number) => visit_integer(*number, visitor),
            Kind::Float(number) => visitor.visit_f64(*number),
            Kind::Boolean(truth) => visitor.visit_bool(*truth),
            Kind::List(list) => visitor.visit_seq(Items::new(list)),
            Kind::Table(table) => visitor.visit_map(Entries::new(table)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.text() {
            Some(text) => visitor.visit_str(&text),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        if let Some(text) = self.text() {
            let variant: StrDeserializer<'_, Refusal> = text.as_ref().into_deserializer();
            return visitor.visit_enum(variant);
        }
        match &self.value.kind {
            Kind::Table(table) if table.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(Entries::new(table)))
            }
            _ => Err(Refusal::custom("expected a text in quotes")),
        }
    }

    forward_to_deserialize_any! {
        bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 f32 f64 char seq bytes byte_buf map unit
        ignored_any unit_struct tuple_struct tuple identifier struct
    }
}

fn visit_integer<'de, V: Visitor<'de>>(
    number: Option<i128>,
    visitor: V,
) -> Result<V::Value, Refusal> {
    let too_large = || Refusal::custom("the number is too large");
    let number = number.ok_or_else(too_large)?;
    if let Ok(number) = i64::try_from(number) {
        return visitor.visit_i64(number);
    }
    visitor.visit_u64(u64::try_from(number).map_err(|_| too_large())?)
}

struct Items<'a> {
    items: std::iter::Enumerate<slice::Iter<'a, Option<Value>>>,
}

impl<'a> Items<'a> {
    fn new(list: &'a [Option<Value>]) -> Self {
        Self {
            items: list.iter().enumerate(),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refusal> {
        let mut present = self
            .items
            .by_ref()
            .filter_map(|(at, item)| item.as_ref().map(|value| (at, value)));
        let Some((at, value)) = present.next() else {
            return Ok(None);
        };
        seed.deserialize(Reader::new(value))
            .map(Some)
            .map_err(|refusal| refusal.under(Step::Item(at), &value.origin))
    }
}

struct Entries<'a> {
    entries: btree_map::Iter<'a, String, (Origin, Value)>,
    value: Option<(&'a str, &'a Value)>,
}

impl<'a> Entries<'a> {
    fn new(table: &'a super::value::Table) -> Self {
        Self {
            entries: table.iter(),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refusal> {
        let Some((key, (origin, value))) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((key, value));
        let reader: StrDeserializer<'_, Refusal> = key.as_str().into_deserializer();
        seed.deserialize(reader)
            .map(Some)
            .map_err(|refusal| refusal.under(Step::Key(key.clone()), origin))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        let (key, value) = self
            .value
            .take()
            .ok_or_else(|| Refusal::custom("a value was read before its key"))?;
        seed.deserialize(Reader::new(value))
            .map_err(|refusal| refusal.under(Step::Key(key.to_owned()), &value.origin))
    }
}
