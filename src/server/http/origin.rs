//! Where a request comes from.
//!
//! The balancer's cookie is `SameSite=None`, so other sites' requests arrive signed in. Browsers say
//! where a request comes from in `Sec-Fetch-Site`, which pages cannot set; older ones in `Origin`.

use http::{HeaderMap, HeaderName};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const VESTIBULE_CLIENT: HeaderName = HeaderName::from_static("x-vestibule-client");

/// Whether a call may come from where it says: from our own pages, or from a program that is not a
/// browser and says so in a header that other sites' pages may not send without being asked first.
#[must_use]
pub fn is_own(headers: &HeaderMap, public_url: &str) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    match (sites.next(), sites.next()) {
        (Some(site), None) => return site == "same-origin",
        (Some(_), Some(_)) => return false,
        (None, _) => {}
    }
    let mut origins = headers.get_all(http::header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.as_bytes() == public_url.as_bytes(),
        (Some(_), Some(_)) => false,
        (None, _) => headers.contains_key(VESTIBULE_CLIENT),
    }
}

/// Whether the browser keeps back where a request comes from: it is too old for `Sec-Fetch-Site`, and withholds the
/// `Origin` of forms on pages that are sent no-referrer, as ours are. Another site's page can be behind it as well.
#[must_use]
pub fn is_unsaid(headers: &HeaderMap) -> bool {
    !headers.contains_key(SEC_FETCH_SITE) && headers.get_all(http::header::ORIGIN).iter().eq(["null"])
}

/// Whether a navigation was begun by another site's page. One that a person typed, or that says
/// nothing, was not.
#[must_use]
pub fn is_navigation_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_SITE).iter().any(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_matrix() {
        let own = |lines: &[(&'static str, &'static str)]| is_own(&headers(lines), "https://portal.example.com");
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "https://portal.example.com")]));
        assert!(own(&[("origin", "https://portal.example.com")]));
        assert!(own(&[("x-vestibule-client", "cli")]));
        for site in ["cross-site", "same-site", "none", "", "Same-Origin"] {
            assert!(!own(&[("sec-fetch-site", site), ("origin", "https://portal.example.com"), ("x-vestibule-client", "1")]), "{site}");
        }
        for origin in ["https://portal.example.com.evil.test", "http://portal.example.com", "https://portal.example.com/", "null", ""] {
            assert!(!own(&[("origin", origin), ("x-vestibule-client", "1")]), "{origin}");
        }
        assert!(!own(&[]));
        assert!(is_unsaid(&headers(&[("origin", "null")])));
        for lines in [&[][..], &[("origin", "https://evil.example")], &[("origin", "null"), ("sec-fetch-site", "cross-site")]] {
            assert!(!is_unsaid(&headers(lines)), "{lines:?}");
        }
        let mut twice = headers(&[("sec-fetch-site", "same-origin")]);
        twice.append(SEC_FETCH_SITE, "cross-site".parse().unwrap());
        assert!(!is_own(&twice, "https://portal.example.com"));
    }
}
