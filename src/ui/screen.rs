//! A block of lines at the end of the terminal that is drawn again and again.
//!
//! The block is written in one piece, over the old one. When the terminal has become narrower meanwhile, the old lines
//! have been broken into more rows: these are counted with the present width.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use super::live::{Line, Size, USUAL};

/// Where frames are drawn.
#[derive(Debug, Default)]
pub struct Screen {
    /// The widths of the lines that are there.
    drawn: Vec<usize>,
}

/// Whether standard output is a terminal on which lines can be drawn over.
pub fn redraws() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// The size of the terminal as it is now.
pub fn size() -> Size {
    let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout()) else {
        return USUAL;
    };
    if size.ws_col == 0 || size.ws_row == 0 {
        return USUAL;
    }
    Size {
        columns: usize::from(size.ws_col),
        rows: usize::from(size.ws_row),
    }
}

impl Screen {
    /// Draws `lines` in place of what was drawn before.
    pub fn draw(&mut self, lines: &[Line]) {
        let colours = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
        write(&self.over(lines, size().columns, colours));
        self.drawn = lines.iter().map(|line| line.text.chars().count()).collect();
    }

    /// Whether there is a block.
    pub fn is_drawn(&self) -> bool {
        !self.drawn.is_empty()
    }

    /// Takes the block away, so that a line of somebody else stands alone; the next frame is drawn below it.
    pub fn clear(&mut self) {
        if !self.drawn.is_empty() {
            write(&self.over(&[], size().columns, false));
            self.drawn.clear();
        }
    }

    /// Leaves the block where it is: what follows is written below.
    pub fn leave(&mut self) {
        self.drawn.clear();
    }

    fn over(&self, lines: &[Line], columns: usize, colours: bool) -> String {
        let mut text = String::new();
        let rows: usize = self
            .drawn
            .iter()
            .map(|width| width.div_ceil(columns.max(1)).max(1))
            .sum();
        if rows > 0 {
            let _ = write!(text, "\x1b[{rows}A\r");
        }
        for line in lines {
            text.push_str(&if colours {
                line.coloured()
            } else {
                line.text.clone()
            });
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        text
    }
}

/// A closed terminal is the reader's choice, not an error.
fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use super::super::live::Tone;
    use super::*;

    #[test]
    fn a_frame_is_drawn_over_the_one_before() {
        let mut screen = Screen::default();
        let lines = [Line::new(Tone::Bad, "one"), Line::new(Tone::Plain, "two")];
        assert_eq!(screen.over(&lines, 80, false), "one\x1b[K\ntwo\x1b[K\n\x1b[J");
        screen.drawn = vec![3, 3];
        assert_eq!(screen.over(&lines[1..], 80, false), "\x1b[2A\rtwo\x1b[K\n\x1b[J");
        let coloured = screen.over(&lines[..1], 80, true);
        assert!(coloured.contains("\x1b[31mone\x1b[39m"), "{coloured:?}");
    }

    #[test]
    fn lines_that_a_narrower_terminal_has_broken_are_drawn_over_too() {
        let screen = Screen {
            drawn: vec![70, 0, 81],
        };
        assert!(screen.over(&[], 40, false).starts_with("\x1b[6A\r"));
    }
}
