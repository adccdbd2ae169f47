//! Cross-origin rules, evaluated as S3 evaluates a bucket's: the first rule that fits decides.
//!
//! The answer always names the asking origin, never `*`.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};

const VARIES: HeaderValue = HeaderValue::from_static("Origin, Access-Control-Request-Headers, Access-Control-Request-Method");

/// The rules of one bucket or service.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Origins, compared exactly.
    pub origins: Vec<String>,
    /// Methods.
    pub methods: Vec<Method>,
    /// Request headers in lower case; one `*` in a name stands for any characters.
    pub headers: Vec<&'static str>,
    /// Response headers that code in the page may read.
    pub expose: Vec<&'static str>,
    /// For how long a browser may keep the answer to a preflight.
    pub max_age_seconds: u32,
}

/// Why a preflight was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It names no origin.
    NoOrigin,
    /// It names no method, or none that exists.
    NoMethod,
    /// There are no rules.
    NotEnabled,
    /// No rule fits.
    NotAllowed,
}

impl Rules {
    /// These rules, in this order.
    #[must_use]
    pub const fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// The headers of the answer to a preflight.
    ///
    /// # Errors
    /// [`Refusal`] when the request is not to be made.
    pub fn preflight(&self, request: &HeaderMap) -> Result<HeaderMap, Refusal> {
        let origin = request.get(ORIGIN).ok_or(Refusal::NoOrigin)?;
        let method = request.get(ACCESS_CONTROL_REQUEST_METHOD).and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        let method = method.ok_or(Refusal::NoMethod)?;
        if self.0.is_empty() {
            return Err(Refusal::NotEnabled);
        }
        let asked = request.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
        let mut names = Vec::new();
        for line in asked {
            let line = line.to_str().map_err(|_| Refusal::NotAllowed)?;
            names.extend(line.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()));
        }
        let fits = |rule: &&Rule| rule.allows(origin, &method) && names.iter().all(|name| rule.allows_header(name));
        let rule = self.0.iter().find(fits).ok_or(Refusal::NotAllowed)?;
        let mut answer = rule.answer(origin);
        if !names.is_empty() {
            insert(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, &names.join(", "));
        }
        insert(&mut answer, ACCESS_CONTROL_MAX_AGE, &rule.max_age_seconds.to_string());
        Ok(answer)
    }

    /// The headers that the answer to an actual request gets, an error too. None of them when the
    /// request names no origin or no rule fits.
    #[must_use]
    pub fn actual(&self, request: &HeaderMap, method: &Method) -> HeaderMap {
        let rule = request.get(ORIGIN).and_then(|origin| Some((origin, self.0.iter().find(|rule| rule.allows(origin, method))?)));
        rule.map(|(origin, rule)| rule.answer(origin)).unwrap_or_default()
    }
}

impl Rule {
    fn allows(&self, origin: &HeaderValue, method: &Method) -> bool {
        self.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) && self.methods.contains(method)
    }

    fn allows_header(&self, name: &str) -> bool {
        self.headers.iter().any(|allowed| match allowed.split_once('*') {
            Some((before, after)) => name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after),
            None => *allowed == name,
        })
    }

    fn answer(&self, origin: &HeaderValue) -> HeaderMap {
        let mut answer = HeaderMap::new();
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let methods: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        insert(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, &methods.join(", "));
        if !self.expose.is_empty() {
            insert(&mut answer, ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose.join(", "));
        }
        // S3 says so whenever the rule does not allow every origin.
        answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        answer.insert(VARY, VARIES);
        answer
    }
}

fn insert(answer: &mut HeaderMap, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "http://127.0.0.1:3000";

    fn rules() -> Rules {
        let rule = |methods: &[Method], headers: &[&'static str]| Rule {
            origins: vec![PORTAL.to_owned(), "http://localhost:3000".to_owned()],
            methods: methods.to_vec(),
            headers: headers.to_vec(),
            expose: vec!["ETag", "Date"],
            max_age_seconds: 3_000,
        };
        Rules::new(vec![rule(&[Method::GET, Method::HEAD], &["range"]), rule(&[Method::GET, Method::PUT], &["content-type", "x-amz-*"])])
    }

    fn request(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
    }

    fn preflight(origin: &str, method: &str, headers: &str) -> Result<HeaderMap, Refusal> {
        rules().preflight(&request(&[
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ]))
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let answer = preflight(PORTAL, "GET", "Range").unwrap();
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_ORIGIN], PORTAL);
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_METHODS], "GET, HEAD");
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_HEADERS], "range");
        assert_eq!(answer[ACCESS_CONTROL_MAX_AGE], "3000");
        assert_eq!(answer[ACCESS_CONTROL_EXPOSE_HEADERS], "ETag, Date");
        assert_eq!(answer[VARY], VARIES);
        let answer = preflight("http://localhost:3000", "GET", "X-Amz-Date,content-type").unwrap();
        assert_eq!(answer[ACCESS_CONTROL_ALLOW_METHODS], "GET, PUT");
    }

    #[test]
    fn what_no_rule_allows_is_refused() {
        for (origin, method, headers) in [
            ("https://127.0.0.1:3000", "GET", ""),
            ("http://127.0.0.1:30001", "GET", ""),
            ("http://127.0.0.1", "GET", ""),
            ("http://evil.example", "GET", ""),
            ("null", "GET", ""),
            ("*", "GET", ""),
            (PORTAL, "DELETE", ""),
            (PORTAL, "PUT", "range"),
            (PORTAL, "GET", "range, x-amz-date"),
            (PORTAL, "PUT", "x-amz"),
            (PORTAL, "PUT", "cookie"),
        ] {
            assert_eq!(preflight(origin, method, headers).unwrap_err(), Refusal::NotAllowed, "{origin} {method} {headers}");
        }
        assert_eq!(rules().preflight(&HeaderMap::new()).unwrap_err(), Refusal::NoOrigin);
        assert_eq!(rules().preflight(&request(&[("origin", PORTAL)])).unwrap_err(), Refusal::NoMethod);
        assert_eq!(preflight(PORTAL, "G T", "").unwrap_err(), Refusal::NoMethod);
        let asked = request(&[("origin", PORTAL), ("access-control-request-method", "GET")]);
        assert_eq!(Rules::default().preflight(&asked).unwrap_err(), Refusal::NotEnabled);
    }

    #[test]
    fn actual_requests_from_elsewhere_get_nothing() {
        let rules = rules();
        assert_eq!(rules.actual(&request(&[("origin", PORTAL)]), &Method::HEAD)[ACCESS_CONTROL_ALLOW_ORIGIN], PORTAL);
        assert!(rules.actual(&request(&[("origin", "http://evil.example")]), &Method::GET).is_empty());
        assert!(rules.actual(&request(&[("origin", PORTAL)]), &Method::DELETE).is_empty());
        assert!(rules.actual(&HeaderMap::new(), &Method::GET).is_empty());
    }
}
