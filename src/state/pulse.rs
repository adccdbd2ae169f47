//! Work that comes back in equal steps while a page is open.

use crate::browser::timer::Timer;
use crate::reactive::StoredValue;
use std::sync::Arc;

type Work = Arc<dyn Fn() + Send + Sync>;

/// Calls `work` every so many milliseconds, until the surrounding component ends. Never on the
/// server.
pub fn every(milliseconds: u32, work: impl Fn() + Send + Sync + 'static) {
    wait(StoredValue::new(None), milliseconds, Arc::new(work));
}

fn wait(running: StoredValue<Option<Timer>>, milliseconds: u32, work: Work) {
    let timer = Timer::after(milliseconds, move || {
        work();
        wait(running, milliseconds, work);
    });
    // Once the component is gone, the timer is dropped here and never fires.
    running.update_value(|running| *running = Some(timer));
}
