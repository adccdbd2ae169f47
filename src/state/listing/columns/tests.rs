use super::super::pattern::Pattern;
use super::*;
use crate::model::object::Object;
use proptest::collection::vec;
use proptest::prelude::*;

fn object(key: &str, size: u64, modified: Option<i64>, class: &str) -> Object {
    Object { key: key.into(), size, last_modified: modified.map(Timestamp::from_seconds), etag: String::new(), storage_class: class.into() }
}

fn page(prefixes: &[&str], objects: Vec<Object>, more: bool) -> ListPage {
    ListPage { objects, prefixes: prefixes.iter().map(ToString::to_string).collect(), next: more.then(|| "t".into()) }
}

fn names(columns: &Columns) -> Vec<String> {
    let counts = columns.counts();
    assert_eq!(columns.row(counts.folders + counts.objects), None);
    (0..counts.folders + counts.objects).map(|index| columns.row(index).unwrap().name).collect()
}

fn by(by: SortBy, descending: bool) -> Sort {
    Sort { by, descending }
}

fn sample(sort: Sort) -> Columns {
    let mut columns = Columns::new("team/".into(), sort);
    columns
        .push(&page(&["team/a/", "team/z/"], vec![object("team/b", 3, Some(30), ""), object("team/c", 1, None, "GLACIER")], true))
        .unwrap();
    columns.push(&page(&["team/z/"], vec![object("team/d", 2, Some(10), ""), object("team/e", 3, Some(20), "GLACIER")], false)).unwrap();
    columns
}

#[test]
fn rows_as_they_came() {
    let columns = sample(Sort::default());
    assert_eq!(columns.counts(), Counts { folders: 2, objects: 4 });
    assert_eq!(names(&columns), ["a/", "z/", "b", "c", "d", "e"]);
    let folder = columns.row(1).unwrap();
    assert_eq!((folder.key.as_str(), folder.kind), ("team/z/", RowKind::Folder));
    let object = columns.row(3).unwrap();
    assert_eq!(object.key, "team/c");
    assert_eq!(object.kind, RowKind::Object { size: 1, modified: None, class: "GLACIER".into() });
}

#[test]
fn orders() {
    for (sort, expected) in [
        (by(SortBy::Name, true), ["z/", "a/", "e", "d", "c", "b"]),
        (by(SortBy::Size, false), ["a/", "z/", "c", "d", "b", "e"]),
        (by(SortBy::Size, true), ["a/", "z/", "b", "e", "d", "c"]),
        (by(SortBy::Modified, false), ["a/", "z/", "c", "d", "e", "b"]),
        (by(SortBy::Modified, true), ["a/", "z/", "b", "e", "d", "c"]),
    ] {
        assert_eq!(names(&sample(sort)), expected, "from the start, {sort:?}");
        let mut columns = sample(Sort::default());
        columns.set_sort(sort);
        assert_eq!(names(&columns), expected, "afterwards, {sort:?}");
        columns.set_sort(Sort::default());
        assert_eq!(names(&columns), ["a/", "z/", "b", "c", "d", "e"], "and back, {sort:?}");
    }
}

#[test]
fn a_key_of_another_folder_is_refused() {
    let mut columns = Columns::new("team/".into(), Sort::default());
    assert_eq!(columns.push(&page(&[], vec![object("tea", 1, None, "")], false)), Err(ForeignKey));
    assert_eq!(columns.push(&page(&["other/"], Vec::new(), false)), Err(ForeignKey));
}

#[test]
fn the_prefix_itself_and_slashes_are_names() {
    let mut columns = Columns::new("a/".into(), Sort::default());
    columns.push(&page(&["a//"], vec![object("a/", 0, None, ""), object("a/..", 1, None, "")], false)).unwrap();
    assert_eq!(names(&columns), ["/", "", ".."]);
    assert_eq!(columns.row(0).unwrap().key, "a//");
    assert_eq!(columns.row(1).unwrap().key, "a/");
}

#[test]
fn unusually_many_classes() {
    let mut columns = Columns::new(String::new(), Sort::default());
    let objects = (0..300).map(|number| object(&format!("{number:03}"), 1, None, &format!("C{number}"))).collect();
    columns.push(&page(&[], objects, false)).unwrap();
    let class = |index| match columns.row(index).unwrap().kind {
        RowKind::Object { class, .. } => class,
        RowKind::Folder => panic!("a folder"),
    };
    assert_eq!((class(0), class(255), class(299)), ("C0".into(), "C255".into(), "C255".into()));
}

#[test]
fn names_cross_blocks_whole() {
    let mut stored = Names::default();
    let long = "é".repeat(BLOCK);
    let all: Vec<String> =
        (0..3_000).map(|number| format!("{number}-{}", "x".repeat(number % 1_024))).chain([long, String::new()]).collect();
    for name in &all {
        stored.push(name);
    }
    for (at, name) in all.iter().enumerate() {
        assert_eq!(stored.get(u32::try_from(at).unwrap()), name);
    }
    assert_eq!(stored.last(), Some(""));
}

proptest! {
    /// Whatever comes, in whatever pages and order: what is shown in the end is what came, folders
    /// first, in the order that was asked for.
    #[test]
    fn sorts_like_the_textbook(
        pages in vec((vec("[a-c]{0,3}/", 0..4), vec(("[a-c]{0,3}", 0_u64..4, proptest::option::of(0_i64..4)), 0..6)), 0..6),
        size: bool, modified: bool, descending: bool, late: bool,
    ) {
        let sort = by(if size { SortBy::Size } else if modified { SortBy::Modified } else { SortBy::Name }, descending);
        let mut columns = Columns::new("p/".into(), if late { Sort::default() } else { sort });
        let mut expected: Vec<(String, u64, Option<i64>)> = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let last = pages.len().saturating_sub(1);
        for (number, (prefixes, objects)) in pages.iter().enumerate() {
            for prefix in prefixes {
                if folders.last() != Some(prefix) {
                    folders.push(prefix.clone());
                }
            }
            expected.extend(objects.iter().cloned());
            let objects = objects.iter().map(|(name, size, modified)| object(&format!("p/{name}"), *size, *modified, "")).collect();
            let prefixes: Vec<String> = prefixes.iter().map(|prefix| format!("p/{prefix}")).collect();
            let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
            columns.push(&page(&prefixes, objects, number < last)).unwrap();
        }
        if late {
            columns.set_sort(sort);
        }
        folders.sort();
        expected.sort();
        match sort.by {
            SortBy::Name => {}
            SortBy::Size => expected.sort_by_key(|(_, size, _)| if descending { u64::MAX - size } else { *size }),
            SortBy::Modified => expected.sort_by_key(|(_, _, modified)| {
                let modified = modified.unwrap_or(-1);
                if descending { -modified } else { modified }
            }),
        }
        if sort.by == SortBy::Name && descending {
            expected.reverse();
            folders.reverse();
        }
        let expected: Vec<String> = folders.into_iter().chain(expected.into_iter().map(|(name, ..)| name)).collect();
        prop_assert_eq!(names(&columns), expected);
    }

    #[test]
    fn rows_wait_for_their_turn_but_none_is_lost(sizes in vec(1_usize..900, 1..20)) {
        let mut columns = Columns::new(String::new(), by(SortBy::Size, true));
        let mut number = 0_u32;
        for size in &sizes {
            let objects = (0..*size).map(|_| { number += 1; object(&format!("{number:08}"), u64::from(number % 97), None, "") }).collect();
            columns.push(&page(&[], objects, true)).unwrap();
            let shown = columns.counts().objects;
            prop_assert!(shown > 0 && shown <= number as usize);
            prop_assert!(columns.row(shown - 1).is_some() && columns.row(shown).is_none());
        }
        columns.settle();
        prop_assert_eq!(columns.counts().objects, number as usize);
    }
}

#[test]
fn a_search_follows_the_order_and_what_comes() {
    let mut columns = sample(by(SortBy::Size, true));
    columns.search(Pattern::parse("?"));
    assert!(!columns.look(3), "four objects and two folders take two steps of three");
    assert!(columns.look(3));
    assert_eq!(columns.shown(), columns.counts(), "what was shown stays until something else is");
    assert!(columns.show_found());
    assert_eq!(names(&columns), ["a/", "z/", "b", "e", "d", "c"]);
    assert!(!columns.show_found(), "nothing new");

    columns.search(Pattern::parse("\"e\""));
    assert!(columns.look(usize::MAX) && columns.show_found());
    assert_eq!(shown(&columns), ["e"]);
    columns.push(&page(&["team/zebra/"], vec![object("team/fee", 9, None, "")], false)).unwrap();
    assert_eq!(shown(&columns), ["e"], "not looked at yet");
    assert!(columns.look(usize::MAX) && columns.show_found());
    assert_eq!(shown(&columns), ["zebra/", "fee", "e"]);
    columns.set_sort(Sort::default());
    assert!(columns.show_found());
    assert_eq!(shown(&columns), ["zebra/", "e", "fee"]);
    columns.search(None);
    assert_eq!(columns.shown(), Counts { folders: 3, objects: 5 });
}

fn shown(columns: &Columns) -> Vec<String> {
    let counts = columns.shown();
    assert_eq!(columns.row(counts.folders + counts.objects), None);
    (0..counts.folders + counts.objects).map(|index| columns.row(index).unwrap().name).collect()
}

#[test]
fn ways_to_a_row() {
    let mut columns = Columns::new("p/".into(), Sort::default());
    let objects = ["p/Apple", "p/apple", "p/banana", "p/étude"].map(|key| object(key, 1, None, "")).to_vec();
    columns.push(&page(&["p/beta/", "p/gamma/"], objects, false)).unwrap();
    for (name, expected) in
        [("be", Some(0)), ("beta/", Some(0)), ("b", Some(0)), ("ba", Some(4)), ("d", Some(5)), ("", Some(0)), ("ü", None)]
    {
        assert_eq!(columns.at_or_after(name), expected, "{name}");
    }
    assert_eq!(columns.next_with(0, "a"), Some(2));
    assert_eq!(columns.next_with(3, "A"), Some(3));
    assert_eq!(columns.next_with(4, "a"), Some(2), "round");
    assert_eq!(columns.next_with(0, "ÉT"), None, "beyond A to Z the case counts");
    assert_eq!(columns.next_with(0, "é"), Some(5));
    assert_eq!(columns.next_with(100, "gam"), Some(1));
    assert_eq!(columns.index_of("apple"), Some(3));
    assert_eq!(columns.index_of("appl"), None);
}

proptest! {
    /// In whatever steps it is looked, whatever comes in between and however it is sorted: what is shown in the
    /// end is what all rows show, less those that do not fit.
    #[test]
    fn a_search_shows_the_rows_that_fit(
        pages in vec((vec("[a-c]{0,3}/", 0..4), vec(("[a-c]{0,3}", 0_u64..4), 0..6)), 1..6),
        text in "[a-c*?]{1,3}", steps in vec(1_usize..9, 6), size: bool, descending: bool, sort_at in 0_usize..6,
    ) {
        let pattern = Pattern::parse(&text).unwrap();
        let mut columns = Columns::new(String::new(), Sort::default());
        let mut whole = Columns::new(String::new(), Sort::default());
        columns.search(Some(pattern.clone()));
        let sort = by(if size { SortBy::Size } else { SortBy::Name }, descending);
        let last = pages.len() - 1;
        for (number, (prefixes, objects)) in pages.iter().enumerate() {
            if number == sort_at {
                columns.set_sort(sort);
                whole.set_sort(sort);
            }
            let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
            let page = page(&prefixes, objects.iter().map(|(key, size)| object(key, *size, None, "")).collect(), number < last);
            columns.push(&page).unwrap();
            whole.push(&page).unwrap();
            columns.look(steps[number]);
            columns.show_found();
            let seen = shown(&columns);
            prop_assert!(seen.iter().all(|name| pattern.fits(name)));
        }
        while !columns.look(1) {}
        columns.show_found();
        let expected: Vec<String> = shown(&whole).into_iter().filter(|name| pattern.fits(name)).collect();
        prop_assert_eq!(shown(&columns), expected);
    }

    #[test]
    fn the_row_at_or_after_a_name(mut names in vec("[a-c日]{0,4}", 0..20), name in "[a-c日]{0,4}") {
        names.sort();
        names.dedup();
        let mut columns = Columns::new(String::new(), Sort::default());
        columns.push(&page(&[], names.iter().map(|name| object(name, 1, None, "")).collect(), false)).unwrap();
        prop_assert_eq!(columns.at_or_after(&name), names.iter().position(|other| *other >= name));
    }
}

/// What the rows of a million objects take follows from what these take: everything grows with the number of rows.
#[test]
fn a_row_costs_its_name_and_forty_bytes() {
    let rows = 1 << 17;
    let mut columns = Columns::new(String::new(), Sort::default());
    for from in (0..rows).step_by(1_000) {
        let objects = (from..rows.min(from + 1_000)).map(|number| object(&format!("{number:060}"), 1, Some(1), "")).collect();
        columns.push(&page(&[], objects, from + 1_000 < rows)).unwrap();
    }
    columns.set_sort(by(SortBy::Size, true));
    columns.search(Pattern::parse("0"));
    while !columns.look(10_000) {}
    columns.show_found();
    let names = columns.objects.blocks.iter().map(String::capacity).sum::<usize>() + columns.objects.spans.capacity() * size_of::<Span>();
    let properties = columns.sizes.capacity() * 8 + columns.modified.capacity() * 8 + columns.class_of.capacity();
    let order = (columns.order.capacity() + columns.shown.as_ref().unwrap().objects.capacity()) * 4;
    let bytes = names + properties + order;
    assert!(bytes <= rows * (60 + 40) + BLOCK, "{} bytes a row", bytes / rows);
}

/// In order, and each once: as S3 lists.
fn listed() -> impl Strategy<Value = Vec<(String, bool)>> {
    vec(("[a-c]{0,4}", any::<bool>()), 0..60).prop_map(|names| {
        let mut names: Vec<_> = names.into_iter().map(|(name, folder)| (if folder { name + "/" } else { name }, folder)).collect();
        names.sort();
        names.dedup();
        names
    })
}

proptest! {
    #[test]
    fn rows_of_others_are_as_good_as_pages(
        rows in listed(),
        sort in prop::sample::select(vec![by(SortBy::Name, false), by(SortBy::Name, true), by(SortBy::Size, false), by(SortBy::Modified, true)]),
        parts in 1_usize..9,
    ) {
        let pages: Vec<ListPage> = rows
            .chunks(rows.len().div_ceil(parts).max(1))
            .map(|rows| {
                let folders: Vec<&str> = rows.iter().filter(|(_, folder)| *folder).map(|(name, _)| name.as_str()).collect();
                let classes = ["", "GLACIER", "DEEP_ARCHIVE"];
                let object = |name: &str| object(name, name.len() as u64 % 3, Some(name.len() as i64 % 4), classes[name.len() % 3]);
                page(&folders, rows.iter().filter(|(_, folder)| !folder).map(|(name, _)| object(name)).collect(), true)
            })
            .collect();
        let (mut pushed, mut adopted) = (Columns::new(String::new(), sort), Columns::new(String::new(), sort));
        for page in &pages {
            pushed.push(page).unwrap();
            let mut rows = Columns::new(String::new(), Sort::default());
            rows.push(page).unwrap();
            adopted.adopt(rows);
        }
        pushed.finish();
        adopted.finish();
        prop_assert_eq!(pushed.counts(), adopted.counts());
        let counts = pushed.counts();
        prop_assert_eq!(counts.folders + counts.objects, rows.len());
        for index in 0..rows.len() {
            prop_assert_eq!(pushed.row(index), adopted.row(index));
        }
        prop_assert!(adopted.came_sorted());
        let mut sample = adopted.sample(3);
        prop_assert_eq!(sample.first(), rows.first().map(|(name, _)| name));
        prop_assert_eq!(sample.pop(), rows.last().map(|(name, _)| name.clone()));
    }
}

#[test]
fn a_folder_that_goes_on_in_the_rows_of_others_is_listed_once() {
    let mut columns = sample(Sort::default());
    let mut others = Columns::new("team/".into(), Sort::default());
    others.push(&page(&["team/z/", "team/zz/"], Vec::new(), true)).unwrap();
    columns.adopt(others);
    assert_eq!(names(&columns), ["a/", "z/", "zz/", "b", "c", "d", "e"]);
}
