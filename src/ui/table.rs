//! Aligned columns without rules, for a terminal or a pipe.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Lays out rows under a head; the columns named in `right` hold numbers.
pub fn table(head: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_at_the_right_and_no_line_ends_in_spaces() {
        let text = table(&["topic", "lag"], &[vec!["orders".into(), "12".into()]], &[1]);
        assert_eq!(text, " topic   lag\n orders   12");
    }
}
