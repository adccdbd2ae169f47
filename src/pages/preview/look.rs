//! Reads what a preview needs of an object, and no more.

use crate::browser::object_url::ObjectUrl;
use crate::browser::{decoder, format};
use crate::preview::document::{self, Content, Document};
use crate::preview::parquet::{Next, Problem, Reader};
use crate::preview::sniff::{self, Kind, Syntax};
use crate::preview::table::{ROWS, Table};
use crate::preview::text::{self, Decoded};
use crate::preview::{encoding, gzip, hex, parquet};
use crate::state::credentials::CredentialStore;
use crate::state::details::Subject;
use crate::state::failure::Failure;
use crate::state::preview::{self, Mark};
use crate::ui::lazy::{Unloaded, loaded};
use crate::words::t;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, try_join_all};
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of text that are read at first and by each further step, and most of them together.
const TEXT_STEP: u64 = 256 * 1024;
const MOST_TEXT: u64 = 2 * 1024 * 1024;

/// Largest picture that is read unasked, and at all.
const PICTURE: u64 = 4 * 1024 * 1024;
const MOST_PICTURE: u64 = 64 * 1024 * 1024;

/// Largest drawing: it stands in an address.
const MOST_DRAWING: u64 = 1024 * 1024;

/// Most rows that are shown of a table.
const MOST_ROWS: usize = parquet::MOST_ROWS;

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) subject: Subject,
    pub(super) size: u64,
    pub(super) media_type: String,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) kind: Kind,
    pub(super) body: Body,
    /// Bytes of the whole object.
    pub(super) size: u64,
    /// What the object says it is.
    pub(super) stored: String,
    /// Its first bytes, where more of them can be asked for, and how to tell that they are of the same object.
    bytes: Vec<u8>,
    mark: Mark,
    /// Rows that a table may have.
    rows: usize,
}

/// What is shown.
#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Text(Laid),
    Hex(String),
    Picture(ObjectUrl),
    /// The address holds it all.
    Drawing(String),
    /// Sound or a film: at an address of the bucket, or of this page where the bucket takes none with a signature.
    Player(Option<ObjectUrl>),
    Pdf,
    Rows(Arc<Mutex<Reader>>, Table),
    /// It is not read unasked: so many bytes.
    Large(u64),
    /// It cannot be shown, in a sentence.
    Not(String),
}

/// A text that is laid out.
#[derive(Debug)]
pub(super) struct Laid {
    pub(super) document: Document,
    pub(super) encoding: Cow<'static, str>,
    pub(super) syntax: Syntax,
    /// How many bytes of the object it is made of.
    pub(super) read: u64,
    /// Whether there is more of it.
    pub(super) cut: bool,
}

impl Seen {
    fn of(kind: Kind, body: Body, size: u64, stored: String) -> Self {
        Self { kind, body, size, stored, bytes: Vec::new(), mark: Mark::default(), rows: ROWS }
    }

    /// Whether more of it can be shown.
    pub(super) fn has_more(&self) -> bool {
        match &self.body {
            Body::Text(laid) => self.hidden_rows(laid) || laid.cut && laid.read < self.size.min(MOST_TEXT) && self.rows < MOST_ROWS,
            Body::Rows(_, table) => table.rows.len() < MOST_ROWS && table.all_rows > Some(table.rows.len() as u64),
            _ => false,
        }
    }

    /// Whether what was read holds more rows than are shown.
    fn hidden_rows(&self, laid: &Laid) -> bool {
        matches!(&laid.document.content, Content::Table(table) if table.rows.len() == self.rows && self.rows < MOST_ROWS)
    }
}

/// Looks at an object. `insist`: also where that takes many bytes.
pub(super) async fn look(store: CredentialStore, asked: &Asked, insist: bool) -> Result<Seen, Failure> {
    let Asked { subject, size, media_type } = asked;
    if *size == 0 {
        return Ok(Seen::of(Kind::Empty, Body::Empty, 0, media_type.clone()));
    }
    let first = if sniff::is_likely_read(&subject.key, media_type) { TEXT_STEP } else { sniff::ENOUGH };
    let part = match preview::read(store, subject, 0, first.min(*size) - 1).await {
        Ok(part) => part,
        // It has become empty since it was listed.
        Err(failure) if failure.code.as_deref() == Some("InvalidRange") => {
            return Ok(Seen::of(Kind::Empty, Body::Empty, 0, media_type.clone()));
        }
        Err(failure) => return Err(failure),
    };
    let size = part.mark.size.unwrap_or(*size);
    let stored = part.mark.media_type.clone().unwrap_or_else(|| media_type.clone());
    let kind = sniff::kind(&part.bytes, &subject.key, &stored);
    let whole = Whole { store, subject, mark: part.mark };
    let first = part.bytes;
    let mut seen = Seen::of(kind, Body::Empty, size, stored);
    seen.body = match kind {
        Kind::Empty => Body::Empty,
        Kind::Image(media_type) if size <= if insist { MOST_PICTURE } else { PICTURE } => {
            picture(&whole.rest(first, size).await?, media_type)
        }
        Kind::Drawing if size <= MOST_DRAWING => Body::Drawing(drawing(&whole.rest(first, size).await?)),
        Kind::Audio(_) | Kind::Video(_) if preview::has_addresses(store, subject) => Body::Player(None),
        Kind::Audio(media_type) | Kind::Video(media_type) if insist && size <= MOST_PICTURE => {
            let bytes = whole.rest(first, size).await?;
            ObjectUrl::of(&bytes, media_type).map_or_else(no_room, |url| Body::Player(Some(url)))
        }
        Kind::Image(_) | Kind::Audio(_) | Kind::Video(_) => large(size),
        Kind::Pdf if !crate::browser::media::shows_pdf() => Body::Not(t!("This browser shows no PDFs in a page.").to_owned()),
        Kind::Pdf if !preview::has_addresses(store, subject) => Body::Not(
            t!("The bucket takes no address with a signature in it, and only at one can the browser itself show a PDF safely.").to_owned(),
        ),
        Kind::Pdf => Body::Pdf,
        Kind::Parquet => {
            let mut reader = Reader::new(size);
            reader.give(0, &first);
            rows(&whole, Arc::new(Mutex::new(reader)), ROWS).await?
        }
        Kind::Drawing | Kind::Gzip | Kind::Other(_) => {
            let bytes = whole.rest(first, size.min(TEXT_STEP)).await?;
            seen.mark = whole.mark.clone();
            let body = lay_out(&bytes, kind, &subject.key, &seen.stored, size, ROWS).await?;
            seen.bytes = bytes;
            body
        }
    };
    Ok(seen)
}

/// Shows more of it.
pub(super) async fn more(store: CredentialStore, asked: &Asked, seen: &Seen) -> Result<Seen, Failure> {
    let rows = (seen.rows + ROWS).min(MOST_ROWS);
    let mark = seen.mark.clone();
    let whole = Whole { store, subject: &asked.subject, mark: mark.clone() };
    let mut bytes = Vec::new();
    let body = match &seen.body {
        Body::Rows(reader, _) => self::rows(&whole, Arc::clone(reader), rows).await?,
        Body::Text(laid) => {
            let end = if seen.hidden_rows(laid) { laid.read } else { (laid.read + TEXT_STEP).min(seen.size) };
            bytes = whole.rest(seen.bytes.clone(), end).await?;
            lay_out(&bytes, seen.kind, &asked.subject.key, &seen.stored, seen.size, rows).await?
        }
        _ => return look(store, asked, true).await,
    };
    Ok(Seen { kind: seen.kind, body, size: seen.size, stored: seen.stored.clone(), bytes, mark, rows })
}

/// The object that bytes are read of.
struct Whole<'a> {
    store: CredentialStore,
    subject: &'a Subject,
    mark: Mark,
}

impl Whole<'_> {
    /// Reads on to the one before `end`, in steps.
    async fn rest(&self, mut bytes: Vec<u8>, end: u64) -> Result<Vec<u8>, Failure> {
        while (bytes.len() as u64) < end {
            let first = bytes.len() as u64;
            bytes.extend(self.read(first, end.min(first + parquet::STEP) - 1).await?);
        }
        Ok(bytes)
    }

    async fn read(&self, first: u64, last: u64) -> Result<Vec<u8>, Failure> {
        let part = preview::read(self.store, self.subject, first, last).await?;
        if part.mark.fits(&self.mark) && part.bytes.len() as u64 == last - first + 1 { Ok(part.bytes) } else { Err(preview::changed()) }
    }
}

fn picture(bytes: &[u8], media_type: &'static str) -> Body {
    ObjectUrl::of(bytes, media_type).map_or_else(no_room, Body::Picture)
}

fn no_room() -> Body {
    Body::Not(t!("The browser has no room for it.").to_owned())
}

fn large(size: u64) -> Body {
    if size <= MOST_PICTURE {
        Body::Large(size)
    } else {
        Body::Not(t!("It is larger than {size}, the most that a preview reads of it.", size = format::size(MOST_PICTURE)))
    }
}

/// A drawing in an address of its own: opened by itself it is a document of no origin at all, which one at an address of
/// this page would not be.
fn drawing(bytes: &[u8]) -> String {
    format!("data:image/svg+xml,{}", percent_encoding::percent_encode(bytes, percent_encoding::NON_ALPHANUMERIC))
}

/// Lays out the first bytes of what is text, perhaps packed.
async fn lay_out(bytes: &[u8], kind: Kind, key: &str, stored: &str, size: u64, rows: usize) -> Result<Body, Failure> {
    let (read, mut cut) = (bytes.len() as u64, (bytes.len() as u64) < size);
    let mut unpacked = None;
    let mut inner = kind;
    if kind == Kind::Gzip {
        let Some(inside) = gzip::unpack(bytes, MOST_TEXT as usize) else {
            return Ok(Body::Not(t!("It is packed with gzip, and damaged.").to_owned()));
        };
        cut |= inside.cut;
        // Of what is packed, the stored type says nothing more than that.
        inner = sniff::kind(&inside.bytes, key, if stored.contains("gzip") { "" } else { stored });
        unpacked = Some(inside.bytes);
    }
    let bytes = unpacked.as_deref().unwrap_or(bytes);
    let syntax = match inner {
        Kind::Other(syntax) => syntax,
        Kind::Drawing => Syntax::Named("XML"),
        Kind::Empty => return Ok(Body::Empty),
        other => {
            return Ok(Body::Not(t!(
                "It is packed with gzip; what is in it is {kind}, which is not shown from there.",
                kind = other.name()
            )));
        }
    };
    let (text, encoding) = match text::decode(bytes, cut) {
        Decoded::Text(text, encoding) => (text, encoding.into()),
        Decoded::Binary => return Ok(Body::Hex(hex::dump(bytes))),
        Decoded::Older => encoding::decode(bytes, cut, stored, &decoder::decode),
    };
    Ok(Body::Text(Laid { document: document::lay_out(text, cut, syntax, rows), encoding, syntax, read, cut }))
}

/// Reads rows of a Parquet file.
async fn rows(whole: &Whole<'_>, reader: Arc<Mutex<Reader>>, rows: usize) -> Result<Body, Failure> {
    if !loaded(load_next).await {
        return Err(unloaded());
    }
    loop {
        match next(Arc::clone(&reader), rows).await.map_err(|_| unloaded())? {
            Err(problem) => return Ok(Body::Not(problem.to_string())),
            Ok(Next::Rows(table)) => return Ok(Body::Rows(reader, table)),
            Ok(Next::Read(ranges)) => {
                // The browser itself asks a host for no more than six at a time.
                for some in ranges.chunks(6) {
                    let parts = try_join_all(some.iter().map(|(first, last)| whole.read(*first, *last))).await?;
                    let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                    for ((first, _), bytes) in some.iter().zip(parts) {
                        reader.give(*first, &bytes);
                    }
                }
            }
        }
    }
}

#[wasm_split(parquet, wasm_split_path = leptos::wasm_split, fallible, preload(preload_next))]
fn next(reader: Arc<Mutex<Reader>>, rows: usize) -> Result<Result<Next, Problem>, Unloaded> {
    Ok(reader.lock().unwrap_or_else(PoisonError::into_inner).next(rows))
}

fn load_next() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    preload_next().boxed_local()
}

fn unloaded() -> Failure {
    Failure::new(
        t!("The portal did not send the part of its program that reads such objects."),
        t!("Try again. If it stays, reload the page."),
    )
    .retryable()
}
