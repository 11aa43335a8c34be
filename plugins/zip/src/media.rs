//! Stored or deflated: what is compressed already is not compressed again.

/// How the bytes of an entry are stored (APPNOTE 4.4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// Compressed (RFC 1951).
    Deflated,
}

/// Kinds of which nearly all are compressed; [`OPEN`] has the exceptions.
const PACKED: [&str; 3] = ["image/", "video/", "audio/"];
const OPEN: [&str; 8] = [
    "image/svg+xml",
    "image/bmp",
    "image/tiff",
    "image/x-portable-",
    "audio/wav",
    "audio/x-wav",
    "audio/midi",
    "video/mp2t",
];
/// Words of the others that are.
const PACKED_WORDS: [&str; 16] = [
    "zip",
    "7z",
    "rar",
    "bzip",
    "xz",
    "zstd",
    "lz4",
    "compress",
    "java-archive",
    "openxmlformats",
    "opendocument",
    "epub",
    "pdf",
    "parquet",
    "woff",
    "android.package",
];
/// The same by the end of a name, where a type says nothing.
const PACKED_ENDS: [&str; 42] = [
    "7z", "aac", "apk", "avif", "br", "bz2", "docx", "epub", "flac", "gif", "gz", "heic", "jar",
    "jp2", "jpeg", "jpg", "jxl", "lz4", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "odp", "ods",
    "odt", "ogg", "opus", "parquet", "pdf", "png", "pptx", "rar", "tgz", "webm", "webp", "woff2",
    "xlsx", "xz", "zip", "zst",
];

impl Method {
    /// The method for an object of this content type and name.
    #[must_use]
    pub fn for_media(media: Option<&str>, name: &str) -> Self {
        let media = media.unwrap_or_default().to_ascii_lowercase();
        let media = media.split(';').next().unwrap_or_default().trim();
        let packed = match media {
            "" | "application/octet-stream" | "binary/octet-stream" => ends_packed(name),
            media => is_packed(media),
        };
        if packed { Self::Stored } else { Self::Deflated }
    }

    pub(crate) fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

fn is_packed(media: &str) -> bool {
    let begins = |kinds: &[&str]| kinds.iter().any(|kind| media.starts_with(kind));
    let application = media.starts_with("application/") || media.starts_with("font/");
    begins(&PACKED) && !begins(&OPEN)
        || application && PACKED_WORDS.iter().any(|word| media.contains(word))
}

fn ends_packed(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end);
    end.is_some_and(|end| {
        PACKED_ENDS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_already_is_stored() {
        for (media, name) in [
            (Some("image/jpeg"), "a"),
            (Some("Video/MP4; codecs=x"), "a"),
            (Some("application/gzip"), "a.txt"),
            (Some("font/woff2"), "a"),
            (Some("application/octet-stream"), "a/b.tar.GZ"),
            (None, "photo.jpeg"),
        ] {
            assert_eq!(Method::for_media(media, name), Method::Stored, "{media:?}");
        }
    }

    #[test]
    fn everything_else_is_deflated() {
        for (media, name) in [
            (Some("text/plain"), "a.zip"),
            (Some("image/svg+xml"), "a"),
            (Some("audio/x-wav"), "a"),
            (Some("application/json"), "a.gz"),
            (Some("binary/octet-stream"), "a.bin"),
            (None, "gz"),
        ] {
            assert_eq!(
                Method::for_media(media, name),
                Method::Deflated,
                "{media:?}"
            );
        }
    }
}
