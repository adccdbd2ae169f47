use crate::model::clock::Timestamp;
use js_sys::{Array, Date, Intl, Object, Reflect};
use std::cell::RefCell;
use wasm_bindgen::JsValue;

thread_local! {
    // Building a formatter takes the browser a hundred times longer than using it, and a screen of
    // rows uses these a hundred times.
    static WHOLE: Intl::NumberFormat = number_format(0);
    static TENTHS: Intl::NumberFormat = number_format(1);
    static THIS_YEAR: Intl::DateTimeFormat = date_format(&[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")]);
    static OTHER_YEAR: Intl::DateTimeFormat = date_format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static LONG: Intl::DateTimeFormat = date_format(&[("dateStyle", "full"), ("timeStyle", "long")]);
    static RELATIVE: Intl::RelativeTimeFormat = Intl::RelativeTimeFormat::new(&Array::new(), &options(&[("numeric", "auto")]));
    static YEAR: RefCell<Option<u32>> = const { RefCell::new(None) };
}

pub(in crate::browser) fn decimal(value: f64, fraction_digits: u32) -> String {
    let format = if fraction_digits == 0 { &WHOLE } else { &TENTHS };
    format.with(|format| text(format.format().call1(&JsValue::UNDEFINED, &value.into())))
}

pub(in crate::browser) fn date_time(time: Timestamp) -> String {
    let date = date(time);
    let this_year = YEAR.with_borrow_mut(|year| *year.get_or_insert_with(|| Date::new_0().get_full_year()));
    let format = if date.get_full_year() == this_year { &THIS_YEAR } else { &OTHER_YEAR };
    format.with(|format| text(format.format().call1(&JsValue::UNDEFINED, &date)))
}

pub(in crate::browser) fn date_time_long(time: Timestamp) -> String {
    LONG.with(|format| text(format.format().call1(&JsValue::UNDEFINED, &date(time))))
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(in crate::browser) fn relative(amount: i64, unit: &'static str) -> String {
    RELATIVE.with(|format| format.format(amount as f64, unit).into())
}

#[expect(clippy::cast_precision_loss, reason = "JavaScript's times are floats of milliseconds")]
fn date(time: Timestamp) -> Date {
    Date::new(&(time.millis() as f64).into())
}

fn number_format(fraction_digits: u32) -> Intl::NumberFormat {
    let options = Object::new();
    set(&options, "minimumFractionDigits", &fraction_digits.into());
    set(&options, "maximumFractionDigits", &fraction_digits.into());
    Intl::NumberFormat::new(&Array::new(), &options)
}

fn date_format(parts: &[(&str, &str)]) -> Intl::DateTimeFormat {
    Intl::DateTimeFormat::new(&Array::new(), &options(parts))
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
