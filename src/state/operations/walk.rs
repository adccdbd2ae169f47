//! The objects that picks stand for, a page at a time.

use super::Pick;
use crate::aws::s3::list::{From, ListRequest};
use crate::aws::s3::page;
use crate::model::object::Object;
use crate::state::exchange::errand::Errand;
use crate::state::failure::Failure;
use crate::state::listing::turning;
use crate::state::transfers::{Chosen, is_left_out};
use crate::words::t;

/// Objects of a page: as many as S3 lists, and as one request deletes.
const PAGE: usize = 1_000;

/// One object, and where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) object: Object,
    /// Key of its copy.
    pub(super) to: String,
    /// It was picked by itself, and not found in a folder.
    pub(super) by_itself: bool,
}

/// Pages of objects.
pub(super) struct Pages<'a> {
    errand: Errand<'a>,
    picks: &'a [Pick],
    /// Where the next page of the first folder begins; `None` at its beginning.
    token: Option<String>,
}

impl<'a> Pages<'a> {
    pub(super) fn of(errand: Errand<'a>, picks: &'a [Pick]) -> Self {
        Self { errand, picks, token: None }
    }

    /// The folder that the next page goes to; `None` where it holds what was picked by itself.
    pub(super) fn destination(&self) -> Option<&str> {
        match self.picks {
            [Pick { what: Chosen::Folder(_) | Chosen::AllBut(..), to }, ..] => Some(to),
            _ => None,
        }
    }

    /// The next page, which may be empty; `None` behind the last.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Step>>, Failure> {
        let objects: Vec<Step> = self.picks.iter().take(PAGE).map_while(by_itself).collect();
        if !objects.is_empty() {
            self.picks = &self.picks[objects.len()..];
            return Ok(Some(objects));
        }
        match self.picks {
            [Pick { what: Chosen::Folder(prefix), to }, ..] => self.folder(prefix, to).await.map(Some),
            [Pick { what: Chosen::AllBut(prefix, but), to }, ..] => {
                let mut steps = self.folder(prefix, to).await?;
                steps.retain(|step| !is_left_out(but, prefix, &step.object.key));
                Ok(Some(steps))
            }
            _ => Ok(None),
        }
    }

    async fn folder(&mut self, prefix: &str, to: &str) -> Result<Vec<Step>, Failure> {
        let location = self.errand.location;
        let from = self.token.as_deref().map_or(From::Start, From::Token);
        let draft = ListRequest { prefix, from, ..ListRequest::default() }.draft(location).map_err(Failure::address)?;
        let answer = self.errand.ask(&draft).await;
        let answer =
            answer.map_err(|stop| stop.failure(&t!("list {prefix} in bucket {bucket}", prefix = prefix, bucket = location.name)))?;
        let unusable = |error: page::PageError| {
            Failure::new(
                t!("S3 gave a listing that cannot be used: {reason}.", reason = error.to_string()),
                t!("Try again. If it stays, tell the people who run the portal."),
            )
            .retryable()
        };
        let page = page::parse(&answer.body).map_err(unusable)?;
        // It would be asked for without end, and what is behind it was neither counted nor dealt with.
        if page.next.is_some() && page.next == self.token {
            return Err(turning());
        }
        self.token = page.next;
        if self.token.is_none() {
            self.picks = &self.picks[1..];
        }
        let step = |object: Object| {
            let rest = object.key.strip_prefix(prefix)?;
            Some(Step { to: [to, rest].concat(), object, by_itself: false })
        };
        // Somebody's idea of a listing might hold what was not asked for, and this may be a delete.
        page.objects.into_iter().map(step).collect::<Option<_>>().ok_or_else(|| {
            Failure::new(
                t!("S3 listed objects that are not in {prefix}, so nothing more was done.", prefix = prefix),
                t!("Tell the people who run the portal."),
            )
        })
    }
}

fn by_itself(pick: &Pick) -> Option<Step> {
    match &pick.what {
        Chosen::Object(object) => Some(Step { object: object.clone(), to: pick.to.clone(), by_itself: true }),
        Chosen::Folder(_) | Chosen::AllBut(..) => None,
    }
}
