//! Elements of a page. Whatever is put into one is escaped, so nothing that a customer wrote becomes markup.

use std::fmt::{self, Display};

/// Elements that have no end tag.
const VOID: [&str; 6] = ["meta", "br", "wbr", "input", "link", "hr"];

/// An element with its attributes and what is in it.
#[derive(Debug, Clone)]
pub struct Element {
    name: &'static str,
    attributes: String,
    inside: String,
}

/// Begins an element. Names are the program's own, never data.
pub fn element(name: &'static str) -> Element {
    Element { name, attributes: String::new(), inside: String::new() }
}

impl Element {
    /// Adds an attribute.
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.attributes.push(' ');
        self.attributes.push_str(name);
        self.attributes.push_str("=\"");
        escape(&value.to_string(), &mut self.attributes);
        self.attributes.push('"');
        self
    }

    /// Adds an attribute that is there or not, such as `required`.
    pub fn flag(mut self, name: &'static str, is_set: bool) -> Self {
        if is_set {
            self.attributes.push(' ');
            self.attributes.push_str(name);
        }
        self
    }

    /// Adds classes of the style sheet.
    pub fn class(self, names: &str) -> Self {
        self.with("class", names)
    }

    /// Adds text.
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        escape(text.as_ref(), &mut self.inside);
        self
    }

    /// Adds an element.
    pub fn child(mut self, child: Element) -> Self {
        child.write(&mut self.inside);
        self
    }

    /// Adds elements: any number of them, or one that may be missing.
    pub fn children(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Self::child)
    }

    /// Adds a style sheet, which is the program's own and no data.
    pub fn sheet(mut self, css: &'static str) -> Self {
        self.inside.push_str(css);
        self
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        out.push_str(&self.attributes);
        out.push('>');
        if !VOID.contains(&self.name) {
            out.push_str(&self.inside);
            out.push_str("</");
            out.push_str(self.name);
            out.push('>');
        }
    }
}

impl Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = String::new();
        self.write(&mut written);
        f.write_str(&written)
    }
}

/// Writes text so that it stands as text, between tags and between quotes.
fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(character),
            // HTML has no place for these, however they are written.
            _ if character.is_control() => out.push('\u{fffd}'),
            // They turn letters around against their own direction, which no writing needs and a swindler does.
            '\u{202d}' | '\u{202e}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_written_as_they_are_built() {
        let check = |element: Element, expected: &str| assert_eq!(element.to_string(), expected);
        check(element("p").class("lead").text("a & b"), "<p class=\"lead\">a &amp; b</p>");
        check(element("meta").with("charset", "utf-8"), "<meta charset=\"utf-8\">");
        check(element("ul").children([element("li").text("1"), element("li")]), "<ul><li>1</li><li></li></ul>");
        check(element("b").with("title", "\"><script>"), "<b title=\"&quot;&gt;&lt;script&gt;\"></b>");
        check(element("p").text("a\u{0}b\u{1b}\n"), "<p>a\u{fffd}b\u{fffd}\n</p>");
        check(element("p").text("pay \u{202e}001"), "<p>pay \u{fffd}001</p>");
        check(
            element("input").with("name", "note").flag("required", true).flag("disabled", false),
            "<input name=\"note\" required>",
        );
    }

    proptest! {
        #[test]
        fn text_comes_back_as_it_was_and_none_of_it_is_markup(text in "[<>&\"'a-z鱼 ]{0,40}") {
            let mut out = String::new();
            escape(&text, &mut out);
            prop_assert!(!out.contains(['<', '>', '"', '\'']));
            let read = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
            let back = read.iter().fold(out, |out, (escaped, plain)| out.replace(escaped, plain));
            prop_assert_eq!(back, text);
        }
    }
}
