//! `web.tls`: whether the hop from the balancer is encrypted.
//!
//! Only the setting is read here; the files that it names are read by `server::http::tls`, at the
//! start and at every reload.

use super::Tls;
use super::section::Section;
use super::source::{Entry, Node};
use std::path::PathBuf;

const CHOICES: &str = "write \"off\", \"self-signed\", or { cert = \"portal.pem\", key = \"portal.key\" }";

/// Reads `tls` of the section `[web]`.
pub(super) fn read(section: &mut Section<'_>, file: &str) -> Option<Tls> {
    match section.take("tls") {
        None => Some(Tls::Off),
        Some(Entry { node: Node::Text(text), .. }) => match text.as_str() {
            "off" => Some(Tls::Off),
            "self-signed" => Some(Tls::SelfSigned),
            other => {
                section.problem("tls", format!("does not know \"{other}\""), CHOICES);
                None
            }
        },
        Some(entry @ Entry { node: Node::Table(_), .. }) => {
            let mut inner = Section::open("web.tls", Some(entry), file, section.problems());
            let cert = inner.required_text("cert", "/etc/vestibule/portal.pem").map(PathBuf::from);
            let key = inner.required_text("key", "/etc/vestibule/portal.key").map(PathBuf::from);
            inner.close();
            Some(Tls::Files { cert: cert?, key: key? })
        }
        Some(Entry { node, .. }) => {
            section.problem("tls", format!("expected a word or a table, found {}", node.kind()), CHOICES);
            None
        }
    }
}
