//! Pages without the program.

use crate::words::{Language, language};
use axum::response::{Html, IntoResponse, Response};
use http::header::CACHE_CONTROL;
use quick_xml::escape::escape;

/// A link: its attributes as HTML, and its text.
pub(super) type Link<'a> = (&'a str, &'a str);

/// A page of paragraphs, with links at its end.
pub(super) fn page(title: &str, heading: &str, paragraphs: &[&str], links: &[Link<'_>]) -> Response {
    let Language { code, direction } = language();
    let paragraphs: String = paragraphs.iter().map(|paragraph| format!("<p>{}</p>\n", escape(*paragraph))).collect();
    let links: Vec<String> = links.iter().map(|(attributes, text)| format!("<a {attributes}>{}</a>", escape(*text))).collect();
    let (title, heading) = (escape(title), escape(heading));
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · Vestibule</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"/pkg/vestibule.css\"></head>\n\
         <body class=\"plain\"><main><h1>{heading}</h1>\n{paragraphs}<p>{}</p>\n</main></body></html>\n",
        links.join(" ")
    );
    ([(CACHE_CONTROL, "private, no-store")], Html(html)).into_response()
}
