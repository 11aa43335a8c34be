//! Queries and paths as the log may show them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

const SEPARATORS: [u8; 2] = [b'&', b';'];

/// What stands for a secret in the log.
const HIDDEN: &str = "REDACTED";

/// Parts of parameter names, in lower case, whose values are or may be secrets: presigned URLs of
/// SigV4 and SigV2, session tokens, and the passwords in queries of HCP's account resources.
const SECRET_PARTS: &[&str] = &[
    "accesskey",
    "apikey",
    "api_key",
    "authorization",
    "credential",
    "passwd",
    "password",
    "pwd",
    "secret",
    "signature",
    "token",
];

/// Whole names of the same kind, too short to be looked for inside others.
const SECRET_NAMES: &[&str] = &["auth", "jwt", "sig"];

/// Names that hold such a part and are nonetheless useful and harmless.
const HARMLESS: &[&str] = &["continuation-token", "forcepasswordchange"];

/// A query as sent, with the values of secret-looking parameters hidden; `None` when empty.
pub(crate) fn query(raw: &[u8]) -> Option<String> {
    if raw.is_empty() {
        return None;
    }
    // Some readers take `;` for `&`; each pair is shown with what stands behind it.
    let pairs = raw.split_inclusive(|b| SEPARATORS.contains(b)).map(pair);
    Some(pairs.collect())
}

fn pair(raw: &[u8]) -> Cow<'_, str> {
    let end = raw.last().filter(|b| SEPARATORS.contains(b));
    let mark = raw.iter().position(|&b| b == b'=');
    match mark {
        Some(mark) if is_secret(&raw[..mark]) => {
            let end = end.map(|&b| char::from(b));
            let end = end.map(String::from).unwrap_or_default();
            Cow::Owned(format!("{}={HIDDEN}{end}", visible(&raw[..mark])))
        }
        _ => visible(raw),
    }
}

fn is_secret(name: &[u8]) -> bool {
    let name = percent_decode(name)
        .decode_utf8_lossy()
        .to_ascii_lowercase();
    let name = name.as_str();
    SECRET_NAMES.contains(&name)
        || !HARMLESS.contains(&name) && SECRET_PARTS.iter().any(|part| name.contains(part))
}

/// A path as sent, percent-decoded, on one line whatever it holds.
pub(crate) fn path(raw: &[u8]) -> String {
    let decoded = percent_decode(raw).decode_utf8_lossy();
    decoded
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn visible(raw: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(raw: &str) -> String {
        query(raw.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_of_a_presigned_url_can_be_used_again() {
        let v4 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20250101&\
                  X-Amz-SignedHeaders=host&x-amz-signature=5eb0&X-Amz-Security-Token=t0k";
        assert_eq!(
            shown(v4),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=REDACTED&\
             X-Amz-SignedHeaders=host&x-amz-signature=REDACTED&X-Amz-Security-Token=REDACTED"
        );
        let v2 = "AWSAccessKeyId=AK&Expires=1&Signature=5eb0%3D";
        assert_eq!(
            shown(v2),
            "AWSAccessKeyId=REDACTED&Expires=1&Signature=REDACTED"
        );
    }

    #[test]
    fn passwords_are_hidden_however_the_name_is_written() {
        for name in [
            "password",
            "newPassword",
            "PASSWORD",
            "p%61ssword",
            "pass%77ord",
            "pwd",
        ] {
            assert_eq!(shown(&format!("{name}=hush")), format!("{name}=REDACTED"));
        }
        assert_eq!(shown("token=a=b"), "token=REDACTED");
        assert_eq!(
            shown("username=ada&password=a%26b&forcePasswordChange=false&&x"),
            "username=ada&password=REDACTED&forcePasswordChange=false&&x"
        );
        for name in [
            "resetPasswords",
            "resetpasswords",
            "%72esetPasswords",
            "x;password",
        ] {
            let tail = "verbose=true;y";
            let expected = format!("{name}=REDACTED&{tail}");
            assert_eq!(shown(&format!("{name}=hush&{tail}")), expected);
        }
        assert_eq!(shown("a=b;password=hush;c"), "a=b;password=REDACTED;c");
    }

    #[test]
    fn the_rest_is_shown_as_sent() {
        let plain = "list-type=2&prefix=a%2Fb&continuation-token=x&acl&username=lgreen";
        assert_eq!(shown(plain), plain);
        assert_eq!(query(b""), None);
    }

    #[test]
    fn a_path_cannot_begin_a_line_of_its_own() {
        assert_eq!(
            path(b"/a%20b/%C3%A5%0d%0a%1b"),
            "/a b/å\u{fffd}\u{fffd}\u{fffd}"
        );
    }
}
