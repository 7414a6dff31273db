//! C++ text, laid out as clang-format would with the project's settings.

use super::docs::COLUMNS;

/// Source text under construction.
#[derive(Default)]
pub struct Code {
    text: String,
}

impl Code {
    pub fn into_text(self) -> String {
        self.text
    }

    /// One line, or several when `line` has line breaks in it.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// An empty line, unless there is one already.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Text that brings its own line breaks.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// `head` + `items` separated by commas + `tail`, broken where a line gets too long.
    pub fn list(&mut self, indent: usize, head: &str, items: &[String], tail: &str) {
        let text = list(indent, head, items, tail);
        self.line(text);
    }
}

/// Columns of the last line of `text`.
fn last_width(text: &str) -> usize {
    text.rsplit('\n').next().unwrap_or(text).chars().count()
}

/// `indent` blanks, `head` (which ends with an opening bracket), `items` and `tail` (which starts with the closing
/// one): on one line if it fits, else packed and aligned behind the bracket, else packed on lines of their own.
pub fn list(indent: usize, head: &str, items: &[String], tail: &str) -> String {
    let start = format!("{:indent$}{head}", "");
    let one_line = format!("{start}{}{tail}", items.join(", "));
    if fits(&one_line) || items.is_empty() {
        return one_line;
    }
    let aligned = pack(start.clone(), last_width(&start), items, tail);
    let broken = pack(format!("{start}\n{:1$}", "", indent + 4), indent + 4, items, tail);
    aligned.or(broken).unwrap_or(one_line)
}

fn fits(text: &str) -> bool {
    text.lines().all(|line| line.chars().count() <= COLUMNS)
}

/// Puts as many items on each line as fit; nothing if one of them does not fit at all.
fn pack(start: String, align: usize, items: &[String], tail: &str) -> Option<String> {
    let mut text = start;
    for (index, item) in items.iter().enumerate() {
        let last = index + 1 == items.len();
        let end = if last { tail } else { "," };
        let width = item.chars().count() + end.chars().count();
        let fresh = text.ends_with(' ') && last_width(&text) == align || index == 0;
        if !fresh {
            if last_width(&text) + 1 + width <= COLUMNS {
                text.push(' ');
            } else {
                text.push('\n');
                text.push_str(&" ".repeat(align));
            }
        }
        if last_width(&text) + width > COLUMNS {
            return None;
        }
        text.push_str(item);
        text.push_str(end);
    }
    Some(text)
}

/// A string literal on lines of its own, in pieces where it is too long. `tail` follows it. `text` has nothing in it
/// that would have to be escaped: the names and punctuation of WIT.
pub fn string_literal(indent: usize, text: &str, tail: &str) -> String {
    // Broken behind blanks, so that no piece needs an escape to be cut.
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split_inclusive(' ') {
        let room = COLUMNS - indent - 2 - tail.len();
        match pieces.last_mut() {
            Some(piece) if piece.len() + word.len() <= room => piece.push_str(word),
            _ => pieces.push(word.to_string()),
        }
    }
    let lines: Vec<_> = pieces.iter().map(|piece| format!("{:indent$}\"{piece}\"", "")).collect();
    lines.join("\n") + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(count: usize, width: usize) -> Vec<String> {
        (0..count).map(|_| "x".repeat(width)).collect()
    }

    #[test]
    fn short_lists_stay_on_one_line() {
        assert_eq!(list(2, "f(", &items(2, 3), ");"), "  f(xxx, xxx);");
        assert_eq!(list(2, "f(", &[], ");"), "  f();");
    }

    #[test]
    fn long_lists_are_aligned_behind_the_bracket() {
        let text = list(2, "f(", &items(12, 10), ");");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[1].starts_with("    x"));
        assert!(fits(&text));
    }

    #[test]
    fn long_heads_move_the_list_to_its_own_lines() {
        let head = format!("{}(", "h".repeat(80));
        let text = list(2, &head, &items(4, 20), ");");
        assert!(text.lines().nth(1).expect("broken").starts_with("      x"));
        assert!(fits(&text));
    }

    #[test]
    fn literals_are_cut_behind_blanks() {
        let text = string_literal(4, &"word ".repeat(40), "};");
        assert!(fits(&text));
        assert!(text.lines().count() > 2);
        assert!(text.ends_with("\"};"));
    }
}
