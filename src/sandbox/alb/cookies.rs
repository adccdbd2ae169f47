//! Cookies: the session in shards of at most 4 KB, `NAME-0`, `NAME-1`, …, as ALB writes them.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// Bytes of a cookie's name and value together.
const SHARD_LIMIT: usize = 4_096;
/// Most shards that ALB writes.
const MOST_SHARDS: usize = 4;
/// ALB's cookies always say seven days, whatever the session's life.
const MAX_AGE: u32 = 604_800;
/// What every cookie of the balancer says. `SameSite=None` is AWS's choice.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=None";
/// The cookie that ties a sign-in to the browser that began it.
pub(super) const NONCE: &str = "AWSALBAuthNonce";

/// The value of the one cookie of this name. `None` when there is none, or more than one: which
/// of them counts would be up to whoever can plant a cookie.
pub(super) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = pairs(headers).filter_map(|(other, value)| (other == name).then_some(value));
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// All shards together, from `-0` up to the first that is missing.
pub(super) fn read_shards(headers: &HeaderMap, name: &str) -> Option<String> {
    let shards: Vec<&str> = (0..MOST_SHARDS).map_while(|number| read(headers, &shard_name(name, number))).collect();
    if shards.is_empty() { None } else { Some(shards.concat()) }
}

/// The headers that set `sealed` and expire what is left of a longer session before it.
pub(super) fn write_shards(name: &str, sealed: &str, before: &HeaderMap) -> Vec<HeaderValue> {
    let room = SHARD_LIMIT - shard_name(name, 0).len();
    let shards: Vec<&[u8]> = sealed.as_bytes().chunks(room).collect();
    debug_assert!(shards.len() <= MOST_SHARDS, "the sandbox's tokens are far smaller");
    let set = shards.iter().enumerate().filter_map(|(number, shard)| {
        let shard = std::str::from_utf8(shard).ok()?;
        set_cookie(&format!("{}={shard}; Max-Age={MAX_AGE}", shard_name(name, number)))
    });
    let left = (shards.len()..MOST_SHARDS).filter(|&number| is_set(before, &shard_name(name, number)));
    set.chain(left.filter_map(|number| expire(&shard_name(name, number)))).collect()
}

/// The headers that expire every shard, and the nonce.
pub(super) fn expire_all(name: &str) -> Vec<HeaderValue> {
    let shards = (0..MOST_SHARDS).filter_map(|number| expire(&shard_name(name, number)));
    shards.chain(expire(NONCE)).collect()
}

/// The header that sets the nonce, until the browser closes.
pub(super) fn write_nonce(nonce: &str) -> Option<HeaderValue> {
    set_cookie(&format!("{NONCE}={nonce}"))
}

/// Adds the cookies, unless the answer itself says something about the session's: whoever signs
/// out must not be signed in again by a renewal that happened on the way.
pub(super) fn add_unless_set(response: &mut Response, name: &str, cookies: Vec<HeaderValue>) {
    let own = format!("{name}-");
    let answered = response.headers().get_all(header::SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(own.as_bytes()));
    if !answered {
        add(response, cookies);
    }
}

/// Adds the cookies.
pub(super) fn add(response: &mut Response, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn is_set(headers: &HeaderMap, name: &str) -> bool {
    pairs(headers).any(|(other, _)| other == name)
}

fn shard_name(name: &str, number: usize) -> String {
    format!("{name}-{number}")
}

fn expire(name: &str) -> Option<HeaderValue> {
    set_cookie(&format!("{name}=; Max-Age=0"))
}

fn set_cookie(begin: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{begin}; {ATTRIBUTES}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn shards_come_back_together_and_stay_small() {
        let sealed = "s".repeat(9_000);
        let set = write_shards("Session", &sealed, &HeaderMap::new());
        assert_eq!(set.len(), 3);
        let pairs: Vec<String> = set.iter().map(|line| line.to_str().unwrap().split("; ").next().unwrap().to_owned()).collect();
        for (pair, line) in pairs.iter().zip(&set) {
            assert!(pair.len() <= 4_097, "name, value and the sign between");
            assert!(line.to_str().unwrap().ends_with("; Max-Age=604800; Path=/; Secure; HttpOnly; SameSite=None"));
        }
        assert_eq!(read_shards(&cookies(&[&pairs.join("; ")]), "Session"), Some(sealed));
    }

    #[test]
    fn a_shorter_session_expires_the_shards_of_a_longer() {
        let set = write_shards("Session", "short", &cookies(&["Session-0=a; Session-1=b", "Session-2=c"]));
        let lines: Vec<&str> = set.iter().map(|line| line.to_str().unwrap()).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("Session-1=; Max-Age=0; ") && lines[2].starts_with("Session-2=; Max-Age=0; "), "{lines:?}");
    }

    #[test]
    fn a_cookie_that_stands_twice_is_none() {
        assert_eq!(read(&cookies(&["a=1; b=2", "a=3"]), "a"), None);
        assert_eq!(read(&cookies(&["a=1; b=2"]), "b"), Some("2"));
        assert_eq!(read_shards(&cookies(&["S-1=b"]), "S"), None);
    }
}
