//! A function, run on each of several objects: a few at a time, each with its own result.

mod board;
mod template;
#[cfg(test)]
mod tests;

pub(in crate::state) use board::Board;
pub use board::{RunId, Shown};
pub use template::{FIRST, Template};

use super::exchange::errand::Errand;
use super::failure::Failure;
use super::invocation::{Done, Mode, Network, Order, Running, Throttled, Watch, carry_out};
use crate::aws::s3::object::ObjectRequest;
use crate::model::function::FunctionTarget;
use crate::model::location::{Location, Permission};
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::words::t;
use futures::future::LocalBoxFuture;
use futures::{FutureExt, StreamExt, stream};
use std::sync::Arc;
use template::Values;

/// Most objects of one run.
pub const MOST: usize = 10_000;

/// Most invocations at the same time.
pub const MOST_ABREAST: usize = 10;

/// As much of a result is kept of each object, in bytes: there may be thousands.
const KEPT: usize = 64 * 1024;

/// What is to be run, and on what.
#[derive(Clone, Debug)]
pub struct RunOrder {
    /// In whose name.
    pub role: RoleId,
    /// Where the objects are.
    pub location: Location,
    /// Which function.
    pub target: FunctionTarget,
    /// Which version or alias of it; `None` is the newest.
    pub qualifier: Option<String>,
    /// What it is sent for each.
    pub template: Arc<Template>,
    /// How many at the same time.
    pub abreast: usize,
    /// The objects.
    pub objects: Arc<[Object]>,
}

/// Where one object stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Turn {
    /// Its turn has not come.
    #[default]
    Waiting,
    /// The function runs on it.
    Running,
    /// Lambda has too many; it is tried again, and has not run.
    Throttled(Throttled),
    /// The function ran, well or not.
    Done(Arc<Done>),
    /// It did not run, or nobody can tell.
    Failed(Failure),
    /// The person stopped it. The function may have run all the same.
    Stopped,
}

impl Turn {
    /// Whether the function ran on it and did well.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        matches!(self, Self::Done(done) if done.outcome.error.is_none() && done.broken.is_none())
    }

    /// Whether it came to an end that is none to be content with.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_)) && !self.is_fine()
    }

    /// Whether it is under way.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Running | Self::Throttled(_))
    }
}

/// Hears how it goes with each.
type Tell<'a> = &'a dyn Fn(usize, Turn);

/// Runs the function on the objects with these numbers.
pub(super) async fn run(around: &dyn Network, order: &RunOrder, which: &[usize], tell: Tell<'_>) {
    let one = |number: usize| async move {
        let Some(object) = order.objects.get(number) else { return };
        tell(number, Turn::Running);
        let turn = match invoke(around, order, object, number, tell).await {
            Ok(done) => Turn::Done(Arc::new(done)),
            Err(failure) => Turn::Failed(failure),
        };
        tell(number, turn);
    };
    stream::iter(which.iter().copied()).for_each_concurrent(order.abreast.clamp(1, MOST_ABREAST), one).await;
}

async fn invoke(around: &dyn Network, order: &RunOrder, object: &Object, number: usize, tell: Tell<'_>) -> Result<Done, Failure> {
    let RunOrder { role, location, target, qualifier, template, .. } = order;
    let version = if template.wants_version() { version(around, order, object).await? } else { None };
    let values = Values {
        bucket: &location.name,
        key: &object.key,
        version: version.as_deref(),
        etag: object.etag.trim_matches('"'),
        size: object.size,
    };
    let payload = template.fill(&values);
    let order = Order { role: role.clone(), target: target.clone(), qualifier: qualifier.clone(), mode: Mode::RequestResponse, payload };
    let begun = around.now();
    let mut done = carry_out(around, &order, &Onlooker { number, tell }).await?;
    done.milliseconds = u32::try_from(around.now().millis_since(begun)).unwrap_or(0);
    done.outcome.payload.truncate(KEPT);
    Ok(done)
}

/// The newest version of an object, where it is to be seen.
async fn version(around: &dyn Network, order: &RunOrder, object: &Object) -> Result<Option<String>, Failure> {
    if !order.location.permissions.contains(&Permission::Read) {
        return Ok(None);
    }
    let draft = ObjectRequest::default().head(&order.location, &object.key).map_err(Failure::address)?;
    let asked = Errand::short(around, &order.role, &order.location).ask(&draft).await;
    let answer =
        asked.map_err(|stop| stop.failure(&t!("read {key} in bucket {bucket}", key = object.key, bucket = order.location.name)))?;
    Ok(answer.header("x-amz-version-id").filter(|version| *version != "null").map(str::to_owned))
}

struct Onlooker<'a> {
    number: usize,
    tell: Tell<'a>,
}

impl Watch for Onlooker<'_> {
    fn see(&self, running: Running) {
        (self.tell)(self.number, running.throttled.map_or(Turn::Running, Turn::Throttled));
    }

    fn hurried(&self) -> LocalBoxFuture<'_, ()> {
        futures::future::pending().boxed_local()
    }

    fn streams(&self) -> Option<bool> {
        None
    }

    fn settle_streams(&self, _streams: bool) {}
}
