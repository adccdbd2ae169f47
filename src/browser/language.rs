//! The language of the page: what the person chose, and the texts that come with it.

use super::platform;
use crate::words::{self, LANGUAGES, Source};

/// The language that is chosen: a code of [`LANGUAGES`], or whatever else somebody put there; `None` where the browser
/// decides.
#[must_use]
pub fn chosen() -> Option<String> {
    let cookies = platform::cookies();
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, code)| (name == words::COOKIE).then(|| code.to_owned()))
}

/// Keeps the choice for a year, where the server finds it too; `None` leaves it to the browser.
pub fn choose(code: Option<&str>) {
    let life = if code.is_some() { "31536000" } else { "0" };
    platform::set_cookie(&[words::COOKIE, "=", code.unwrap_or_default(), ";path=/;samesite=lax;max-age=", life].concat());
}

/// The language that the browser asks for first of those that there are; English where it asks for none of them.
#[must_use]
pub fn of_browser() -> &'static str {
    let offered = |tag: &String| LANGUAGES.iter().find(|(code, _)| tag.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case(code)));
    platform::languages().iter().find_map(offered).map_or("en", |(code, _)| *code)
}

/// Has the page go on in another language. `false` when its texts cannot be loaded; then it stays as it is.
pub async fn speak(code: &str) -> bool {
    if code == "en" {
        words::speak(None);
    } else {
        let path = ["/pkg/words.", code, ".js"].concat();
        if !platform::load_script(&path, Source::ELEMENT).await {
            return false;
        }
        words::speak_as_the_page();
    }
    let language = words::language();
    platform::set_language(language.code, language.direction);
    true
}
