//! Asks for page after page.

use super::super::failure::Failure;
use crate::model::object::ListPage;
use crate::words::t;
use futures::future::LocalBoxFuture;

/// Where pages come from.
pub(super) trait Pages {
    /// The page behind `token`; the first one for `None`.
    fn page<'a>(&'a self, token: Option<&'a str>) -> LocalBoxFuture<'a, Result<ListPage, Failure>>;
}

/// Takes page after page from `token` on and hands each to `take`, which also learns where the
/// next one is. Ends with the last page, the first failure or when `take` fails.
pub(super) async fn run(
    pages: &dyn Pages,
    mut token: Option<String>,
    mut take: impl FnMut(&ListPage) -> Result<(), Failure>,
) -> Result<(), Failure> {
    loop {
        let page = pages.page(token.as_deref()).await?;
        if page.next.is_some() && page.next == token {
            return Err(Failure::new(
                t!("The storage service keeps answering with the same page of this listing."),
                t!("Tell the people who run the portal: the service's paging is broken."),
            ));
        }
        take(&page)?;
        match page.next {
            Some(next) => token = Some(next),
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
