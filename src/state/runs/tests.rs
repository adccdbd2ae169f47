use super::board::Board;
use super::*;
use crate::aws::request::{Answer, Method};
use crate::model::location::{AddressingStyle, Signing};
use crate::state::exchange::tests::{Script, role};
use futures::executor::block_on;
use std::cell::RefCell;

type Came = Result<Answer, crate::browser::fetch::TransportError>;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Came {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Answer { status, headers, body: body.as_bytes().to_vec() })
}

fn order(template: &str, objects: usize, abreast: usize) -> RunOrder {
    let object = |number: usize| Object { key: format!("k{number}"), etag: "\"e\"".into(), ..Object::default() };
    RunOrder {
        role: role(),
        location: Location {
            name: "reports".into(),
            region: "eu-west-1".into(),
            endpoint: "https://reports.s3.eu-west-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: String::new(),
            permissions: vec![Permission::List, Permission::Read],
            sign: Signing::Query,
        },
        target: FunctionTarget {
            name: "echo".into(),
            arn: "arn:aws:lambda:eu-west-1:111122223333:function:echo".into(),
            region: "eu-west-1".into(),
            endpoint: "https://lambda.eu-west-1.amazonaws.com".into(),
            qualifiers: Vec::new(),
        },
        qualifier: None,
        template: Arc::new(Template::parse(template).unwrap()),
        abreast,
        objects: (0..objects).map(object).collect(),
    }
}

/// Everything that was told, in its order.
fn told(script: &Script, order: &RunOrder, which: &[usize]) -> Vec<(usize, Turn)> {
    let told = RefCell::new(Vec::new());
    block_on(run(script, order, which, &|number, turn| told.borrow_mut().push((number, turn))));
    told.into_inner()
}

#[test]
fn each_object_has_its_own_outcome() {
    let script = Script::new([
        answer(200, &[], "{\"fine\":1}"),
        answer(200, &[("x-amz-function-error", "Unhandled")], "{\"errorMessage\":\"no\"}"),
        answer(403, &[("x-amzn-errortype", "AccessDeniedException")], "{\"Message\":\"No.\"}"),
    ]);
    let told = told(&script, &order("{\"key\": \"${key}\"}", 3, 1), &[0, 1, 2]);
    let ends: Vec<&(usize, Turn)> = told.iter().filter(|(_, turn)| !turn.is_under_way()).collect();
    assert_eq!(
        ends.iter().map(|(number, turn)| (*number, turn.is_fine(), turn.is_failed())).collect::<Vec<_>>(),
        [(0, true, false), (1, false, true), (2, false, true)]
    );
    assert!(matches!(&ends[0].1, Turn::Done(done) if done.outcome.payload == b"{\"fine\":1}"));
    assert!(matches!(&ends[2].1, Turn::Failed(failure) if failure.message.contains("may not invoke echo")));
}

#[test]
fn throttling_is_seen_and_waited_out() {
    let script = Script::new([answer(429, &[("x-amzn-errortype", "TooManyRequestsException")], "{}"), answer(200, &[], "1")]);
    let told = told(&script, &order("1", 1, 1), &[0]);
    assert!(told.iter().any(|(_, turn)| matches!(turn, Turn::Throttled(throttled) if (throttled.attempt, throttled.of) == (2, 6))));
    assert!(told.last().unwrap().1.is_fine());
    assert_eq!(*script.pauses.borrow(), [1_000]);
}

#[test]
fn a_version_is_looked_for_only_where_it_is_wanted() {
    let script = Script::new([answer(200, &[("x-amz-version-id", "v7")], ""), answer(200, &[], "1")]);
    assert!(told(&script, &order(FIRST, 1, 1), &[0]).last().unwrap().1.is_fine());
    assert_eq!(script.sent.borrow().iter().map(|(method, ..)| *method).collect::<Vec<_>>(), [Method::Head, Method::Post]);
    let script = Script::new([answer(404, &[], "")]);
    assert!(matches!(&told(&script, &order(FIRST, 1, 1), &[0]).last().unwrap().1, Turn::Failed(_)), "it is gone: nothing runs");
}

/// Where a bucket keeps no versions, S3 calls the only one `null`.
#[test]
fn a_version_that_is_none_is_sent_as_none() {
    let template = "{\"version\": \"${version}\", \"size\": \"${size}\"}";
    for (version, sent) in [("null", "null"), ("v7", "\"v7\"")] {
        let script = Script::new([answer(200, &[("x-amz-version-id", version)], ""), answer(200, &[], "1")]);
        assert!(told(&script, &order(template, 1, 1), &[0]).last().unwrap().1.is_fine());
        let bodies = script.bodies.borrow();
        let payload: serde_json::Value = serde_json::from_str(bodies.last().unwrap()).unwrap();
        assert_eq!((payload["version"].to_string(), payload["size"].to_string()), (sent.to_owned(), "0".to_owned()));
    }
}

#[test]
fn of_a_long_result_the_beginning_is_kept() {
    let script = Script::new([answer(200, &[], &"x".repeat(KEPT + 1))]);
    let told = told(&script, &order("1", 1, 1), &[0]);
    assert!(matches!(&told.last().unwrap().1, Turn::Done(done) if done.outcome.payload.len() == KEPT));
}

#[test]
fn no_more_than_wanted_run_at_the_same_time() {
    for (abreast, expected) in [(1, 1), (4, 4), (0, 1), (99, MOST_ABREAST)] {
        let mut script = Script::new((0..20).map(|_| answer(429, &[("x-amzn-errortype", "TooManyRequestsException")], "{}")));
        script.pauses_last = true;
        let order = order("1", 20, abreast);
        let begun = RefCell::new(Vec::new());
        let tell = |number: usize, turn: Turn| {
            if turn == Turn::Running {
                begun.borrow_mut().push(number);
            }
        };
        let all: Vec<usize> = (0..20).collect();
        assert!(run(&script, &order, &all, &tell).now_or_never().is_none(), "Lambda has too many");
        assert_eq!(*begun.borrow(), (0..expected).collect::<Vec<_>>(), "{abreast}");
    }
}

#[test]
fn what_went_well_is_not_run_again() {
    let mut board = Board::default();
    let id = board.put(order("1", 5, 1));
    let outcome =
        crate::aws::lambda::Outcome { status: 200, payload: Vec::new(), error: None, log: None, executed_version: None, request_id: None };
    let fine = Done { mode: Mode::default(), outcome, milliseconds: 1, chunks: None, fell_back: false, broken: None };
    board.see(id, 0, Turn::Done(Arc::new(fine)));
    board.see(id, 1, Turn::Failed(Failure::new("m", "n")));
    board.see(id, 2, Turn::Running);
    board.see(id, 3, Turn::Throttled(Throttled { attempt: 2, of: 6, milliseconds: 1, said: String::new() }));
    board.see(id, 9, Turn::Running);
    board.stop(id);
    let shown = board.shown(id).unwrap();
    assert_eq!((shown.turns[2].clone(), shown.turns[3].clone()), (Turn::Stopped, Turn::Waiting), "what was throttled has not run");
    assert_eq!(board.due(id), [1, 2, 3, 4]);
    assert_eq!(board.shown(id).unwrap().count(|turn| *turn == Turn::Waiting), 4);
    assert!(board.due(id + 1).is_empty() && !board.is_active() && !board.is_empty());
}
