//! A frame of something that is watched: a few lines, then the rows that matter most, as many as fit.
//!
//! There may be ten thousand rows. All of them are ranked, which costs a comparison of two numbers each; only those that
//! are shown are put into words.

use owo_colors::OwoColorize;

/// The room that a frame has, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: usize,
    pub rows: usize,
}

/// A terminal that does not tell its size.
pub const USUAL: Size = Size {
    columns: 80,
    rows: 24,
};

/// How a line is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Faint,
    Good,
    Careful,
    Bad,
}

/// A line as it is meant; the screen decides on colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub tone: Tone,
}

impl Line {
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }

    /// The line with its colour.
    pub fn coloured(&self) -> String {
        let text = &self.text;
        match self.tone {
            Tone::Plain => text.clone(),
            Tone::Faint => text.dimmed().to_string(),
            Tone::Good => text.green().to_string(),
            Tone::Careful => text.yellow().to_string(),
            Tone::Bad => text.red().to_string(),
        }
    }
}

/// A column of the rows.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub title: &'static str,
    /// Numbers stand at the right.
    pub right: bool,
    /// Where there is no room for all, the column with the highest number goes first; 0 stays.
    pub gives_way: u8,
}

/// A row in words: a cell for each column.
pub struct Row {
    pub cells: Vec<String>,
    pub tone: Tone,
}

/// Lays out `head` and the rows of the items with the highest ranks; every line fits into `size`.
pub fn frame<T, K: Ord>(
    size: Size,
    head: &[Line],
    columns: &[Column],
    items: &[T],
    rank: impl Fn(&T) -> K,
    row: impl FnMut(&T) -> Row,
) -> Vec<Line> {
    // The title, the line about the rest, and the line on which the cursor stands.
    let room = size.rows.saturating_sub(3).max(1);
    let mut lines = heads(head, room.saturating_sub(1).max(1));
    let room = room.saturating_sub(lines.len()).max(1);
    let worst = worst(items, room, rank);
    let rows: Vec<Row> = worst.into_iter().map(row).collect();
    let hidden = items.len() - rows.len();
    lines.extend(grid(size.columns, columns, &rows));
    if hidden > 0 {
        lines.push(Line::new(Tone::Faint, format!("… and {hidden} more")));
    }
    for line in &mut lines {
        line.text = cut(&line.text, size.columns);
    }
    lines
}

/// As many lines of the head as there is room for; the rest is counted.
fn heads(head: &[Line], room: usize) -> Vec<Line> {
    if head.len() <= room {
        return head.to_vec();
    }
    let kept = room.saturating_sub(1);
    let mut lines = head[..kept].to_vec();
    lines.push(Line::new(
        Tone::Careful,
        format!("… and {} more lines", head.len() - kept),
    ));
    lines
}

/// The `count` items with the highest ranks, the highest first; equal ones stay in their order.
fn worst<T, K: Ord>(items: &[T], count: usize, rank: impl Fn(&T) -> K) -> Vec<&T> {
    let mut ranked: Vec<_> = items
        .iter()
        .enumerate()
        .map(|(index, item)| (std::cmp::Reverse(rank(item)), index))
        .collect();
    if count < ranked.len() {
        ranked.select_nth_unstable(count);
        ranked.truncate(count);
    }
    ranked.sort_unstable();
    ranked.iter().map(|(_, index)| &items[*index]).collect()
}

fn grid(width: usize, columns: &[Column], rows: &[Row]) -> Vec<Line> {
    let mut widths: Vec<usize> = columns.iter().map(|column| chars(column.title)).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = (*width).max(chars(cell));
        }
    }
    let mut shown: Vec<usize> = (0..columns.len()).collect();
    let needed =
        |shown: &[usize], widths: &[usize]| shown.iter().map(|index| widths[*index] + 2).sum::<usize>();
    while needed(&shown, &widths) > width + 2 {
        let first_to_go = shown
            .iter()
            .copied()
            .max_by_key(|index| columns[*index].gives_way);
        match first_to_go.filter(|index| columns[*index].gives_way > 0) {
            Some(index) => shown.retain(|other| *other != index),
            None => break,
        }
    }
    // What is still too wide is taken from the first column, the name.
    let over = needed(&shown, &widths).saturating_sub(width + 2);
    if let Some(first) = shown.first() {
        widths[*first] = widths[*first].saturating_sub(over).max(4);
    }
    let line = |cells: &[&str], tone| {
        let cells = shown.iter().map(|index| {
            let width = widths[*index];
            let text = cut(cells.get(*index).copied().unwrap_or_default(), width);
            if columns[*index].right {
                format!("{text:>width$}")
            } else {
                format!("{text:<width$}")
            }
        });
        Line::new(tone, cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let mut lines = vec![line(&titles, Tone::Faint)];
    lines.extend(rows.iter().map(|row| {
        let cells: Vec<&str> = row.cells.iter().map(String::as_str).collect();
        line(&cells, row.tone)
    }));
    lines
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// The text within `width` characters; where something is missing it says so.
fn cut(text: &str, width: usize) -> String {
    if chars(text) <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column {
            title: "topic",
            right: false,
            gives_way: 0,
        },
        Column {
            title: "lag",
            right: true,
            gives_way: 0,
        },
        Column {
            title: "position",
            right: true,
            gives_way: 2,
        },
        Column {
            title: "state",
            right: false,
            gives_way: 1,
        },
    ];

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "the shape that a frame asks for"
    )]
    fn row(lag: &u64) -> Row {
        Row {
            cells: vec![
                format!("a-topic-with-a-long-name-{lag}"),
                lag.to_string(),
                "123456789012345".into(),
                "behind".into(),
            ],
            tone: Tone::Plain,
        }
    }

    fn texts(size: Size, items: &[u64]) -> Vec<String> {
        let head = [Line::new(Tone::Plain, "all is well")];
        let lines = frame(size, &head, &COLUMNS, items, |lag| *lag, row);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn ten_thousand_rows_cost_as_many_words_as_are_shown() {
        let items: Vec<u64> = (0..10_000).map(|number| number * 7919 % 10_000).collect();
        let (ranked, worded) = (Cell::new(0), Cell::new(0));
        let lines = frame(
            USUAL,
            &[],
            &COLUMNS,
            &items,
            |lag| {
                ranked.set(ranked.get() + 1);
                *lag
            },
            |lag| {
                worded.set(worded.get() + 1);
                row(lag)
            },
        );
        assert_eq!(ranked.get(), 10_000, "each is ranked once");
        assert_eq!(worded.get(), 21, "a row for each line between title and cursor");
        assert_eq!(lines.len(), 23);
        assert!(lines[1].text.contains("9999") && lines[2].text.contains("9998"));
        assert_eq!(lines[22].text, "… and 9979 more");
    }

    #[test]
    fn every_line_fits_into_every_terminal() {
        let items: Vec<u64> = (0..100).collect();
        for columns in [1, 5, 20, 40, 80, 200] {
            for rows in [1, 2, 4, 5, 24, 60, 300] {
                let lines = texts(Size { columns, rows }, &items);
                assert!(lines.iter().all(|line| chars(line) <= columns), "{lines:#?}");
                assert!(lines.len() < rows.max(5), "{columns}x{rows}: {lines:#?}");
            }
        }
    }

    #[test]
    fn what_matters_least_gives_way_first() {
        let size = |columns| Size { columns, rows: 24 };
        assert_eq!(
            texts(size(80), &[7]),
            [
                "all is well",
                "topic                       lag         position  state",
                "a-topic-with-a-long-name-7    7  123456789012345  behind",
            ]
        );
        assert_eq!(
            texts(size(45), &[7])[1..],
            [
                "topic                       lag  state",
                "a-topic-with-a-long-name-7    7  behind",
            ]
        );
        assert_eq!(
            texts(size(20), &[7])[1..],
            ["topic            lag", "a-topic-with-a…    7"]
        );
    }

    #[test]
    fn a_long_head_leaves_room_for_the_worst_row() {
        let head: Vec<_> = (0..50)
            .map(|number| Line::new(Tone::Bad, format!("alarm {number}")))
            .collect();
        let size = Size {
            columns: 80,
            rows: 10,
        };
        let lines = frame(size, &head, &COLUMNS, &[1_u64, 2], |lag| *lag, row);
        assert!(lines.len() < 10, "{lines:#?}");
        assert!(lines.iter().any(|line| line.text.starts_with("a-topic")));
        assert!(lines.iter().any(|line| line.text == "… and 45 more lines"));
    }
}
