//! `CanonicalizedResource`: the path as sent, under its bucket, and the sub-resources.

use std::borrow::Cow;

use portico_sigv4::RequestView;
use portico_sigv4::query::decoded;

use crate::coverage::{Place, place};
use crate::error::{Form, ProofError};

/// What a request addresses, as far as a signature covers it.
pub(crate) struct Resource<'a> {
    form: Form,
    bucket: Option<&'a str>,
    path: &'a [u8],
    parameters: Vec<Parameter<'a>>,
}

struct Parameter<'a> {
    name: Cow<'a, [u8]>,
    value: Cow<'a, [u8]>,
    /// With its `=`, if there is one.
    raw_value: &'a [u8],
    disputed: bool,
}

/// How clients write a value into the resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// Decoded, and without `=` if empty: the rule of AWS.
    Decoded,
    /// Decoded, with `=` if that was sent: botocore, for `?acl=`.
    WithEquals,
    /// As sent: s3cmd. In the header form alone: `%2541` signed by AWS's rule would
    /// otherwise be good for `%41` too.
    AsSent,
}

/// One text a client may have signed.
pub(crate) struct Reading {
    pub(crate) text: Vec<u8>,
    /// Whether disputed parameters are left out, though the request has some.
    pub(crate) partial: bool,
}

impl<'a> Resource<'a> {
    /// `bucket` is the one the host names.
    ///
    /// The signed resource begins with it, always. To try a virtual-host request without its
    /// bucket as well would make `/b/k`, signed in path style, good for the object `b/k` of
    /// every bucket that has a host name.
    pub(crate) fn read(
        form: Form,
        request: &RequestView<'a>,
        bucket: Option<&'a str>,
    ) -> Result<Self, ProofError> {
        check_path(request.raw_path)?;
        let mut parameters = covered(form, request.raw_query.unwrap_or_default())?;
        parameters.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            form,
            bucket,
            path: request.raw_path,
            parameters,
        })
    }

    /// All texts that mean this request, without repetition; the usual one is the first.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        let mut readings: Vec<Reading> = Vec::with_capacity(1);
        for partial in self.partials() {
            for closing in self.closings() {
                for spelling in self.spellings() {
                    let (partial, text) = (*partial, self.text(*spelling, closing, *partial));
                    if readings.iter().all(|known| known.text != text) {
                        readings.push(Reading { text, partial });
                    }
                }
            }
        }
        readings
    }

    /// The text AWS would sign.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        self.text(Spelling::Decoded, "", false)
    }

    fn partials(&self) -> &'static [bool] {
        let disputed = self.parameters.iter().any(|parameter| parameter.disputed);
        match self.form {
            Form::Header if disputed => &[false, true],
            Form::Header | Form::Query => &[false],
        }
    }

    /// `/bucket` in path style is signed as `/bucket/` by botocore; both are the bucket.
    fn closings(&self) -> &'static [&'static str] {
        let inner = self.path.get(1..).unwrap_or_default();
        if self.bucket.is_none() && !inner.is_empty() && !inner.contains(&b'/') {
            &["", "/"]
        } else {
            &[""]
        }
    }

    fn spellings(&self) -> &'static [Spelling] {
        match self.form {
            Form::Query => &[Spelling::Decoded, Spelling::WithEquals],
            Form::Header => &[Spelling::Decoded, Spelling::WithEquals, Spelling::AsSent],
        }
    }

    fn text(&self, spelling: Spelling, closing: &str, partial: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        if let Some(bucket) = self.bucket {
            out.push(b'/');
            out.extend_from_slice(bucket.as_bytes());
        }
        let path = if self.path.is_empty() {
            b"/"
        } else {
            self.path
        };
        out.extend_from_slice(path);
        out.extend_from_slice(closing.as_bytes());
        let signed = self.parameters.iter().filter(|p| !(partial && p.disputed));
        for (index, parameter) in signed.enumerate() {
            out.push(if index == 0 { b'?' } else { b'&' });
            parameter.write_into(&mut out, spelling);
        }
        out
    }
}

impl Parameter<'_> {
    fn write_into(&self, out: &mut Vec<u8>, spelling: Spelling) {
        out.extend_from_slice(&self.name);
        match spelling {
            Spelling::AsSent => out.extend_from_slice(self.raw_value),
            Spelling::Decoded if self.value.is_empty() => {}
            Spelling::WithEquals if self.raw_value.is_empty() => {}
            Spelling::Decoded | Spelling::WithEquals => {
                out.push(b'=');
                out.extend_from_slice(&self.value);
            }
        }
    }

    /// Values are signed decoded, with `&` between, so one value could pass for two
    /// parameters. Only those that really would are refused.
    fn passes_for_several(&self, form: Form) -> bool {
        let pieces = self.value.split(|byte| *byte == b'&').skip(1);
        let names = pieces.map(|piece| piece.split(|byte| *byte == b'=').next());
        names
            .flatten()
            .any(|name| matches!(place(form, name), Place::Resource | Place::Disputed))
    }
}

fn covered(form: Form, raw: &[u8]) -> Result<Vec<Parameter<'_>>, ProofError> {
    let mut found = Vec::new();
    let pieces = raw.split(|byte| *byte == b'&');
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let equals = piece.iter().position(|byte| *byte == b'=');
        let (name, raw_value) = piece.split_at(equals.unwrap_or(piece.len()));
        let name = decoded(name);
        let place = place(form, &name);
        if !matches!(place, Place::Resource | Place::Disputed) {
            continue;
        }
        let parameter = Parameter {
            name,
            value: decoded(raw_value.get(1..).unwrap_or_default()),
            raw_value,
            disputed: place == Place::Disputed,
        };
        let control = parameter.value.iter().any(u8::is_ascii_control);
        if control || parameter.passes_for_several(form) {
            return Err(ProofError::Target("parameter"));
        }
        found.push(parameter);
    }
    Ok(found)
}

/// The path stands in the text undecoded, so it must not hold what ends it there, or what
/// could begin another line.
fn check_path(path: &[u8]) -> Result<(), ProofError> {
    let odd = |byte: &u8| *byte <= b' ' || *byte == 0x7f || *byte == b'?';
    let rooted = path.is_empty() || path.starts_with(b"/");
    if rooted && !path.iter().any(odd) {
        Ok(())
    } else {
        Err(ProofError::Target("path"))
    }
}
