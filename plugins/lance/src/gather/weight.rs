//! What rows weigh: each value for itself, where many share one.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::DataType;

/// Keys of a dictionary that are looked at together.
const KEYS: usize = 8192;
/// The end of a list, at the most.
const END: usize = 8;

/// The bytes of some rows: of them alone, where they share their memory with others, and of all that they
/// come to once each is written for itself.
pub(crate) fn size(batch: &RecordBatch) -> u64 {
    let all = sum(batch.columns().iter().map(|column| taken(&**column)));
    u64::try_from(all).unwrap_or(u64::MAX)
}

fn taken(array: &dyn Array) -> usize {
    if let Some(items) = items(array) {
        let ends = array.len().saturating_mul(END);
        return taken(&*items).saturating_add(ends);
    }
    match array.data_type() {
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            sum(columns.map(|column| taken(&**column))).saturating_add(array.len())
        }
        DataType::Utf8View => seen(own(array), array.as_string_view().lengths()),
        DataType::BinaryView => seen(own(array), array.as_binary_view().lengths()),
        DataType::Dictionary(..) => meant(array).saturating_add(own(array)),
        // They take nothing, and there is no end of them.
        DataType::Null | DataType::FixedSizeBinary(0) => array.len(),
        // Whose rows may all be one, and which no table holds.
        DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::RunEndEncoded(..)
        | DataType::Union(..) => usize::MAX,
        _ => own(array),
    }
}

fn own(array: &dyn Array) -> usize {
    let own = array.to_data().get_slice_memory_size();
    own.unwrap_or_else(|_| array.get_array_memory_size())
}

/// What is in lists and maps, of these rows alone: they keep all that they were cut from.
pub(crate) fn items(array: &dyn Array) -> Option<ArrayRef> {
    Some(match array.data_type() {
        DataType::List(_) => listed::<i32>(array),
        DataType::LargeList(_) => listed::<i64>(array),
        DataType::FixedSizeList(..) => Arc::clone(array.as_fixed_size_list().values()),
        DataType::Map(..) => {
            let map = array.as_map();
            between(map.value_offsets(), map.entries())
        }
        _ => return None,
    })
}

fn listed<O: OffsetSizeTrait>(array: &dyn Array) -> ArrayRef {
    let list = array.as_list::<O>();
    between(list.value_offsets(), &**list.values())
}

fn between<O: OffsetSizeTrait>(ends: &[O], items: &dyn Array) -> ArrayRef {
    let at = |end: Option<&O>| end.map_or(0, |end| end.as_usize());
    let (from, to) = (at(ends.first()), at(ends.last()));
    items.slice(from, to.saturating_sub(from))
}

/// Texts that many rows may share; whoever writes them writes each.
fn seen(own: usize, lengths: impl Iterator<Item = u32>) -> usize {
    let lengths = lengths.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    sum(lengths).saturating_add(own)
}

/// What the keys of a dictionary stand for, each for itself.
fn meant(array: &dyn Array) -> usize {
    let parts = (0..array.len()).step_by(KEYS);
    let parts = parts.map(|from| array.slice(from, KEYS.min(array.len() - from)));
    sum(parts.map(|part| words(&*part)))
}

fn words(part: &dyn Array) -> usize {
    let Some(dictionary) = part.as_any_dictionary_opt() else {
        return usize::MAX;
    };
    let values = dictionary.values();
    if values.is_empty() {
        return 0;
    }
    let keys = dictionary.normalized_keys().into_iter().enumerate();
    let keys = keys.filter(|(row, _)| part.is_valid(*row));
    sum(keys.map(|(_, key)| word(&**values, key)))
}

/// One value of a dictionary.
fn word(values: &dyn Array, at: usize) -> usize {
    match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(at).len(),
        DataType::LargeUtf8 => values.as_string::<i64>().value(at).len(),
        DataType::Binary => values.as_binary::<i32>().value(at).len(),
        DataType::LargeBinary => values.as_binary::<i64>().value(at).len(),
        other => {
            let width = other.primitive_width();
            width.unwrap_or_else(|| taken(&*values.slice(at, 1)))
        }
    }
}

fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        DictionaryArray, FixedSizeListArray, Int32Array, Int64Array, ListArray, MapBuilder,
        NullArray, StringArray, StringBuilder, StringViewBuilder, StructArray,
    };
    use arrow::buffer::OffsetBuffer;
    use arrow::datatypes::{Field, Int64Type};

    use super::*;

    fn weight(column: ArrayRef) -> u64 {
        size(&RecordBatch::try_from_iter_with_nullable([("c", column, true)]).unwrap())
    }

    fn repeated(count: usize, length: usize) -> ArrayRef {
        let values = StringArray::from(vec!["x".repeat(length)]);
        let keys = Int32Array::from(vec![0; count]);
        Arc::new(DictionaryArray::try_new(keys, Arc::new(values)).unwrap())
    }

    /// Views of one text.
    fn views(count: usize, length: usize) -> ArrayRef {
        let mut views = StringViewBuilder::new().with_deduplicate_strings();
        for _ in 0..count {
            views.append_value("x".repeat(length));
        }
        Arc::new(views.finish())
    }

    fn in_lists(items: ArrayRef) -> ArrayRef {
        let field = Field::new_list_field(items.data_type().clone(), true);
        let ends = OffsetBuffer::from_lengths([items.len()]);
        Arc::new(ListArray::new(Arc::new(field), ends, items, None))
    }

    fn in_structs(column: ArrayRef) -> ArrayRef {
        let field = Arc::new(Field::new("f", column.data_type().clone(), true));
        Arc::new(StructArray::from(vec![(field, column)]))
    }

    #[test]
    fn a_part_counts_for_what_it_is() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1000); 100]));
        let lists = (0..100).map(|_| Some(vec![Some(1_i64); 100]));
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
        let fixed = (0..100).map(|_| Some(vec![Some(1_i64); 100]));
        let fixed = FixedSizeListArray::from_iter_primitive::<Int64Type, _, _>(fixed, 100);
        let lists: ArrayRef = Arc::new(lists);
        let fixed: ArrayRef = Arc::new(fixed);
        for (column, whole) in [(texts, 100_000), (lists, 80_000), (fixed, 80_000)] {
            let batch = RecordBatch::try_from_iter([("c", column)]).unwrap();
            assert!(size(&batch) >= whole, "{}", size(&batch));
            let one = size(&batch.slice(50, 1));
            assert!((800..2000).contains(&one), "{one}");
        }
    }

    #[test]
    fn a_part_of_maps_counts_its_own_entries() {
        let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
        for _ in 0..100 {
            maps.keys().append_value("key");
            maps.values().append_value("x".repeat(1000));
            maps.append(true).unwrap();
        }
        let maps: ArrayRef = Arc::new(maps.finish());
        assert!(weight(Arc::clone(&maps)) > 100_000);
        let one = weight(maps.slice(50, 1));
        assert!((1000..2000).contains(&one), "{one}");
    }

    #[test]
    fn what_is_shared_counts_as_often_as_it_is_written() {
        for shared in [repeated(100, 50_000), views(100, 50_000)] {
            let kind = shared.data_type().clone();
            assert!(weight(Arc::clone(&shared)) > 5_000_000, "{kind}");
            assert!(weight(shared.slice(3, 1)) < 200_000, "{kind}");
            assert!(weight(in_lists(Arc::clone(&shared))) > 5_000_000);
            assert!(weight(in_structs(shared)) > 5_000_000, "{kind}");
        }
    }

    #[test]
    fn keys_that_stand_for_nothing_count_for_nothing() {
        let values = StringArray::from(vec!["x".repeat(50_000)]);
        let keys = Int32Array::from(vec![None::<i32>; 1000]);
        let nulls = DictionaryArray::try_new(keys, Arc::new(values)).unwrap();
        assert!(weight(Arc::new(nulls)) < 100_000);
        let none = Int32Array::from(vec![None::<i32>; 10]);
        let empty = StringArray::from(Vec::<&str>::new());
        let empty = DictionaryArray::try_new(none, Arc::new(empty)).unwrap();
        assert!(weight(Arc::new(empty)) < 1000);
        let numbers = Int64Array::from(vec![7]);
        let keys = Int32Array::from(vec![0; 100]);
        let numbers = DictionaryArray::try_new(keys, Arc::new(numbers)).unwrap();
        assert!((1200..1300).contains(&weight(Arc::new(numbers))));
    }

    #[test]
    fn nulls_in_lists_are_counted() {
        assert!(weight(in_lists(Arc::new(NullArray::new(1 << 30)))) >= 1 << 30);
    }
}
