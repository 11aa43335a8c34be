//! Queries and paths as the log may show them.

use std::borrow::Cow;

use percent_encoding::percent_decode;

const SEPARATORS: [u8; 2] = [b'&', b';'];

/// What stands for a secret in the log.
const HIDDEN: &str = "REDACTED";

/// How every JSON Web Token begins: `{"` in base64url (RFC 7519).
const TOKEN: &str = "eyJ";

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
        _ => hide(visible(raw)),
    }
}

/// A text in which secrets stand where none belong: in a link whose `?` or `&` was lost on its way, in a
/// token under a wrong name.
fn hide(text: Cow<'_, str>) -> Cow<'_, str> {
    let (mut shown, mut rest) = (String::new(), &*text);
    while let Some((begin, end)) = secret(rest) {
        shown.push_str(&rest[..begin]);
        shown.push_str(HIDDEN);
        rest = &rest[end..];
    }
    if shown.is_empty() {
        return text;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Where the first secret of a text begins and ends. Looks at no place twice: who sends the text may
/// wish the search to be long.
fn secret(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    while let Some(found) = text[at..].find(['=', 'e']) {
        at += found;
        let end = if text[at..].starts_with('=') {
            at += 1;
            value(text, at)
        } else {
            token(text, at)
        };
        match end {
            Ok(end) => return Some((at, end)),
            Err(next) => at = next,
        }
    }
    None
}

/// The end of the value that begins here, if its name says that it is a secret; otherwise where to go on.
fn value(text: &str, begin: usize) -> Result<usize, usize> {
    let named = |c: char| c.is_ascii_alphanumeric() || "-_%".contains(c);
    let before = &text[..begin - 1];
    let name = &before[before.trim_end_matches(named).len()..];
    let value = &text[begin..];
    let length = value.find(['&', ';', ' ']).unwrap_or(value.len());
    if length > 0 && is_secret(name.as_bytes()) {
        Ok(begin + length)
    } else {
        Err(begin)
    }
}

/// The end of the token that begins here, if one does; otherwise where to go on.
fn token(text: &str, begin: usize) -> Result<usize, usize> {
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let rest = &text[begin..];
    if !rest.starts_with(TOKEN) {
        return Err(begin + 1);
    }
    let end = text.len() - rest.trim_start_matches(inside).len();
    if text[begin..end].contains('.') {
        Ok(end)
    } else {
        Err(end)
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
    let decoded = hide(percent_decode(raw).decode_utf8_lossy());
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
    fn a_mangled_link_tells_no_more_than_a_whole_one() {
        assert_eq!(
            path(b"/b/kX-Amz-Expires=9&X-Amz-Security-Token=t0k.en&X-Amz-Signature=5eb0/+="),
            "/b/kX-Amz-Expires=9&X-Amz-Security-Token=REDACTED&X-Amz-Signature=REDACTED"
        );
        assert_eq!(
            path(b"/b/k%3FAWSAccessKeyId=AK&Signature=5eb0%3D"),
            "/b/k?AWSAccessKeyId=REDACTED&Signature=REDACTED"
        );
        assert_eq!(
            shown("X-Amz-SignedHeaders=hostaX-Amz-Signature=5eb0&x=1"),
            "X-Amz-SignedHeaders=hostaX-Amz-Signature=REDACTED&x=1"
        );
        assert_eq!(
            shown("X-Amz-Security-aoken=eyJ0eXAi.eyJz-dW_I.3eg2&a=eyJ0"),
            "X-Amz-Security-aoken=REDACTED&a=eyJ0"
        );
        assert_eq!(path(b"/Bearer eyJ0.eyJz.3eg2/x"), "/Bearer REDACTED/x");
        assert_eq!(
            path(b"/eye=see&token=&pwd=x"),
            "/eye=see&token=&pwd=REDACTED"
        );
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
