//! SigV4 for the few requests that must be changed before s3s can take them: the signature is
//! checked over what the client sent, and then made anew over what s3s will see.

use hmac::{Hmac, Mac};
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3s::{S3Error, s3_error};
use sha2::{Digest as _, Sha256};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// A SigV4 signature, from the header or from the query of a presigned URL.
pub(crate) struct Signed {
    presigned: bool,
    credential: String,
    date: String,
    pub(crate) headers: Vec<String>,
    signature: String,
}

impl Signed {
    /// The signature of a request, if it has one of this kind.
    pub(crate) fn find(parts: &Parts) -> Option<Self> {
        Self::in_query(parts).or_else(|| Self::in_header(parts))
    }

    fn in_header(parts: &Parts) -> Option<Self> {
        let value = header(parts, "authorization")?.strip_prefix(ALGORITHM)?;
        let field = |name: &str| {
            let mut fields = value.split(',').map(str::trim);
            fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
        };
        Some(Self {
            presigned: false,
            credential: field("Credential")?.to_owned(),
            date: header(parts, "x-amz-date")?.to_owned(),
            headers: names(field("SignedHeaders")?),
            signature: field("Signature")?.to_owned(),
        })
    }

    fn in_query(parts: &Parts) -> Option<Self> {
        let pairs = query(parts);
        let field = |name: &str| {
            let mut pairs = pairs.iter();
            pairs
                .find(|(found, _)| found == name)
                .map(|(_, value)| value)
        };
        Some(Self {
            presigned: true,
            signature: field("X-Amz-Signature")?.clone(),
            credential: field("X-Amz-Credential")?.clone(),
            date: field("X-Amz-Date")?.clone(),
            headers: names(field("X-Amz-SignedHeaders")?),
        })
    }

    pub(crate) fn access_key(&self) -> &str {
        let scope = self.credential.rsplitn(5, '/').last();
        scope.unwrap_or_default()
    }

    fn scope(&self) -> &str {
        let key = self.access_key().len();
        self.credential.get(key + 1..).unwrap_or_default()
    }

    /// Whether the request is signed as it stands.
    pub(crate) fn verify(&self, parts: &Parts, secret: &str) -> Result<(), S3Error> {
        let given = hex::decode(&self.signature).unwrap_or_default();
        let good = self
            .mac(parts, secret)
            .is_some_and(|mac| mac.verify_slice(&given).is_ok());
        good.then_some(()).ok_or_else(|| {
            s3_error!(
                SignatureDoesNotMatch,
                "The request signature we calculated does not match the signature you provided."
            )
        })
    }

    /// Signs the request as it stands now, in the place where it was signed before.
    pub(crate) fn renew(&self, parts: &mut Parts, secret: &str) -> Option<()> {
        let signature = hex::encode(self.mac(parts, secret)?.finalize().into_bytes());
        if self.presigned {
            let uri = parts.uri.to_string().replace(&self.signature, &signature);
            parts.uri = uri.parse().ok()?;
        } else {
            let headers = self.headers.join(";");
            let credential = &self.credential;
            let value = format!(
                "{ALGORITHM} Credential={credential}, SignedHeaders={headers}, Signature={signature}"
            );
            parts.headers.insert("authorization", value.parse().ok()?);
        }
        Some(())
    }

    fn mac(&self, parts: &Parts, secret: &str) -> Option<Hmac<Sha256>> {
        let canonical = hex::encode(Sha256::digest(self.canonical(parts)));
        let scope = self.scope();
        let text = format!("{ALGORITHM}\n{}\n{scope}\n{canonical}", self.date);
        let mut key = format!("AWS4{secret}").into_bytes();
        for step in scope.split('/') {
            key = keyed(&key)?
                .chain_update(step)
                .finalize()
                .into_bytes()
                .to_vec();
        }
        Some(keyed(&key)?.chain_update(text))
    }

    fn canonical(&self, parts: &Parts) -> String {
        let path = percent_decode_str(parts.uri.path()).decode_utf8_lossy();
        let path = utf8_percent_encode(&path, ENCODED_PATH);
        let mut pairs: Vec<_> = query(parts)
            .into_iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| {
                let encode = |text| utf8_percent_encode(text, ENCODED).to_string();
                (encode(&name), encode(&value))
            })
            .collect();
        pairs.sort_unstable();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut signed = self.headers.clone();
        signed.sort_unstable();
        let lines: String = signed.iter().map(|name| header_line(parts, name)).collect();
        let payload = match header(parts, "x-amz-content-sha256") {
            Some(payload) if !self.presigned => payload,
            _ => UNSIGNED,
        };
        let (method, query, signed) = (&parts.method, pairs.join("&"), signed.join(";"));
        format!("{method}\n{path}\n{query}\n{lines}\n{signed}\n{payload}")
    }
}

fn keyed(key: &[u8]) -> Option<Hmac<Sha256>> {
    Hmac::new_from_slice(key).ok()
}

fn names(list: &str) -> Vec<String> {
    list.split(';').map(str::to_ascii_lowercase).collect()
}

fn header<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name)?.to_str().ok()
}

fn header_line(parts: &Parts, name: &str) -> String {
    let values = parts.headers.get_all(name).iter();
    let values = values.map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    format!("{name}:{}\n", values.collect::<Vec<_>>().join(","))
}

fn query(parts: &Parts) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = parts.uri.query().unwrap_or_default().split('&');
    let pairs = pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first example of "Signature Calculations for the Authorization Header" (AWS).
    fn example() -> Parts {
        let request = http::Request::get("/test.txt")
            .header("host", "examplebucket.s3.amazonaws.com")
            .header("range", "bytes=0-9")
            .header(
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            )
            .header("x-amz-date", "20130524T000000Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                 SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                 Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            );
        request.body(()).unwrap().into_parts().0
    }

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn the_example_of_the_specification() {
        let parts = example();
        let signed = Signed::find(&parts).unwrap();
        assert_eq!(signed.access_key(), "AKIAIOSFODNN7EXAMPLE");
        signed.verify(&parts, SECRET).unwrap();
        assert!(signed.verify(&parts, "another").is_err());
    }

    #[test]
    fn a_changed_request_is_refused_until_it_is_signed_anew() {
        let mut parts = example();
        parts.uri = "/other.txt".parse().unwrap();
        let signed = Signed::find(&parts).unwrap();
        assert!(signed.verify(&parts, SECRET).is_err());
        signed.renew(&mut parts, SECRET).unwrap();
        let renewed = Signed::find(&parts).unwrap();
        renewed.verify(&parts, SECRET).unwrap();
    }
}
