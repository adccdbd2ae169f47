//! What differs between two texts, line by line
//! (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986).

/// Lines that differ at the most: work and memory grow with their square.
const MOST: usize = 1_000;

/// Lines that are shown around what differs.
const AROUND: usize = 3;

/// A line of what differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// In both.
    Same(&'a str),
    /// Only in the first.
    Gone(&'a str),
    /// Only in the second.
    New(&'a str),
    /// So many lines that are in both and are left out.
    Between(usize),
}

/// What differs, with a few lines around it; nothing where the texts are the same. `None` where so much differs that nobody
/// would read it.
#[must_use]
pub fn between<'a>(first: &'a str, second: &'a str) -> Option<Vec<Line<'a>>> {
    let (first, second): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
    let before = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
    let rest = |lines: &[&'a str]| lines[before..].to_vec();
    let (one, other) = (rest(&first), rest(&second));
    let behind = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    let (one, end) = one.split_at(one.len() - behind);
    let other = &other[..other.len() - behind];
    let mut lines: Vec<Line<'a>> = first[..before].iter().map(|line| Line::Same(line)).collect();
    lines.extend(script(one, other)?);
    lines.extend(end.iter().map(|line| Line::Same(line)));
    Some(shortened(&lines))
}

/// The shortest way from one to the other.
fn script<'a>(one: &[&'a str], other: &[&'a str]) -> Option<Vec<Line<'a>>> {
    let (n, m) = (one.len(), other.len());
    let most = (n + m).min(MOST);
    // `reach[k + most]`: how far into `one` the best way on the diagonal `k` comes.
    let at = |k: isize| usize::try_from(k + most.cast_signed() + 1).unwrap_or(0);
    let mut reach = vec![0_usize; 2 * most + 3];
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for d in 0..=most.cast_signed() {
        trace.push(reach.clone());
        for k in (-d..=d).step_by(2) {
            let down = k == -d || (k != d && reach[at(k - 1)] < reach[at(k + 1)]);
            let mut x = if down { reach[at(k + 1)] } else { reach[at(k - 1)] + 1 };
            let Ok(mut y) = usize::try_from(x.cast_signed() - k) else { continue };
            while x < n && y < m && one[x] == other[y] {
                x += 1;
                y += 1;
            }
            reach[at(k)] = x;
            if x >= n && y >= m {
                return Some(way_back(one, other, &trace, at));
            }
        }
    }
    None
}

fn way_back<'a>(one: &[&'a str], other: &[&'a str], trace: &[Vec<usize>], at: impl Fn(isize) -> usize) -> Vec<Line<'a>> {
    let (mut x, mut y) = (one.len(), other.len());
    let mut lines = Vec::new();
    for (d, reach) in trace.iter().enumerate().rev() {
        let (d, k) = (d.cast_signed(), x.cast_signed() - y.cast_signed());
        let down = k == -d || (k != d && reach[at(k - 1)] < reach[at(k + 1)]);
        let before = if down { k + 1 } else { k - 1 };
        let from_x = if d == 0 { 0 } else { reach[at(before)] };
        let from_y = if d == 0 { 0 } else { usize::try_from(from_x.cast_signed() - before).unwrap_or(0) };
        while x > from_x && y > from_y && (d == 0 || x - from_x > usize::from(!down)) && one[x - 1] == other[y - 1] {
            x -= 1;
            y -= 1;
            lines.push(Line::Same(one[x]));
        }
        if d > 0 {
            if down {
                y -= 1;
                lines.push(Line::New(other[y]));
            } else {
                x -= 1;
                lines.push(Line::Gone(one[x]));
            }
        }
    }
    lines.reverse();
    lines
}

/// Leaves out what is the same for long.
fn shortened<'a>(lines: &[Line<'a>]) -> Vec<Line<'a>> {
    let differs: Vec<usize> = lines.iter().enumerate().filter(|(_, line)| !matches!(line, Line::Same(_))).map(|(at, _)| at).collect();
    let mut out = Vec::new();
    let mut shown_to = 0;
    for &place in &differs {
        let (from, to) = (place.saturating_sub(AROUND).max(shown_to), (place + AROUND + 1).min(lines.len()));
        if from > shown_to {
            out.push(Line::Between(from - shown_to));
        }
        out.extend(lines.get(from..to).unwrap_or_default());
        shown_to = shown_to.max(to);
    }
    if !differs.is_empty() && shown_to < lines.len() {
        out.push(Line::Between(lines.len() - shown_to));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_line_of_many() {
        let first = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
        let second = first.replace('e', "E");
        let same = Line::Same;
        assert_eq!(
            between(first, &second).unwrap(),
            [
                Line::Between(1),
                same("b"),
                same("c"),
                same("d"),
                Line::Gone("e"),
                Line::New("E"),
                same("f"),
                same("g"),
                same("h"),
                Line::Between(1)
            ]
        );
        assert_eq!(between(first, first).unwrap(), []);
        assert_eq!(between("", "a").unwrap(), [Line::New("a")]);
        assert_eq!(between("a", "").unwrap(), [Line::Gone("a")]);
    }

    #[test]
    fn too_much_is_left_alone() {
        let lines = |letter: &str| (0..3_000).map(|n| format!("{letter}{n}\n")).collect::<String>();
        assert_eq!(between(&lines("a"), &lines("b")), None);
    }

    /// The longest common subsequence, in the plain way.
    fn common(one: &[&str], other: &[&str]) -> usize {
        let mut row = vec![0; other.len() + 1];
        for line in one {
            let before = row.clone();
            for (at, there) in other.iter().enumerate() {
                row[at + 1] = if line == there { before[at] + 1 } else { before[at + 1].max(row[at]) };
            }
        }
        row[other.len()]
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_it_and_no_way_is_shorter(
            one in prop::collection::vec("[abc]", 0..14), other in prop::collection::vec("[abc]", 0..14),
        ) {
            let (one, other): (Vec<&str>, Vec<&str>) = (one.iter().map(String::as_str).collect(), other.iter().map(String::as_str).collect());
            let lines = script(&one, &other).unwrap();
            let first: Vec<&str> = lines.iter().filter_map(|line| match line { Line::Same(text) | Line::Gone(text) => Some(*text), _ => None }).collect();
            let second: Vec<&str> = lines.iter().filter_map(|line| match line { Line::Same(text) | Line::New(text) => Some(*text), _ => None }).collect();
            prop_assert_eq!(&first, &one);
            prop_assert_eq!(&second, &other);
            let same = lines.iter().filter(|line| matches!(line, Line::Same(_))).count();
            prop_assert_eq!(same, common(&one, &other));
        }

        #[test]
        fn nothing_is_lost_when_it_is_shortened(one in "([abc]\n){0,30}", other in "([abc]\n){0,30}") {
            let lines = between(&one, &other).unwrap();
            let count = |of: fn(&Line<'_>) -> usize| lines.iter().map(of).sum::<usize>();
            let first = count(|line| match line { Line::Same(_) | Line::Gone(_) => 1, Line::Between(lines) => *lines, Line::New(_) => 0 });
            prop_assert!(lines.is_empty() || first == one.lines().count());
        }
    }
}
