//! WIT doc comments as C++ comments.

/// Columns that a line of generated code may take.
pub const COLUMNS: usize = 100;

/// `docs` as lines of a `///` comment, each behind `indent`, with long paragraphs wrapped. What is laid out by hand in
/// Markdown (tables, code blocks, indented code, headings) keeps its lines.
pub fn comment(docs: Option<&str>, indent: usize) -> String {
    let Some(docs) = docs else {
        return String::new();
    };
    lines("///", docs, indent)
}

/// The same for an ordinary comment, in front of which `marker` stands (`//` or `///`).
pub fn lines(marker: &str, text: &str, indent: usize) -> String {
    let prefix = format!("{:indent$}{marker}", "");
    let width = COLUMNS.saturating_sub(prefix.chars().count() + 1).max(20);
    let mut out = String::new();
    let mut code_block = false;
    for line in paragraphs(text) {
        let fence = line.trim_start().starts_with("```");
        let wrapped = if code_block || fence || keeps_layout(&line) {
            vec![line]
        } else {
            wrap(&line, width)
        };
        code_block ^= fence;
        for line in wrapped {
            // A backslash at the end would continue the comment into the next line of code.
            let line = line.trim_end().trim_end_matches('\\').trim_end();
            if line.is_empty() {
                out += &format!("{prefix}\n");
            } else {
                out += &format!("{prefix} {line}\n");
            }
        }
    }
    out
}

/// Joins the lines of each paragraph and list item to one; layout that must stay comes line by line.
fn paragraphs(text: &str) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    let mut open = false;
    let mut code_block = false;
    for line in text.trim_end().lines() {
        let line = line.trim_end();
        let fence = line.trim_start().starts_with("```");
        if code_block || fence || line.is_empty() || keeps_layout(line) {
            result.push(line.to_string());
            open = false;
            code_block ^= fence;
        } else if open && list_item(line).is_none() {
            let last = result.last_mut().expect("an open paragraph has a line");
            last.push(' ');
            last.push_str(line.trim_start());
        } else {
            result.push(line.to_string());
            open = true;
        }
    }
    result
}

/// Tables, headings and indented code.
fn keeps_layout(line: &str) -> bool {
    let trimmed = line.trim_start();
    trimmed.starts_with('|') || trimmed.starts_with('#') || line.len() - trimmed.len() >= 4
}

/// Where the text of a list item starts; nothing if the line does not start one.
fn list_item(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start().len();
    let rest = &line[indent..];
    if rest.starts_with("- ") || rest.starts_with("* ") {
        return Some(indent + 2);
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && rest[digits..].starts_with(". ")).then_some(indent + digits + 2)
}

/// Breaks `line` at blanks; what continues a list item is indented like its text. Words longer than `width` stay whole,
/// and so do blanks inside of code in backticks, where that is possible.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let indent = match list_item(line) {
        Some(start) => start,
        None => line.len() - line.trim_start().len(),
    };
    let hang = " ".repeat(indent);
    let mut result = Vec::new();
    let mut current = line[..line.len() - line.trim_start().len()].to_string();
    let mut has_word = false;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if has_word && current.chars().count() + 1 + length > width {
            result.push(std::mem::replace(&mut current, hang.clone()));
            has_word = false;
        }
        if has_word {
            current.push(' ');
        }
        current.push_str(word);
        has_word = true;
    }
    result.push(current);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_to_the_columns() {
        let text = comment(Some(&"word ".repeat(40)), 2);
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().all(|line| line.len() <= COLUMNS && line.starts_with("  /// word")));
    }

    #[test]
    fn lists_hang_and_tables_stay() {
        let docs = format!(
            "Intro.\n\n- {}\n  more\n\n| a | b |\n|---|---|\n| {} |",
            "long ".repeat(30),
            "x".repeat(120)
        );
        let text = comment(Some(&docs), 0);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "/// Intro.");
        assert_eq!(lines[1], "///");
        assert!(lines[2].starts_with("/// - long"));
        assert!(lines[3].starts_with("///   long") && lines[3].ends_with("more"));
        assert_eq!(lines[5], "/// | a | b |");
        assert!(lines[7].len() > COLUMNS);
    }

    #[test]
    fn code_blocks_keep_their_lines() {
        let text = comment(Some("See:\n```wit\na\n  b\n```\nafter\nthat"), 0);
        assert_eq!(text, "/// See:\n/// ```wit\n/// a\n///   b\n/// ```\n/// after that\n");
    }

    #[test]
    fn a_comment_never_swallows_code() {
        assert_eq!(comment(Some("ends with \\"), 0), "/// ends with\n");
        assert_eq!(comment(None, 0), "");
    }
}
