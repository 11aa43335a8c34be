//! Cross-origin rules of a bucket: put, read, deleted, and applied.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use s3s::dto::{
    CORSRule, DeleteBucketCorsInput, DeleteBucketCorsOutput, GetBucketCorsInput,
    GetBucketCorsOutput, PutBucketCorsInput, PutBucketCorsOutput,
};
use s3s::{S3Request, S3Result, s3_error};

use super::{Api, Need};
use crate::store::CorsRule;

impl Api {
    pub(super) fn get_bucket_cors(
        &self,
        req: &S3Request<GetBucketCorsInput>,
    ) -> S3Result<GetBucketCorsOutput> {
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            if bucket.cors.is_empty() {
                return Err(s3_error!(
                    NoSuchCORSConfiguration,
                    "The CORS configuration does not exist"
                ));
            }
            Ok(GetBucketCorsOutput {
                cors_rules: Some(bucket.cors.iter().map(to_wire).collect()),
            })
        })
    }

    pub(super) fn put_bucket_cors(
        &self,
        req: &S3Request<PutBucketCorsInput>,
    ) -> S3Result<PutBucketCorsOutput> {
        let rules = &req.input.cors_configuration.cors_rules;
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            bucket.cors = rules.iter().map(from_wire).collect();
            Ok(PutBucketCorsOutput::default())
        })
    }

    pub(super) fn delete_bucket_cors(
        &self,
        req: &S3Request<DeleteBucketCorsInput>,
    ) -> S3Result<DeleteBucketCorsOutput> {
        self.with_bucket(req, &req.input.bucket, Need::Own, |bucket, _| {
            bucket.cors.clear();
            Ok(DeleteBucketCorsOutput::default())
        })
    }

    /// The headers that a browser of this origin may see; none where no rule allows it.
    pub(crate) fn cors_headers(
        &self,
        bucket: &str,
        method: &Method,
        asked: &HeaderMap,
    ) -> Option<HeaderMap> {
        let origin = asked.get(header::ORIGIN)?;
        let state = self.tenant.state();
        let bucket = state.buckets.get(&bucket.to_ascii_lowercase())?;
        let rules = bucket.cors.iter();
        let text = origin.to_str().ok()?;
        let mut fitting = rules.filter(|rule| allows(rule, text, method.as_str(), asked));
        answer(fitting.next()?, origin, asked)
    }
}

fn allows(rule: &CorsRule, origin: &str, method: &str, asked: &HeaderMap) -> bool {
    let headers = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let headers = headers
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut names = headers
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    rule.origins.iter().any(|pattern| fits(pattern, origin))
        && rule.methods.iter().any(|allowed| allowed == method)
        && names.all(|name| {
            let name = name.to_ascii_lowercase();
            rule.headers
                .iter()
                .any(|pattern| fits(&pattern.to_ascii_lowercase(), &name))
        })
}

/// A pattern may hold one `*`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn answer(rule: &CorsRule, origin: &HeaderValue, asked: &HeaderMap) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: String| -> Option<()> {
        headers.insert(name, value.parse().ok()?);
        Some(())
    };
    set(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        rule.methods.join(", "),
    )?;
    if !rule.expose.is_empty() {
        set(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            rule.expose.join(", "),
        )?;
    }
    if let Some(age) = rule.max_age {
        set(header::ACCESS_CONTROL_MAX_AGE, age.to_string())?;
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    Some(headers)
}

fn from_wire(rule: &CORSRule) -> CorsRule {
    CorsRule {
        id: rule.id.clone(),
        origins: rule.allowed_origins.clone(),
        methods: rule.allowed_methods.clone(),
        headers: rule.allowed_headers.clone().unwrap_or_default(),
        expose: rule.expose_headers.clone().unwrap_or_default(),
        max_age: rule.max_age_seconds,
    }
}

fn to_wire(rule: &CorsRule) -> CORSRule {
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    CORSRule {
        id: rule.id.clone(),
        allowed_origins: rule.origins.clone(),
        allowed_methods: rule.methods.clone(),
        allowed_headers: some(&rule.headers),
        expose_headers: some(&rule.expose),
        max_age_seconds: rule.max_age,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn one_star_stands_for_anything() {
        assert!(fits("*", "https://a.test"));
        assert!(fits("https://*.test", "https://a.test"));
        assert!(!fits("https://*.test", "http://a.test"));
        assert!(!fits("ab*ba", "aba"));
    }
}
