use super::file::{get, method};
use super::window;
use crate::model::clock::Timestamp;
use crate::words;
use js_sys::{Array, Date, Function, Object, Reflect};
use std::cell::{OnceCell, RefCell};
use wasm_bindgen::JsValue;

/// Kinds of formatters, by their places in [`FORMATS`].
const WHOLE: usize = 0;
const TENTHS: usize = 1;
const THIS_YEAR: usize = 2;
const OTHER_YEAR: usize = 3;
const LONG: usize = 4;
const RELATIVE: usize = 5;

thread_local! {
    // Building a formatter takes the browser a hundred times longer than using it, and a screen of
    // rows uses these a hundred times. Each is made when it is first used, in the page's language.
    static FORMATS: RefCell<[Option<Format>; 6]> = const { RefCell::new([None, None, None, None, None, None]) };
    static YEAR: OnceCell<u32> = const { OnceCell::new() };
}

/// A formatter and what writes with it.
type Format = (JsValue, Function);

/// The page is in another language now.
pub(super) fn forget() {
    FORMATS.set(Default::default());
}

pub(in crate::browser) fn decimal(value: f64, fraction_digits: u32) -> String {
    let whole = value.round();
    if fraction_digits == 0 && (0.0..1_000.0).contains(&whole) {
        // Alike in every language that there is. To make a formatter takes a fifth of the time of taking a page over.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below a thousand")]
        return (whole as u32).to_string();
    }
    written(if fraction_digits == 0 { WHOLE } else { TENTHS }, &value.into(), "")
}

pub(in crate::browser) fn date_time(time: Timestamp) -> String {
    let date = date(time);
    let this_year = YEAR.with(|year| *year.get_or_init(|| Date::new_0().get_full_year()));
    written(if date.get_full_year() == this_year { THIS_YEAR } else { OTHER_YEAR }, &date, "")
}

pub(in crate::browser) fn date_time_long(time: Timestamp) -> String {
    written(LONG, &date(time), "")
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(in crate::browser) fn relative(amount: i64, unit: &'static str) -> String {
    written(RELATIVE, &(amount as f64).into(), unit)
}

/// What a formatter writes. A time outside JavaScript's range makes it throw: then nothing.
fn written(kind: usize, value: &JsValue, unit: &str) -> String {
    let text = FORMATS.with_borrow_mut(|formats| {
        let place = formats.get_mut(kind)?;
        if place.is_none() {
            *place = format(kind);
        }
        let (own, write) = place.as_ref()?;
        write.call2(own, value, &unit.into()).ok()?.as_string()
    });
    text.unwrap_or_default()
}

/// By name: each kind would bring glue of its own.
fn format(kind: usize) -> Option<Format> {
    // The page's language, as the person writes it where they say so: `en-GB` for English.
    let code = words::language().code;
    let own = get(&get(&window(), "navigator"), "language").as_string().filter(|own| own.starts_with(code));
    let (name, parts): (_, &[_]) = match kind {
        WHOLE => ("NumberFormat", &[("minimumFractionDigits", "0"), ("maximumFractionDigits", "0")]),
        TENTHS => ("NumberFormat", &[("minimumFractionDigits", "1"), ("maximumFractionDigits", "1")]),
        RELATIVE => ("RelativeTimeFormat", &[("numeric", "auto")]),
        THIS_YEAR => ("DateTimeFormat", &[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")]),
        OTHER_YEAR => ("DateTimeFormat", &[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
        _ => ("DateTimeFormat", &[("dateStyle", "full"), ("timeStyle", "long")]),
    };
    let kind = method(&get(&window(), "Intl"), name)?;
    let format = Reflect::construct(&kind, &Array::of2(&own.as_deref().unwrap_or(code).into(), &options(parts))).ok()?;
    let write = method(&format, "format")?;
    Some((format, write))
}

fn options(parts: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in parts {
        // Setting a property of a plain new object cannot fail.
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    options
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript's times are floats of milliseconds")]
fn date(time: Timestamp) -> Date {
    Date::new(&(time.millis() as f64).into())
}
