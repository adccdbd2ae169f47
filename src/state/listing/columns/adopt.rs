//! Rows that another lane has found, put behind those that are there: what they are made of is moved, not copied.

use super::{Columns, Names, Span, narrow};

impl Columns {
    /// Puts `found` behind. It is of the same prefix and came in the order of names.
    pub(in super::super) fn adopt(&mut self, mut found: Self) {
        // A folder that goes on over the end of a page is listed once.
        let repeated = self.folders.last().is_some_and(|last| found.folders.len() > 0 && last == found.folders.get(0));
        if repeated {
            found.folders.spans.remove(0);
        }
        let follows = |these: &Names, those: &Names| those.len() == 0 || these.last().is_none_or(|last| last < those.get(0));
        let sorted = follows(&self.folders, &found.folders) && follows(&self.objects, &found.objects);
        self.arrived_sorted &= sorted && found.arrived_sorted;
        self.folders.adopt(found.folders);
        self.objects.adopt(found.objects);
        self.sizes.append(&mut found.sizes);
        self.modified.append(&mut found.modified);
        let classes: Vec<u8> = found.classes.iter().map(|class| self.class(class)).collect();
        self.class_of.extend(found.class_of.iter().map(|class| classes[usize::from(*class)]));
        self.settle_when_due(false);
    }

    /// The first, the last and every so many-th of the names that are there, in the order of names.
    pub(in super::super) fn sample(&self, step: usize) -> Vec<String> {
        let of = |names: &Names| {
            let ats: Vec<usize> = (0..names.len()).step_by(step).chain(names.len().checked_sub(1)).collect();
            ats.into_iter().map(|at| names.get(narrow(at)).to_owned()).collect::<Vec<_>>()
        };
        let mut names = of(&self.folders);
        names.extend(of(&self.objects));
        names.sort_unstable();
        names
    }

    /// Whether all that arrived came in the order of names, as S3 lists it.
    pub(in super::super) fn came_sorted(&self) -> bool {
        self.arrived_sorted
    }
}

impl Names {
    fn adopt(&mut self, other: Self) {
        let before = narrow(self.blocks.len());
        // Nothing is written into these any more.
        let mut blocks = other.blocks;
        if let Some(last) = blocks.last_mut() {
            last.shrink_to_fit();
        }
        if let Some(last) = self.blocks.last_mut() {
            last.shrink_to_fit();
        }
        self.blocks.append(&mut blocks);
        self.spans.extend(other.spans.into_iter().map(|span| Span { block: span.block + before, ..span }));
    }
}
