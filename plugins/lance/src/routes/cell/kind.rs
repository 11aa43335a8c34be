//! What bytes are, by how they begin: of what a browser may show, only what cannot act.

/// Beginnings, and the media types that they tell (WHATWG, "MIME Sniffing", section 6).
const KNOWN: [(&[u8], &str); 11] = [
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS\0", "application/ogg"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
];

/// What anything else is.
pub(super) const BINARY: &str = "application/octet-stream";

/// The media type of some bytes.
pub(super) fn of(bytes: &[u8]) -> &'static str {
    let known = KNOWN.iter().find(|(start, _)| bytes.starts_with(start));
    let inside = |at: usize, name: &[u8]| bytes.get(at..at + 4) == Some(name);
    match known {
        Some((_, kind)) => kind,
        None if inside(0, b"RIFF") && inside(8, b"WEBP") => "image/webp",
        None if inside(0, b"RIFF") && inside(8, b"WAVE") => "audio/wave",
        None if inside(4, b"ftyp") && inside(8, b"avif") => "image/avif",
        None if inside(4, b"ftyp") => "video/mp4",
        None => BINARY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_and_what_could_act_is_not() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0"[..], "image/jpeg"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"\0\0\0\x18ftypavif", "image/avif"),
            (b"II*\0rest", "image/tiff"),
            (b"<html><script>", BINARY),
            (b"<svg onload=x>", BINARY),
            (b"plain text", BINARY),
            (b"", BINARY),
        ] {
            assert_eq!(of(bytes), kind, "{bytes:?}");
        }
    }
}
