//! Files of Parquet, byte by byte: the compact protocol of Thrift, and no library that knows better.

/// A number of as many bytes as it needs.
pub(crate) fn plain(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 127).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 128);
    }
}

/// The same for numbers of both signs.
fn signed(number: i64) -> Vec<u8> {
    plain(((number << 1) ^ (number >> 63)).cast_unsigned())
}

/// A field: how much higher its number is than that of the last, its kind, and what it holds.
fn field(step: u8, kind: u8, value: &[u8]) -> Vec<u8> {
    [&[step << 4 | kind], value].concat()
}

pub(crate) fn number(step: u8, value: i64) -> Vec<u8> {
    field(step, 5, &signed(value))
}

pub(crate) fn long(step: u8, value: i64) -> Vec<u8> {
    field(step, 6, &signed(value))
}

pub(crate) fn text(step: u8, value: &str) -> Vec<u8> {
    let length = plain(u64::try_from(value.len()).unwrap());
    field(step, 8, &[&length, value.as_bytes()].concat())
}

/// Items, each without a head of its own.
pub(crate) fn list(step: u8, kind: u8, items: &[Vec<u8>]) -> Vec<u8> {
    let count = plain(u64::try_from(items.len()).unwrap());
    let head = [&[0xF0 | kind][..], &count].concat();
    field(step, 9, &[head, items.concat()].concat())
}

pub(crate) fn structure(step: u8, fields: &[u8]) -> Vec<u8> {
    field(step, 12, &[fields, &[0]].concat())
}

/// The outermost group of columns.
pub(crate) fn group(columns: i64) -> Vec<u8> {
    [text(4, "root"), number(1, columns), vec![0]].concat()
}

/// A column `n`.
pub(crate) fn leaf(kind: i64) -> Vec<u8> {
    [number(1, kind), number(2, 0), text(1, "n"), vec![0]].concat()
}

/// A page: its kind, the field of its own head, how many values that tells of, their encoding, and its bytes.
pub(crate) fn page(kind: i64, own: u8, count: i64, encoding: i64, bytes: &[u8]) -> Vec<u8> {
    let size = i64::try_from(bytes.len()).unwrap();
    let mut head = [number(1, count), number(1, encoding)].concat();
    if kind == 0 {
        head.extend([number(1, 3), number(1, 3)].concat());
    }
    let sizes = [number(1, kind), number(1, size), number(1, size)];
    [
        sizes.concat(),
        structure(own - 3, &head),
        vec![0],
        bytes.to_vec(),
    ]
    .concat()
}

/// A file around its body and its foot.
pub(crate) fn file(body: &[u8], foot: &[u8]) -> Vec<u8> {
    let length = u32::try_from(foot.len()).unwrap().to_le_bytes();
    [&b"PAR1"[..], body, foot, &length, b"PAR1"].concat()
}
