//! Asks for page after page.

use super::super::failure::Failure;
use super::turning;
use crate::model::object::ListPage;
use futures::FutureExt;
use futures::future::{Either, LocalBoxFuture, pending, select};

/// A page on its way.
pub(super) type Asked = LocalBoxFuture<'static, Result<ListPage, Failure>>;

/// Where pages come from.
pub(super) trait Pages {
    /// The page behind `token`; the first one for `None`.
    fn page(&self, token: Option<String>) -> Asked;
}

/// Takes page after page from `token` on and hands each to `take`, which also learns where the
/// next one is. Ends with the last page, the first failure or when `take` fails; and, behind the first page, once
/// `others` are ready to go on in its place: then it gives the page that is on its way.
pub(super) async fn run(
    pages: &dyn Pages,
    mut token: Option<String>,
    mut others: LocalBoxFuture<'static, bool>,
    take: &mut dyn FnMut(&ListPage) -> Result<(), Failure>,
) -> Result<Option<Asked>, Failure> {
    loop {
        let asked = pages.page(token.clone());
        let page = if token.is_none() {
            asked.await
        } else {
            match select(others, asked).await {
                Either::Left((true, asked)) => return Ok(Some(asked)),
                Either::Left((false, asked)) => {
                    others = pending().boxed_local();
                    asked.await
                }
                Either::Right((page, waiting)) => {
                    others = waiting;
                    page
                }
            }
        }?;
        if page.next.is_some() && page.next == token {
            return Err(turning());
        }
        take(&page)?;
        match page.next {
            Some(next) => token = Some(next),
            None => return Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
