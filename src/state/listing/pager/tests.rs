use super::*;
use crate::model::object::Object;
use futures::executor::block_on;
use std::cell::RefCell;

fn never() -> LocalBoxFuture<'static, bool> {
    pending().boxed_local()
}

/// Pages `0`, `1`, … up to `last`; `fails_at` fails the first time it is asked for.
struct Script {
    last: u32,
    fails_at: RefCell<Option<u32>>,
    asked: RefCell<Vec<u32>>,
    repeats: bool,
}

impl Script {
    fn new(last: u32) -> Self {
        Self { last, fails_at: RefCell::new(None), asked: RefCell::default(), repeats: false }
    }
}

impl Pages for Script {
    fn page(&self, token: Option<String>) -> Asked {
        let number: u32 = token.map_or(0, |token| token.parse().unwrap());
        self.asked.borrow_mut().push(number);
        let answer = if self.fails_at.borrow_mut().take_if(|at| *at == number).is_some() {
            Err(Failure::new("m", "n"))
        } else {
            let next = if self.repeats { 1 } else { number + 1 };
            let object =
                Object { key: format!("{number:03}"), size: 1, last_modified: None, etag: String::new(), storage_class: String::new() };
            Ok(ListPage { objects: vec![object], prefixes: Vec::new(), next: (number < self.last).then(|| next.to_string()) })
        };
        async { answer }.boxed_local()
    }
}

#[test]
fn goes_to_the_last_page() {
    let script = Script::new(5);
    let mut keys = Vec::new();
    let result = block_on(run(&script, None, never(), &mut |page| {
        keys.push(page.objects[0].key.clone());
        Ok(())
    }));
    assert!(result.unwrap().is_none());
    assert_eq!(keys, ["000", "001", "002", "003", "004", "005"]);
    assert_eq!(*script.asked.borrow(), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn goes_on_from_the_page_that_failed() {
    let script = Script { fails_at: RefCell::new(Some(2)), ..Script::new(3) };
    let mut token = None;
    let mut take = |page: &ListPage| {
        token.clone_from(&page.next);
        Ok(())
    };
    assert!(block_on(run(&script, None, never(), &mut take)).is_err());
    let resume = token.clone();
    assert!(block_on(run(&script, resume, never(), &mut |_| Ok(()))).unwrap().is_none());
    assert_eq!(*script.asked.borrow(), [0, 1, 2, 2, 3]);
}

#[test]
fn a_service_that_turns_in_circles_is_left() {
    let script = Script { repeats: true, ..Script::new(9) };
    assert!(block_on(run(&script, None, never(), &mut |_| Ok(()))).is_err());
    assert_eq!(*script.asked.borrow(), [0, 1]);
}

#[test]
fn stops_when_a_page_is_not_taken() {
    let script = Script::new(9);
    assert!(block_on(run(&script, None, never(), &mut |_| Err(Failure::new("m", "n")))).is_err());
    assert_eq!(*script.asked.borrow(), [0]);
}
