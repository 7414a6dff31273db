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

    /// An empty line behind the end of a struct, class or function.
    pub fn gap_after_block(&mut self) {
        if self.text.ends_with("};\n") || self.text.ends_with("}\n") {
            self.gap();
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
    let aligned = pack(start.clone(), last_width(&start), items, tail, false);
    // What follows a colon is indented like what stands behind it.
    let inner = indent + if head.starts_with(": ") { 6 } else { 4 };
    let broken = |split| pack(format!("{start}\n{:inner$}", ""), inner, items, tail, split);
    match (aligned, broken(false)) {
        // Braces and angle brackets are filled where that takes fewer breaks; parameters stay aligned.
        (Some(aligned), Some(broken))
            if !head.ends_with('(') && breaks(&broken) < breaks(&aligned) =>
        {
            broken
        }
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => broken(head.ends_with('(')).unwrap_or(one_line),
    }
}

/// Line breaks, also the one that an empty body behind `text` takes when it has no room there.
fn breaks(text: &str) -> usize {
    text.matches('\n').count() + usize::from(text.ends_with('{') && last_width(text) + 2 > COLUMNS)
}

/// A declaration of a function: `returns name(items)tail`. The name goes to a line of its own when what it returns
/// leaves no room for it.
pub fn function(indent: usize, returns: &str, name: &str, items: &[String], tail: &str) -> String {
    let head = format!("{returns} {name}(");
    if indent + head.chars().count() <= COLUMNS {
        return list(indent, &head, items, tail);
    }
    format!("{}\n{}", long_type(indent, returns), list(indent, &format!("{name}("), items, tail))
}

/// `text`, which ends with an opening brace, with an empty body: on the next line where it has no room.
pub fn empty_body(text: &str) -> String {
    if last_width(text) + 2 <= COLUMNS { format!("{text}}};") } else { format!("{text}\n}};") }
}

/// A type that is too long for its line, broken behind the first bracket that leaves little enough.
pub fn long_type(indent: usize, text: &str) -> String {
    let one_line = format!("{:indent$}{text}", "");
    if fits(&one_line) {
        return one_line;
    }
    let inner = indent + 4;
    for (at, _) in text.match_indices('<') {
        let (head, rest) = text.split_at(at + 1);
        if indent + head.chars().count() > COLUMNS {
            break;
        }
        let close = matching_bracket(rest);
        let packed =
            pack(" ".repeat(inner), inner, &top_level(&rest[..close]), &rest[close..], false);
        if let Some(packed) = packed {
            return format!("{:indent$}{head}\n{packed}", "");
        }
    }
    one_line
}

/// Where the bracket closes that was opened before `text`.
fn matching_bracket(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if depth == 0 => return at,
            '>' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// The template arguments in `text`, split at the commas that stand outside of angle brackets.
pub fn top_level(text: &str) -> Vec<String> {
    let mut result = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                result.push(String::new());
                continue;
            }
            _ => {}
        }
        result.last_mut().expect("never empty").push(c);
    }
    result.into_iter().map(|item| item.trim().to_string()).collect()
}

fn fits(text: &str) -> bool {
    text.lines().all(|line| line.chars().count() <= COLUMNS)
}

/// Whether nothing but blanks stands on the last line.
fn fresh_line(text: &str, align: usize) -> bool {
    last_width(text) == align && text.lines().last().is_none_or(|line| line.trim().is_empty())
}

/// Puts as many items on each line as fit; nothing if one of them does not fit at all, not even, where that is
/// allowed, split into type and name.
fn pack(start: String, align: usize, items: &[String], tail: &str, split: bool) -> Option<String> {
    let mut text = start;
    for (index, item) in items.iter().enumerate() {
        let last = index + 1 == items.len();
        let end = if last { tail } else { "," };
        let width = item.chars().count() + end.chars().count();
        if index > 0 {
            if last_width(&text) + 1 + width <= COLUMNS {
                text.push(' ');
            } else {
                text.push('\n');
                text.push_str(&" ".repeat(align));
            }
        }
        if last_width(&text) + width > COLUMNS {
            // A parameter whose type fills the line has its name on the next one.
            let (ty, name) = item.rsplit_once(' ')?;
            if !split || !fresh_line(&text, align) || align + ty.chars().count() > COLUMNS {
                return None;
            }
            text += &format!("{ty}\n{:1$}{name}{end}", "", align + 4);
            continue;
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
