//! `ListBuckets` of a user whom rules hold: the answer is cut to the buckets that they may see.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use portico_sdk::forward::{BodyTransform, TransformFactory};
use portico_sdk::s3::Operation;
use portico_sdk::{Error, Principal, Reason, Rights};
use quick_xml::events::Event;
use quick_xml::{Reader, Writer};

/// The longest list that is read, in bytes: some ten thousand buckets, the most that AWS gives.
const LIMIT: usize = 8 << 20;

/// Makes the transform of the answer, when the answer must be cut.
pub(crate) fn transform(principal: &Principal, operation: Operation) -> Option<TransformFactory> {
    let rights = principal.rights.as_ref()?;
    if operation != Operation::ListBuckets || rights.are_everything() {
        return None;
    }
    let rights = Arc::clone(rights);
    Some(Arc::new(move || Box::new(Cut::new(Arc::clone(&rights)))))
}

/// Reads the whole answer and gives it on without the buckets that nobody may see.
struct Cut {
    rights: Arc<Rights>,
    whole: BytesMut,
}

impl Cut {
    fn new(rights: Arc<Rights>) -> Self {
        Self {
            rights,
            whole: BytesMut::new(),
        }
    }
}

impl BodyTransform for Cut {
    fn transform(&mut self, piece: Bytes, end: bool) -> Result<Bytes, Error> {
        let refused = |cause: &'static str| Error::new(Reason::UpstreamFailed).because(cause);
        if self.whole.len() + piece.len() > LIMIT {
            return Err(refused("the list of buckets is too long"));
        }
        self.whole.extend_from_slice(&piece);
        if !end || self.whole.is_empty() {
            return Ok(Bytes::new());
        }
        let cut = cut(&self.rights, &self.whole);
        cut.map(Bytes::from)
            .ok_or_else(|| refused("the list of buckets cannot be read"))
    }
}

/// The document without the `Bucket` elements whose `Name` the rights do not show; all else stays
/// as it is, owner, paging and errors included. `None`: it is no XML.
pub(crate) fn cut(rights: &Rights, document: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let mut out = Writer::new(Vec::with_capacity(document.len()));
    let mut bucket: Option<Element> = None;
    loop {
        let event = reader.read_event().ok()?;
        if let Event::Start(start) = &event
            && start.local_name().as_ref() == "Bucket"
            && bucket.is_none()
        {
            bucket = Some(Element::default());
        }
        let ends = matches!(&event, Event::End(end) if end.local_name().as_ref() == "Bucket");
        match &mut bucket {
            _ if matches!(event, Event::Eof) => break,
            None => out.write_event(event).ok()?,
            Some(element) => element.take(event),
        }
        if ends && let Some(element) = bucket.take() {
            element.write(rights, &mut out)?;
        }
    }
    bucket.is_none().then(|| out.into_inner())
}

/// One `Bucket` element until its end is read.
#[derive(Default)]
struct Element {
    events: Vec<Event<'static>>,
    name: String,
    in_name: bool,
}

impl Element {
    fn take(&mut self, event: Event<'_>) {
        match &event {
            Event::Start(start) => self.in_name = start.local_name().as_ref() == "Name",
            Event::End(_) => self.in_name = false,
            Event::Text(text) if self.in_name => self.name.push_str(text),
            // No bucket has a name that needs an escape: this one is shown to nobody.
            Event::GeneralRef(_) | Event::CData(_) if self.in_name => self.name.push('&'),
            _ => {}
        }
        self.events.push(event.into_owned());
    }

    fn write(self, rights: &Rights, out: &mut Writer<Vec<u8>>) -> Option<()> {
        if !rights.see(self.name.trim()) {
            return Some(());
        }
        let mut events = self.events.into_iter();
        events.try_for_each(|event| out.write_event(event)).ok()
    }
}

#[cfg(test)]
mod tests {
    use portico_sdk::rights::Rule;

    use super::*;

    const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult xmlns=\"http://s3\">\
        <Owner><ID>7</ID><DisplayName>the &amp; house</DisplayName></Owner><Buckets>\
        <Bucket><Name>photos</Name><CreationDate>2026-01-01T00:00:00Z</CreationDate></Bucket>\
        <Bucket><CreationDate>2026-01-01T00:00:00Z</CreationDate><Name>secret</Name></Bucket></Buckets>\
        <ContinuationToken>t</ContinuationToken></ListAllMyBucketsResult>";

    fn rights() -> Arc<Rights> {
        let rule = Rule {
            buckets: vec!["photos".to_owned()],
            prefixes: vec!["in/".to_owned()],
            read_only: true,
        };
        Arc::new(Rights::new(vec![rule]).unwrap())
    }

    fn run(pieces: &[&str]) -> Result<String, Error> {
        let mut transform = Cut::new(rights());
        let mut out = Vec::new();
        for (number, piece) in (1..).zip(pieces) {
            let piece = Bytes::copy_from_slice(piece.as_bytes());
            out.extend_from_slice(&transform.transform(piece, number == pieces.len())?);
        }
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn only_what_may_be_seen_is_left() {
        let (one, other) = LIST.split_at(150);
        let cut = run(&[one, other, ""]).unwrap();
        let hidden =
            "<Bucket><CreationDate>2026-01-01T00:00:00Z</CreationDate><Name>secret</Name></Bucket>";
        assert_eq!(cut, LIST.replace(hidden, ""));
    }

    #[test]
    fn errors_and_empty_answers_pass() {
        let error = "<Error><Code>SlowDown</Code><Message>a &lt; b</Message></Error>";
        assert_eq!(run(&[error]).unwrap(), error);
        assert_eq!(run(&["", ""]).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_read_is_not_passed_on() {
        for bad in ["<a><Bucket><Name>secret</Name>", "<a", "\u{1}<Bucket></b>"] {
            assert!(run(&[bad]).is_err(), "{bad}");
        }
        let odd = "<a><Bucket><Name>pho<![CDATA[tos]]></Name></Bucket></a>";
        assert_eq!(run(&[odd]).unwrap(), "<a></a>");
    }
}
