//! The built site: glue, wasm, style sheet, icons.
//!
//! It is read once, at the start, with the compressed forms that cargo-leptos lays beside the files,
//! and served from memory. Names carry no hash, so browsers ask each time and get a short "not
//! modified"; the tag is made of the content, since images are often built with one date for all.

use crate::server::config;
use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use leptos::prelude::LeptosOptions;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Name of glue, wasm and style sheet; cargo-leptos takes it from Cargo.toml.
const OUTPUT: &str = "vestibule";
/// Folders below the root that are looked into.
const DEPTH: usize = 6;
/// Where `cargo leptos watch` tells pages to reload; `reload-port` in Cargo.toml.
const RELOAD_PORT: u32 = 3_011;

/// The files of the site.
#[derive(Debug)]
pub struct Site {
    root: Option<PathBuf>,
    watched: bool,
    files: HashMap<String, File>,
}

#[derive(Debug)]
struct File {
    kind: &'static str,
    tag: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Site {
    /// The site that the environment names, else beside the program (`site`, `../site`), else in
    /// `target/site`.
    #[must_use]
    pub fn find() -> Self {
        let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(Path::to_path_buf));
        let candidates = config::site_root()
            .into_iter()
            .chain(beside.into_iter().flat_map(|folder| [folder.join("site"), folder.join("../site")]))
            .chain([PathBuf::from("target/site")]);
        let root = candidates.into_iter().find(|folder| folder.join("pkg").is_dir());
        if root.is_none() {
            tracing::warn!("the built site is not beside the program, not in target/site and not at LEPTOS_SITE_ROOT: pages will not run");
        }
        Self::at(root, config::started_by_cargo_leptos())
    }

    /// The site in this folder, or none; read anew for every request where it is `watched`.
    #[must_use]
    pub fn at(root: Option<PathBuf>, watched: bool) -> Self {
        let files = root.as_deref().map(read).unwrap_or_default();
        Self { root, watched, files }
    }

    /// Whether `cargo leptos watch` rebuilds the site while the portal runs.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watched
    }

    /// The options that Leptos renders with.
    #[must_use]
    pub fn leptos_options(&self) -> LeptosOptions {
        let root = self.root.as_deref().unwrap_or(Path::new("target/site")).to_string_lossy().into_owned();
        LeptosOptions::builder().output_name(OUTPUT).site_root(root).site_pkg_dir("pkg").reload_port(RELOAD_PORT).build()
    }

    /// The file at a path.
    #[must_use]
    pub fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if self.watched {
            let files = self.root.as_deref().map(read).unwrap_or_default();
            return files.get(path).map(|file| file.answer(headers));
        }
        self.files.get(path).map(|file| file.answer(headers))
    }
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let common = [
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (VARY, HeaderValue::from_static("accept-encoding")),
            (ETAG, self.tag.clone()),
        ];
        let tags = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        if tags.map(str::trim).any(|tag| tag == "*" || tag.as_bytes() == self.tag.as_bytes()) {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let (body, encoding) = match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepts(headers, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(headers, "gzip") => (gzip, Some("gzip")),
            _ => (&self.plain, None),
        };
        let mut response = (common, [(CONTENT_TYPE, self.kind)], Body::from(body.clone())).into_response();
        if let Some(encoding) = encoding {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// Whether the request names the encoding, other than to refuse it.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding))
            && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn read(root: &Path) -> HashMap<String, File> {
    let mut files = HashMap::new();
    walk(root, "", DEPTH, &mut files);
    // A server that was not compiled by cargo-leptos asks for wasm-bindgen's name of the wasm.
    let (ours, theirs) = (format!("/pkg/{OUTPUT}.wasm"), format!("/pkg/{OUTPUT}_bg.wasm"));
    for (missing, present) in [(&ours, &theirs), (&theirs, &ours)] {
        if !files.contains_key(missing)
            && let Some(File { kind, tag, plain, brotli, gzip }) = files.get(present)
        {
            let copy = File { kind, tag: tag.clone(), plain: plain.clone(), brotli: brotli.clone(), gzip: gzip.clone() };
            files.insert(missing.clone(), copy);
        }
    }
    files
}

fn walk(folder: &Path, url: &str, depth: usize, files: &mut HashMap<String, File>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(name)) = (entry.path(), entry.file_name().into_string()) else { continue };
        let url = format!("{url}/{name}");
        if path.is_dir() {
            if depth > 0 {
                walk(&path, &url, depth - 1, files);
            }
        } else if let (Some(kind), Ok(content)) = (kind_of(&name), std::fs::read(&path)) {
            let beside = |extension: &str| std::fs::read(folder.join(format!("{name}.{extension}"))).ok().map(Bytes::from);
            let digest = hex::encode(&Sha256::digest(&content)[..12]);
            let Ok(tag) = HeaderValue::from_str(&format!("W/\"{digest}\"")) else { continue };
            files.insert(url, File { kind, tag, plain: Bytes::from(content), brotli: beside("br"), gzip: beside("gz") });
        }
    }
}

/// The media type, for the kinds of file that a site has; others are not served.
fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "png" => "image/png",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> (tempfile::TempDir, Site) {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("pkg")).unwrap();
        for (name, content) in
            [("vestibule.js", "plain"), ("vestibule.js.br", "brotli"), ("vestibule.js.gz", "gzip"), ("vestibule.wasm", "w")]
        {
            std::fs::write(root.path().join("pkg").join(name), content).unwrap();
        }
        std::fs::write(root.path().join("secret.pem"), "no").unwrap();
        let site = Site::at(Some(root.path().into()), false);
        (root, site)
    }

    fn headers(lines: &[(http::HeaderName, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    async fn body(response: Response) -> Bytes {
        axum::body::to_bytes(response.into_body(), 1_024).await.unwrap()
    }

    #[tokio::test]
    async fn the_smallest_form_that_the_browser_takes() {
        let (_root, site) = site();
        for (accepted, expected) in [("gzip, deflate, br", "brotli"), ("gzip;q=1.0, br;q=0", "gzip"), ("identity", "plain"), ("", "plain")]
        {
            let response = site.answer("/pkg/vestibule.js", &headers(&[(ACCEPT_ENCODING, accepted)])).unwrap();
            assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
            assert_eq!(body(response).await, expected, "{accepted}");
        }
    }

    #[test]
    fn asking_again_is_answered_with_not_modified() {
        let (_root, site) = site();
        let first = site.answer("/pkg/vestibule.js", &HeaderMap::new()).unwrap();
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let again = site.answer("/pkg/vestibule.js", &headers(&[(IF_NONE_MATCH, &tag)])).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        let other = site.answer("/pkg/vestibule.wasm", &headers(&[(IF_NONE_MATCH, &tag)])).unwrap();
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn only_files_of_the_site_are_served() {
        let (_root, site) = site();
        for path in ["/secret.pem", "/pkg/vestibule.js.br", "/pkg", "/pkg/", "/../Cargo.toml", "/pkg/../secret.pem", "//pkg/vestibule.js"] {
            assert!(site.answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
        assert!(site.answer("/pkg/vestibule_bg.wasm", &HeaderMap::new()).is_some(), "wasm under both of its names");
    }
}
