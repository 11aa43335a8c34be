//! One form for all documents inside, JSON's, and its ways to and from the wire.

mod csv;
mod read;
mod write;

pub(crate) use csv::to_csv;
pub(crate) use read::from_xml;
pub(crate) use write::to_xml;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_goes_to_xml_and_comes_back() {
        let account = json!({
            "enabled": "true",
            "roles": {"role": ["MONITOR", "SECURITY"]},
            "username": "m&m",
        });
        let xml = to_xml("userAccount", &account, false);
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
             <userAccount><enabled>true</enabled><roles><role>MONITOR</role>\
             <role>SECURITY</role></roles><username>m&amp;m</username></userAccount>"
        );
        let (root, again) = from_xml(xml.as_bytes()).unwrap();
        assert_eq!((root.as_str(), again), ("userAccount", account));
    }

    #[test]
    fn a_document_that_is_one_text_is_one_element() {
        let cors = json!({"cors": "<CORSConfiguration/>"});
        let xml = to_xml("cors", &cors, false);
        assert!(xml.ends_with("?><cors><![CDATA[<CORSConfiguration/>]]></cors>"));
        let (root, text) = from_xml(xml.as_bytes()).unwrap();
        assert_eq!(
            (root.as_str(), text),
            ("cors", json!("<CORSConfiguration/>"))
        );
        let odd = json!({"cors": "a]]>b"});
        let (_, text) = from_xml(to_xml("cors", &odd, false).as_bytes()).unwrap();
        assert_eq!(text, json!("a]]>b"));
    }

    #[test]
    fn pretty_documents_are_indented_and_mean_the_same() {
        let names = json!({"empty": {}, "name": ["a", "b"]});
        let xml = to_xml("namespaces", &names, true);
        let wanted =
            "\n<namespaces>\n  <empty/>\n  <name>a</name>\n  <name>b</name>\n</namespaces>";
        assert!(xml.ends_with(wanted), "{xml}");
        let (_, again) = from_xml(xml.as_bytes()).unwrap();
        assert_eq!(again["name"], json!(["a", "b"]));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for bad in [
            "",
            "text",
            "<a>",
            "<a><b></a></b>",
            "<a/><b/>",
            "<a>&x;</a>",
            "<!DOCTYPE a><a/>",
        ] {
            assert!(from_xml(bad.as_bytes()).is_none(), "{bad}");
        }
        let text = "<?xml version=\"1.0\"?>\n<a x='1'>\n <b>&lt;&#65;</b><!-- c --></a>\n";
        let read = from_xml(text.as_bytes());
        assert_eq!(read, Some(("a".to_owned(), json!({"b": "<A"}))));
    }
}
