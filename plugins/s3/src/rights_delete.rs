//! `DeleteObjects` of a user whom rules hold: every key in the document is looked at, and one that
//! lies outside refuses them all.

use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason, Rights};
use quick_xml::Reader;
use quick_xml::events::{BytesDecl, BytesRef, Event};

/// The rights to look the document up in; `None`: it may say what it likes.
pub(crate) fn rights(principal: &Principal, operation: Operation) -> Option<&Rights> {
    let rights = principal.rights.as_deref()?;
    let looked_at = operation == Operation::DeleteObjects && !rights.are_everything();
    looked_at.then_some(rights)
}

/// Refuses a document that names a key outside of the rights, or that two readers could read
/// differently.
pub(crate) fn check(rights: &Rights, bucket: &str, document: &[u8]) -> Result<(), Error> {
    let keys = keys(document)
        .ok_or_else(|| Error::new(Reason::AccessDenied).because("no list of keys"))?;
    if keys.iter().all(|key| rights.write(bucket, key)) {
        return Ok(());
    }
    Err(Error::new(Reason::AccessDenied).because("a key in the document lies outside of the rules"))
}

/// The keys of the document (AWS, `DeleteObjects`: `Delete/Object/Key`); `None` for whatever is not
/// plainly that.
fn keys(document: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(document).ok()?;
    let mut reader = Reader::from_str(text);
    let (mut path, mut keys, mut key) = (Vec::new(), Vec::new(), String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                path.push(start.local_name().as_ref().to_owned());
                refuse_nesting(&path)?;
                key.clear();
            }
            Event::End(_) => {
                if path.pop()? == "Key" {
                    keys.push(std::mem::take(&mut key));
                }
            }
            Event::Text(text) => key.push_str(&text),
            Event::GeneralRef(name) => key.push(character(&name)?),
            Event::Decl(declared) => refuse_encoding(&declared)?,
            Event::Empty(_) | Event::Comment(_) => {}
            Event::Eof => return (path.is_empty() && !keys.is_empty()).then_some(keys),
            // Sections, instructions and document types are in no SDK's list.
            Event::CData(_) | Event::PI(_) | Event::DocType(_) => return None,
        }
    }
}

/// What is read here as UTF-8 must not be something else to the store.
fn refuse_encoding(declared: &BytesDecl<'_>) -> Option<()> {
    match declared.encoding() {
        None => Some(()),
        Some(name) => name.ok()?.eq_ignore_ascii_case("utf-8").then_some(()),
    }
}

/// A key stands nowhere but where AWS has it.
fn refuse_nesting(path: &[String]) -> Option<()> {
    let names: Vec<_> = path.iter().map(String::as_str).collect();
    match names[..] {
        ["Delete"] | ["Delete", "Quiet" | "Object"] => Some(()),
        ["Delete", "Object", last] if last != "Object" && last != "Delete" => Some(()),
        _ => None,
    }
}

/// The five entities of XML, and characters by number.
fn character(name: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = name.resolve_char_ref().ok()? {
        return Some(character);
    }
    match &**name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::rights::Rule;

    use super::*;

    fn rights() -> Rights {
        let rule = Rule {
            buckets: vec!["b".to_owned()],
            prefixes: vec!["in/".to_owned()],
            read_only: false,
        };
        Rights::new(vec![rule]).unwrap()
    }

    fn passes(document: &str) -> bool {
        check(&rights(), "b", document.as_bytes()).is_ok()
    }

    fn objects(inner: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<Delete xmlns=\"http://s3\">{inner}</Delete>")
    }

    #[test]
    fn every_key_must_lie_inside() {
        let inside = "<Object><Key>in/a</Key></Object>\n";
        let outside = "<Object><Key>out</Key><VersionId>7</VersionId></Object>";
        assert!(passes(&objects(inside)));
        assert!(passes(&objects(&format!("{inside}<Quiet>true</Quiet>"))));
        assert!(!passes(&objects(&format!("{inside}{outside}"))));
        assert!(check(&rights(), "c", objects(inside).as_bytes()).is_err());
    }

    #[test]
    fn escapes_hide_nothing() {
        assert!(passes(&objects(
            "<Object><Key>i&#110;/&amp;a</Key></Object>"
        )));
        assert!(!passes(&objects("<Object><Key>&#x6f;ut</Key></Object>")));
        assert!(!passes(&objects(
            "<Object><Key>in/&#46;./out</Key></Object>"
        )));
        assert!(!passes(&objects("<Object><Key>in/&what;</Key></Object>")));
    }

    #[test]
    fn what_is_not_plainly_a_list_is_refused() {
        for document in [
            "",
            "{}",
            "<Delete></Delete>",
            "<Delete><Object><Key>in/a</Key></Object>",
            "<Delete><Object><Key><![CDATA[in/a]]></Key></Object></Delete>",
            "<!DOCTYPE x [<!ENTITY e 'out'>]><Delete><Object><Key>in/&e;</Key></Object></Delete>",
            "<?xml version='1.0' encoding='utf-7'?><Delete><Object><Key>in/a</Key></Object></Delete>",
            "<Delete><Key>in/a</Key></Delete>",
            "<Delete><Object><Key>in/a<Key>out</Key></Key></Object></Delete>",
            "<Delete><Object><Object><Key>in/a</Key></Object></Object></Delete>",
        ] {
            assert!(!passes(document), "{document}");
        }
    }

    #[test]
    fn a_namespace_does_not_hide_a_key() {
        let document = "<s:Delete xmlns:s=\"x\"><s:Object><s:Key>out</s:Key></s:Object>\
                        <s:Object><s:Key>in/a</s:Key></s:Object></s:Delete>";
        assert!(!passes(document));
    }
}
