//! The question before objects and folders are deleted: with the true number, which has to be typed above ten.

use super::{Act, Asked, Desk, words};
use crate::browser::{format, task};
use crate::model::location::Permission;
use crate::pages::problem::explanation_href;
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::state::failure::Failure;
use crate::state::operations::{Count, Order, Pick, UNDOABLE, Work};
use crate::ui::confirm::{Question, confirm};
use crate::ui::piece::{IntoPiece, Piece};
use crate::words::{t, tn};
use futures::future::{AbortHandle, abortable};

/// More than these are only deleted once their number was typed.
const FEW: u64 = 10;

pub(super) fn question(desk: Desk) -> Piece {
    let shown = RwSignal::new(None::<Question>);
    let order = StoredValue::new(None::<Order>);
    let counting = StoredValue::new(None::<AbortHandle>);
    let stop = move || counting.update_value(|counting| counting.take().iter().for_each(AbortHandle::abort));
    effect(move || {
        let asked = desk.asked.get().filter(|asked| asked.act == Act::Delete);
        stop();
        let (Some(asked), Some(role)) = (asked, desk.visit.role_id().get_untracked()) else { return shown.set(None) };
        shown.set(Some(before(&asked, None)));
        let (work, handle) = abortable(async move {
            let picks: Vec<Pick> = asked.chosen.iter().map(|what| Pick { what: what.clone(), to: String::new() }).collect();
            let so_far = |count| drop(shown.try_set(Some(before(&asked, Some((count, false))))));
            let count = desk.transfers.count(&role, &asked.spot.location, &picks, &so_far).await;
            let question = match count {
                Ok(count) => {
                    let from = asked.spot.location.clone();
                    order.set_value(Some(Order { role, from, picks, work: Work::Delete, count, knowing: false }));
                    before(&asked, Some((count, true)))
                }
                Err(failure) => refused(&asked, failure),
            };
            let _ = shown.try_set(Some(question));
        });
        counting.set_value(Some(handle));
        task::spawn(async move {
            // Aborted when the question is closed.
            let _ = work.await;
        });
    });
    // The person closed it.
    effect(move || {
        if shown.with(Option::is_none) && desk.asked.with_untracked(|asked| asked.as_ref().is_some_and(|asked| asked.act == Act::Delete)) {
            desk.asked.set(None);
        }
    });
    let agree = move || {
        if let Some(order) = order.try_update_value(Option::take).flatten() {
            desk.transfers.operate(order);
            desk.selection.clear();
        }
    };
    confirm(shown, agree, || {}).piece()
}

/// What is asked. `count` with whether it is all.
fn before(asked: &Asked, count: Option<(Count, bool)>) -> Question {
    let title = t!("Delete {what}?", what = words::chosen(&asked.chosen));
    let mut facts = vec![(t!("From"), format!("{}/{}", asked.spot.location.name, asked.spot.prefix))];
    let Some((count, true)) = count else {
        let so_far =
            count.map_or_else(|| t!("counting").to_owned(), |(count, _)| t!("{found} so far", found = words::objects(count.objects)));
        facts.push((t!("Objects"), so_far));
        return Question { title, facts, ..Question::default() };
    };
    facts.push((t!("Objects"), format::count(count.objects)));
    facts.push((t!("Size"), format::size(count.bytes)));
    if count.objects == 0 {
        return Question { title, facts, sentences: vec![t!("There is nothing in it.").to_owned()], ..Question::default() };
    }
    let may_undo = asked.spot.location.permissions.contains(&Permission::Versions);
    let mut sentences = vec![
        if may_undo {
            t!("Where the bucket keeps versions, this can be undone as long as this page is open. Elsewhere what is deleted is gone.")
        } else {
            t!("Your role cannot undo this: it may not see versions here.")
        }
        .to_owned(),
        t!("What comes into a folder after it was counted stays.").to_owned(),
    ];
    if may_undo && count.objects > UNDOABLE as u64 {
        sentences.insert(1, t!("No more than {count} of them can be brought back.", count = format::count(UNDOABLE as u64)));
    }
    Question {
        title,
        facts,
        sentences,
        verb: tn!(count.objects, "Delete {count} object", "Delete {count} objects"),
        typed: (count.objects > FEW).then(|| count.objects.to_string()),
        ..Question::default()
    }
}

fn refused(asked: &Asked, failure: Failure) -> Question {
    Question {
        title: t!("{what} cannot be counted", what = words::chosen(&asked.chosen)),
        sentences: vec![failure.message, failure.next_step],
        explained: explanation_href(&failure.section),
        ..Question::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Location, Signing};
    use crate::pages::browse::Spot;
    use crate::state::transfers::Chosen;

    #[test]
    fn the_true_number_is_asked_about_and_typed() {
        let location = Location {
            name: "b".into(),
            region: String::new(),
            endpoint: String::new(),
            style: AddressingStyle::Path,
            prefix: String::new(),
            permissions: Permission::ALL.to_vec(),
            sign: Signing::Query,
        };
        let spot = Spot { location, prefix: "a/".into() };
        let asked = Asked { act: Act::Delete, spot, chosen: vec![Chosen::Folder("a/x/".into())] };
        assert_eq!(before(&asked, None).verb, "", "nothing can be agreed to before it is counted");
        assert_eq!(before(&asked, Some((Count { objects: 5, bytes: 1, large: 0, newest: None }, false))).verb, "");
        let few = before(&asked, Some((Count { objects: 10, bytes: 1, large: 0, newest: None }, true)));
        assert_eq!((few.verb.as_str(), few.typed), ("Delete 10 objects", None));
        let many = before(&asked, Some((Count { objects: 1_234, bytes: 1, large: 0, newest: None }, true)));
        assert_eq!((many.typed.as_deref(), many.sentences.len()), (Some("1234"), 2));
        let mut narrow = asked.clone();
        narrow.spot.location.permissions.clear();
        let sentences = before(&narrow, Some((Count { objects: 100_001, bytes: 1, large: 0, newest: None }, true))).sentences;
        assert!(sentences[0].starts_with("Your role cannot undo this") && sentences.len() == 2, "{sentences:?}");
        let most = before(&asked, Some((Count { objects: 100_001, bytes: 1, large: 0, newest: None }, true)));
        assert!(most.sentences[1].starts_with("No more than "), "{:?}", most.sentences);
        assert_eq!(before(&asked, Some((Count::default(), true))).verb, "");
    }
}
