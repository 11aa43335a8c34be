//! Entries and offsets beyond four gigabytes. The archive lies in a file of holes.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use bytes::Bytes;
use portico_zip::{Archive, Head, Item, Method, Plan, Stamp};

use crate::support::check;

const SIZE: u64 = (4 << 30) + (1 << 20);
const PIECE: usize = 1 << 20;

fn head(name: &str, size: u64) -> Head {
    Head {
        name: name.to_owned(),
        stamp: Stamp::of(None),
        method: Method::Stored,
        size: Some(size),
    }
}

fn items() -> Vec<Item> {
    let item = |(key, size): (&str, u64)| Item {
        key: key.to_owned(),
        size: Some(size),
        e_tag: None,
        modified: None,
        folder: false,
        missing: None,
    };
    [("zeros", SIZE), ("behind", 5)].map(item).into()
}

fn write(mut file: &File) {
    let mut archive = Archive::default();
    let mut put = |bytes: &[u8]| file.write_all(bytes).unwrap();
    put(&archive.begin(head("zeros", SIZE)).unwrap());
    let zeros = Bytes::from(vec![0; PIECE]);
    for _ in 0..SIZE / PIECE as u64 {
        archive.data(zeros.clone()).unwrap();
    }
    file.seek(SeekFrom::Current(SIZE.cast_signed())).unwrap();
    let mut put = |bytes: &[u8]| file.write_all(bytes).unwrap();
    put(&archive.end().unwrap());
    put(&archive.begin(head("behind", 5)).unwrap());
    put(&archive.data("after".into()).unwrap());
    put(&archive.end().unwrap());
    put(&archive.finish().unwrap());
}

#[test]
fn entries_and_offsets_beyond_four_gigabytes() {
    let archive = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
    write(archive.as_file());
    let length = archive.as_file().metadata().unwrap().len();
    assert_eq!(length, Plan::new(items()).length().unwrap());
    std::thread::scope(|both| {
        both.spawn(|| check("unzip", &["-tqq"], archive.path(), &[0]));
        both.spawn(|| check("7z", &["t", "-bso0", "-bsp0"], archive.path(), &[0]));
    });
    // Python would take its time to read it all; the others have.
    let script = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        print([(i.filename, i.file_size, i.header_offset) for i in z.infolist()])\n\
        print(z.read('behind'))";
    let told = check("python3", &["-c", script], archive.path(), &[0]);
    let offset = 30 + 5 + 20 + SIZE + 24;
    let wanted = format!("[('zeros', {SIZE}, 0), ('behind', 5, {offset})]\nb'after'\n");
    assert_eq!(told, wanted);
}
