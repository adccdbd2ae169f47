use super::window;
use crate::model::clock::Timestamp;
use crate::words;
use js_sys::{Array, Date, Intl, Object, Reflect};
use std::cell::{OnceCell, RefCell};
use wasm_bindgen::JsValue;

thread_local! {
    // Building a formatter takes the browser a hundred times longer than using it, and a screen of
    // rows uses these a hundred times.
    static FORMATS: RefCell<Formats> = RefCell::default();
    static YEAR: OnceCell<u32> = const { OnceCell::new() };
}

/// Those of the page's language, each made when it is first used.
#[derive(Default)]
struct Formats {
    whole: OnceCell<Intl::NumberFormat>,
    tenths: OnceCell<Intl::NumberFormat>,
    this_year: OnceCell<Intl::DateTimeFormat>,
    other_year: OnceCell<Intl::DateTimeFormat>,
    long: OnceCell<Intl::DateTimeFormat>,
    relative: OnceCell<Intl::RelativeTimeFormat>,
}

/// The page is in another language now.
pub(super) fn forget() {
    FORMATS.with_borrow_mut(|formats| *formats = Formats::default());
}

pub(in crate::browser) fn decimal(value: f64, fraction_digits: u32) -> String {
    FORMATS.with_borrow(|formats| {
        let format = if fraction_digits == 0 { &formats.whole } else { &formats.tenths };
        let format = format.get_or_init(|| number_format(fraction_digits));
        text(format.format().call1(&JsValue::UNDEFINED, &value.into()))
    })
}

pub(in crate::browser) fn date_time(time: Timestamp) -> String {
    let date = date(time);
    let this_year = YEAR.with(|year| *year.get_or_init(|| Date::new_0().get_full_year()));
    FORMATS.with_borrow(|formats| {
        let format = if date.get_full_year() == this_year {
            formats
                .this_year
                .get_or_init(|| date_format(&[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")]))
        } else {
            formats.other_year.get_or_init(|| date_format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]))
        };
        text(format.format().call1(&JsValue::UNDEFINED, &date))
    })
}

pub(in crate::browser) fn date_time_long(time: Timestamp) -> String {
    FORMATS.with_borrow(|formats| {
        let format = formats.long.get_or_init(|| date_format(&[("dateStyle", "full"), ("timeStyle", "long")]));
        text(format.format().call1(&JsValue::UNDEFINED, &date(time)))
    })
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(in crate::browser) fn relative(amount: i64, unit: &'static str) -> String {
    FORMATS.with_borrow(|formats| {
        let format = formats.relative.get_or_init(|| Intl::RelativeTimeFormat::new(&locales(), &options(&[("numeric", "auto")])));
        format.format(amount as f64, unit).into()
    })
}

/// The page's language, as the person writes it where they say so: `en-GB` for English.
fn locales() -> Array {
    let code = words::language().code;
    let own = window().navigator().languages().iter().find(|tag| tag.as_string().is_some_and(|tag| tag.starts_with(code)));
    Array::of1(&own.unwrap_or_else(|| code.into()))
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript's times are floats of milliseconds")]
fn date(time: Timestamp) -> Date {
    Date::new(&(time.millis() as f64).into())
}

fn number_format(fraction_digits: u32) -> Intl::NumberFormat {
    let options = Object::new();
    set(&options, "minimumFractionDigits", &fraction_digits.into());
    set(&options, "maximumFractionDigits", &fraction_digits.into());
    Intl::NumberFormat::new(&locales(), &options)
}

fn date_format(parts: &[(&str, &str)]) -> Intl::DateTimeFormat {
    Intl::DateTimeFormat::new(&locales(), &options(parts))
}

fn options(parts: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in parts {
        set(&options, name, &(*value).into());
    }
    options
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Setting a property of a plain new object cannot fail.
    let _ = Reflect::set(object, &name.into(), value);
}

/// What a formatter wrote. A time outside JavaScript's range makes it throw: then nothing.
fn text(written: Result<JsValue, JsValue>) -> String {
    written.ok().and_then(|written| written.as_string()).unwrap_or_default()
}
