//! The page: one piece of HTML with its script and style inside, which a policy names by their hashes,
//! so that nothing else runs there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

const FRAME: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// In this order one script.
const SCRIPTS: [&str; 4] = [
    include_str!("page/dom.js"),
    include_str!("page/schema.js"),
    include_str!("page/operation.js"),
    include_str!("page/page.js"),
];

/// What a browser gets.
#[derive(Debug)]
pub(crate) struct Page {
    /// The value of `Content-Security-Policy`.
    pub(crate) policy: String,
    pub(crate) html: Bytes,
}

impl Page {
    pub(crate) fn new() -> Self {
        let script = format!("\n\"use strict\";\n{}", SCRIPTS.concat());
        let html = FRAME
            .replace("/* style */", STYLE)
            .replace("/* script */", &script);
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'",
            hash(&script),
            hash(STYLE),
        );
        Self {
            policy,
            html: html.into(),
        }
    }
}

/// A source by its hash (Content Security Policy Level 3, section 2.3.1).
fn hash(source: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(source)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands between two marks.
    fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
        let (_, rest) = text.split_once(from).unwrap();
        rest.split_once(to).unwrap().0
    }

    #[test]
    fn the_policy_names_what_the_page_holds() {
        let page = Page::new();
        let html = std::str::from_utf8(&page.html).unwrap();
        for (from, to) in [("<script>", "</script>"), ("<style>", "</style>")] {
            let inside = between(html, from, to);
            assert!(
                inside.len() > 500 && page.policy.contains(&hash(inside)),
                "{from}"
            );
            assert_eq!(html.matches(from).count(), 1);
        }
        assert!(!page.policy.contains("unsafe") && !page.policy.contains("http"));
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere_and_writes_no_html() {
        let page = Page::new();
        let html = std::str::from_utf8(&page.html).unwrap();
        let forbidden = [
            "http:",
            "https:",
            "src=",
            "@import",
            "url(",
            "innerHTML",
            "outerHTML",
            "eval(",
            "document.write",
            "localStorage",
            "sessionStorage",
            "style=",
            "onclick=",
        ];
        for word in forbidden {
            assert!(!html.contains(word), "{word}");
        }
    }
}
