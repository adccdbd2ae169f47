use super::window;
use crate::model::clock::Timestamp;
use crate::words;
use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use std::cell::{OnceCell, RefCell};
use wasm_bindgen::{JsCast, JsValue};

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
    static FORMATS: RefCell<[Option<Function>; 6]> = const { RefCell::new([None, None, None, None, None, None]) };
    static YEAR: OnceCell<u32> = const { OnceCell::new() };
}

/// The page is in another language now.
pub(super) fn forget() {
    FORMATS.set(Default::default());
}

pub(in crate::browser) fn decimal(value: f64, fraction_digits: u32) -> String {
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
        let format = formats.get_mut(kind)?.get_or_insert_with(|| format(kind));
        format.call2(&JsValue::UNDEFINED, value, &unit.into()).ok()?.as_string()
    });
    text.unwrap_or_default()
}

/// The function of a formatter, bound to it.
fn format(kind: usize) -> Function {
    // The page's language, as the person writes it where they say so: `en-GB` for English.
    let code = words::language().code;
    let own = window().navigator().language().filter(|own| own.starts_with(code));
    let locales = Array::of1(&own.as_deref().unwrap_or(code).into());
    let digits = |digits: &'static str| [("minimumFractionDigits", digits), ("maximumFractionDigits", digits)];
    match kind {
        WHOLE => Intl::NumberFormat::new(&locales, &options(&digits("0"))).format(),
        TENTHS => Intl::NumberFormat::new(&locales, &options(&digits("1"))).format(),
        RELATIVE => {
            let format = Intl::RelativeTimeFormat::new(&locales, &options(&[("numeric", "auto")]));
            let function = Reflect::get(&format, &"format".into()).unwrap_or_default();
            function.unchecked_into::<Function>().bind0(&format)
        }
        _ => {
            let parts: &[_] = match kind {
                THIS_YEAR => &[("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")],
                OTHER_YEAR => &[("day", "numeric"), ("month", "short"), ("year", "numeric")],
                _ => &[("dateStyle", "full"), ("timeStyle", "long")],
            };
            Intl::DateTimeFormat::new(&locales, &options(parts)).format()
        }
    }
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
