//! Leaving the page, or having the browser do something with a URL.

use super::platform;

/// How long nobody is sent to sign in again after a tab was.
pub const SIGN_IN_PAUSE_MILLIS: i64 = 60_000;

/// What came of [`sign_in_again`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The page is being loaded anew, by way of the sign-in.
    Leaving,
    /// This or another tab was sent less than a minute ago.
    TooSoon,
}

/// Has the browser fetch `url` and save what comes, without leaving the page, without a `Referer`
/// and without the URL ever standing in the document. The answer must say
/// `Content-Disposition: attachment`.
pub fn download(url: &str) {
    platform::download(url);
}

/// Loads the portal's page at `path`.
pub fn go(path: &str) {
    platform::go(path);
}

/// The path of the address, as the browser has it; `None` on the server.
#[must_use]
pub fn path() -> Option<String> {
    platform::path()
}

/// The query of the page's URL, with its `?`. Empty on the server.
#[must_use]
pub fn query() -> String {
    platform::query()
}

/// Scheme, host and port of the page's URL. Empty on the server.
#[must_use]
pub fn origin() -> String {
    platform::origin()
}

/// Leaves the page by a form's POST to `action`, as if the person had sent it. The content security policy of the page has to
/// name where it may go.
pub fn post(action: &str, fields: &[(&str, &str)]) {
    platform::post(action, fields);
}

/// Keeps `note` with this entry of the tab's history and, where `href` is given, puts that into the address bar.
/// The page and its router stay as they are.
pub fn keep_note(note: &str, href: Option<&str>) {
    platform::keep_note(note, href);
}

/// The note that was kept with this entry of the tab's history; `None` where the tab has come for the first time.
#[must_use]
pub fn kept_note() -> Option<String> {
    platform::kept_note()
}

/// Loads this page again at its URL. The balancer sends the person to sign in and back here.
pub fn reload() {
    platform::reload();
}

/// Loads the page again because the balancer's session has ended: in one tab, at most once a
/// minute, lest sign-ins race each other for the balancer's nonce cookie or turn in circles.
///
/// The time of the last one stands in local storage, which all tabs see. It is no secret.
pub async fn sign_in_again() -> SignIn {
    if platform::reload_alone("vestibule-sign-in", may_navigate).await { SignIn::Leaving } else { SignIn::TooSoon }
}

/// Whether a tab may be sent to sign in at `now`, `last` being when one was. A time in the future
/// (the clock was set back) does not count.
fn may_navigate(last: Option<i64>, now: i64) -> bool {
    last.is_none_or(|last| last > now || now - last >= SIGN_IN_PAUSE_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::may_navigate;

    #[test]
    fn once_a_minute() {
        let now = 1_795_415_575_000;
        assert!(may_navigate(None, now));
        assert!(!may_navigate(Some(now), now));
        assert!(!may_navigate(Some(now - 59_999), now));
        assert!(may_navigate(Some(now - 60_000), now));
        assert!(may_navigate(Some(now + 1), now));
    }
}
