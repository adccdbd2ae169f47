//! Signals of one machine type.
//!
//! Leptos compiles its reactive graph anew for every type of value and every closure: a quarter of
//! the program that a browser had to load. The types here carry the names and the methods of
//! Leptos's own and hold values of any type behind one pointer, so that the graph is compiled once.
//! Reading costs a reference count more; what reads a value in a loop reads it once before.

use leptos::prelude::{self as graph, Get, GetUntracked, Set, Track, UpdateValue};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// What can be held: plain data, as everything that a page shows is.
pub trait Value: Clone + Send + Sync + 'static {}

impl<T: Clone + Send + Sync + 'static> Value for T {}

/// A value behind its pointer.
type Held = Arc<dyn Any + Send + Sync>;

/// A memo's function, which is told the value before.
type Compute = Box<dyn Fn(Option<&Held>) -> Held + Send + Sync>;

fn hold<T: Value>(value: T) -> Held {
    Arc::new(value)
}

fn seen<T: Value>(held: &Held) -> &T {
    // Only values of the signal's own type are ever put into it.
    (**held).downcast_ref().expect("a signal holds what its type says")
}

fn differ<T: Value + PartialEq>(before: Option<&Held>, after: Option<&Held>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => seen::<T>(before) != seen::<T>(after),
        _ => true,
    }
}

/// Declares a handle: copied freely, and printed without what it holds.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        pub struct $name<T> {
            inner: $inner,
            of: PhantomData<fn() -> T>,
        }

        impl<T> $name<T> {
            const fn of(inner: $inner) -> Self {
                Self { inner, of: PhantomData }
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

/// Declares the ways to read a handle of the graph.
macro_rules! readable {
    ($name:ident) => {
        impl<T: Value> $name<T> {
            /// A copy of the value. Whoever reads it runs again when it changes.
            #[must_use]
            pub fn get(&self) -> T {
                seen::<T>(&self.inner.get()).clone()
            }

            /// A copy of the value, for once.
            #[must_use]
            pub fn get_untracked(&self) -> T {
                seen::<T>(&self.inner.get_untracked()).clone()
            }

            /// As [`get_untracked`](Self::get_untracked), `None` once the handle's owner is gone.
            #[must_use]
            pub fn try_get_untracked(&self) -> Option<T> {
                self.inner.try_get_untracked().map(|held| seen::<T>(&held).clone())
            }

            /// What `read` makes of the value. Whoever reads it runs again when it changes.
            pub fn with<U>(&self, read: impl FnOnce(&T) -> U) -> U {
                read(seen(&self.inner.get()))
            }

            /// What `read` makes of the value, for once.
            pub fn with_untracked<U>(&self, read: impl FnOnce(&T) -> U) -> U {
                read(seen(&self.inner.get_untracked()))
            }

            /// Runs again when the value changes, whatever it is.
            pub fn track(&self) {
                self.inner.track();
            }
        }
    };
}

handle! {
    /// A value that is read and written.
    RwSignal, graph::RwSignal<Held>
}
handle! {
    /// A value computed from others, when it is read and they have changed; it counts as changed only
    /// when it differs.
    Memo, graph::Memo<Held>
}
handle! {
    /// A value that is read, wherever it comes from.
    Signal, graph::Signal<Held>
}
handle! {
    /// A value that nothing follows.
    StoredValue, graph::StoredValue<Box<dyn Any + Send + Sync>>
}

readable!(RwSignal);
readable!(Memo);
readable!(Signal);

impl<T: Value> RwSignal<T> {
    /// Holds `value` for as long as the surrounding component lives.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::of(graph::RwSignal::new(hold(value)))
    }

    /// Puts another value in.
    pub fn set(&self, value: T) {
        self.inner.set(hold(value));
    }

    /// Puts another value in, or gives it back once the signal's owner is gone.
    ///
    /// # Errors
    /// The value, unused.
    pub fn try_set(&self, value: T) -> Result<(), T> {
        match self.inner.try_set(hold(value)) {
            None => Ok(()),
            Some(held) => Err(seen::<T>(&held).clone()),
        }
    }

    /// Changes the value.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        let mut value = self.get_untracked();
        change(&mut value);
        self.set(value);
    }
}

impl<T: Value + PartialEq> Memo<T> {
    /// Computes with `compute`.
    #[must_use]
    pub fn new(compute: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let owner = Presence::of_owner();
        let compute: Compute = Box::new(move |before| match before {
            // What follows a memo may outlive the page that it belongs to, and the signals that it reads.
            Some(before) if !owner.lasts() => Arc::clone(before),
            _ => hold(compute()),
        });
        Self::of(graph::Memo::new_with_compare(compute, differ::<T>))
    }
}

impl<T: Value> Signal<T> {
    /// Computes with `compute` at every reading.
    #[must_use]
    pub fn derive(compute: impl Fn() -> T + Send + Sync + 'static) -> Self {
        let compute: Box<dyn Fn() -> Held + Send + Sync> = Box::new(move || hold(compute()));
        Self::of(graph::Signal::derive(compute))
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::of(signal.inner.into())
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self::of(memo.inner.into())
    }
}

impl<T: Send + Sync + 'static> StoredValue<T> {
    /// Holds `value` for as long as the surrounding component lives.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::of(graph::StoredValue::new(Box::new(value)))
    }

    /// Puts another value in.
    pub fn set_value(&self, value: T) {
        self.update_value(|held| *held = value);
    }

    /// What `read` makes of the value.
    pub fn with_value<U>(&self, read: impl FnOnce(&T) -> U) -> U {
        let (mut read, mut done) = (Some(read), None);
        visit(self.inner, &mut |held| done = read.take().zip(held.downcast_ref()).map(|(read, value)| read(value)));
        done.expect("a store holds what its type says for as long as it is used")
    }

    /// Changes the value.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        // Not there any more: nobody can tell.
        let _ = self.try_update_value(change);
    }

    /// Changes the value, `None` once the store's owner is gone.
    pub fn try_update_value<U>(&self, change: impl FnOnce(&mut T) -> U) -> Option<U> {
        let (mut change, mut done) = (Some(change), None);
        visit(self.inner, &mut |held| done = change.take().zip(held.downcast_mut()).map(|(change, value)| change(value)));
        done
    }
}

impl<T: Value> StoredValue<T> {
    /// A copy of the value.
    #[must_use]
    pub fn get_value(&self) -> T {
        self.with_value(T::clone)
    }
}

/// Runs `work` after the page was drawn, and again whenever a value that it read has changed. Nothing
/// happens on the server.
pub fn effect(work: impl FnMut() + 'static) {
    start(Box::new(work));
}

fn start(mut work: Box<dyn FnMut()>) {
    let owner = Presence::of_owner();
    graph::Effect::new(move |_: Option<()>| {
        // The first run comes later than the call: what it belongs to may have been left by then.
        if owner.lasts() {
            work();
        }
    });
}

/// Whether what something belongs to is still there.
#[derive(Clone, Copy, Debug)]
pub struct Presence(StoredValue<()>);

impl Presence {
    /// Of the surrounding component, or of the piece that is being drawn.
    #[must_use]
    pub fn of_owner() -> Self {
        Self(StoredValue::new(()))
    }

    /// Whether its signals can be read.
    #[must_use]
    pub fn lasts(self) -> bool {
        self.0.try_update_value(|()| ()).is_some()
    }
}

/// Lends what a store holds; does nothing once its owner is gone. Compiled once, whoever visits.
fn visit(store: graph::StoredValue<Box<dyn Any + Send + Sync>>, visitor: &mut dyn FnMut(&mut (dyn Any + Send + Sync))) {
    let _ = store.try_update_value(|held| visitor(&mut **held));
}
