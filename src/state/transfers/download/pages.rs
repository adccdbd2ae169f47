//! What there is to save, page after page.

use super::{Root, Way, request};
use crate::aws::s3::list::{From, ListRequest};
use crate::aws::s3::page;
use crate::model::object::{ListPage, Object};
use crate::state::failure::Failure;
use crate::state::transfers::is_left_out;
use crate::words::t;
use futures::stream::{self, LocalBoxStream};
use futures::{StreamExt, TryStreamExt};

/// Where a listing goes on.
enum Next {
    After(Option<String>),
    Token(String),
}

/// The objects of a job in order, with the number of the root that each comes from: from a root on, and in it behind
/// the key `after`. Of a folder one page at a time is in memory.
pub(super) fn objects<'a>(way: &'a Way<'_>, from: usize, after: Option<String>) -> LocalBoxStream<'a, Result<(usize, Object), Failure>> {
    let mut after = after;
    let roots = way.job.roots.iter().enumerate().skip(from);
    stream::iter(roots.map(move |(number, root)| (number, root, after.take())))
        .flat_map(move |(number, root, after)| match root {
            // It is dealt with already.
            Root::Object(object) if after.as_ref() == Some(&object.key) => stream::empty().boxed_local(),
            Root::Object(object) => stream::iter([Ok((number, object.clone()))]).boxed_local(),
            Root::Folder(prefix, but) => stream::try_unfold(Some(Next::After(after)), move |next| page(way, prefix, next))
                .map_ok(move |mut objects: Vec<Object>| {
                    objects.retain(|object| !is_left_out(but, prefix, &object.key));
                    stream::iter(objects.into_iter().map(move |object| Ok((number, object))))
                })
                .try_flatten()
                .boxed_local(),
        })
        .boxed_local()
}

async fn page(way: &Way<'_>, prefix: &str, next: Option<Next>) -> Result<Option<(Vec<Object>, Option<Next>)>, Failure> {
    let from = match &next {
        None => return Ok(None),
        Some(Next::After(None)) => From::Start,
        Some(Next::After(Some(key))) => From::After(key),
        Some(Next::Token(token)) => From::Token(token),
    };
    let draft = ListRequest { prefix, from, ..ListRequest::default() }.draft(&way.job.location).map_err(Failure::address)?;
    let answer = request::get(way, &draft, request::SHORT).await;
    let answer =
        answer.map_err(|stop| stop.failure(&t!("list {prefix} in bucket {bucket}", prefix = prefix, bucket = way.job.location.name)))?;
    let broken = |what: String| {
        Failure::new(what, t!("Try again; if it stays, ask the people who run the portal to check the endpoint in its configuration."))
            .retryable()
    };
    let name = &way.job.location.name;
    let ListPage { objects, next: token, .. } = page::parse(&answer.body).map_err(|error| {
        broken(t!("{bucket} answered with something else than a listing: {reason}.", bucket = name, reason = error.to_string()))
    })?;
    if objects.iter().any(|object| !object.key.starts_with(prefix)) {
        return Err(broken(t!("{bucket} listed objects that are not in {prefix}.", bucket = name, prefix = prefix)));
    }
    if token.is_some() && matches!(&next, Some(Next::Token(before)) if Some(before) == token.as_ref()) {
        return Err(broken(t!("{bucket} keeps answering with the same page of its listing.", bucket = name)));
    }
    Ok(Some((objects, token.map(Next::Token))))
}
