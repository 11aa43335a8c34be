//! ZIP archives of stored files: all that a package of logs needs.

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// 1 January 1980, midnight: the first time that the format knows.
const TIME: u32 = 0x0021_0000;

/// An archive of these files. It is for small ones: nothing may exceed 4 GiB.
pub(crate) fn archive<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for (name, data) in files {
        let offset = length(&archive);
        let about = about(name, data);
        archive.extend(LOCAL.to_le_bytes());
        archive.extend(&about);
        archive.extend(name.bytes());
        archive.extend(data);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(20_u16.to_le_bytes());
        directory.extend(&about);
        // No comment, first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
        count += 1;
    }
    let offset = length(&archive);
    archive.extend(&directory);
    archive.extend(END.to_le_bytes());
    archive.extend([0; 4]);
    archive.extend(count.to_le_bytes());
    archive.extend(count.to_le_bytes());
    archive.extend(length(&directory).to_le_bytes());
    archive.extend(offset.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

/// What both headers of a file say: version, flags, method (stored), time, checksum, lengths.
fn about(name: &str, data: &[u8]) -> Vec<u8> {
    let mut about = Vec::new();
    about.extend([20, 0, 0, 0, 0, 0]);
    about.extend(TIME.to_le_bytes());
    about.extend(crc32(data).to_le_bytes());
    about.extend(length(data).to_le_bytes());
    about.extend(length(data).to_le_bytes());
    let name = u16::try_from(name.len()).unwrap_or(u16::MAX);
    about.extend(name.to_le_bytes());
    about.extend([0; 2]);
    about
}

fn length(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}

fn crc32(data: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in data {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let low = sum & 1;
            sum = (sum >> 1) ^ (0xEDB8_8320 * low);
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_of_the_format() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn headers_say_where_files_are() {
        let files: [(&str, &[u8]); 2] = [("a.txt", b"one"), ("b.txt", b"three")];
        let archive = archive(files.into_iter());
        let end = &archive[archive.len() - 22..];
        assert_eq!(end[..4], END.to_le_bytes());
        assert_eq!(end[10..12], [2, 0]);
        let directory = u32::from_le_bytes(end[16..20].try_into().unwrap());
        let directory = usize::try_from(directory).unwrap();
        assert_eq!(archive[directory..directory + 4], CENTRAL.to_le_bytes());
        // The second file: its offset stands 42 bytes into its entry, after the first of 51.
        let second = directory + 46 + 5;
        assert_eq!(archive[second..second + 4], CENTRAL.to_le_bytes());
        let offset = u32::from_le_bytes(archive[second + 42..second + 46].try_into().unwrap());
        let offset = usize::try_from(offset).unwrap();
        assert_eq!(archive[offset..offset + 4], LOCAL.to_le_bytes());
        assert!(archive[offset..].starts_with(&[LOCAL.to_le_bytes().as_slice()].concat()));
        assert_eq!(archive[offset + 35..offset + 40], *b"three");
    }
}
