//! The fields of a line: split at a delimiter, quoted or not.

use std::borrow::Cow;

/// Splits a line, dropping spaces around fields that are not quoted.
///
/// # Errors
/// Where a quote is not closed, or text follows one.
pub(in crate::importing) fn split<'a>(
    line: &'a str,
    delimiter: u8,
    fields: &mut Vec<Cow<'a, str>>,
) -> Result<(), String> {
    fields.clear();
    let delimiter = char::from(delimiter);
    let is_blank = |letter: char| letter != delimiter && (letter == ' ' || letter == '\t');
    let mut rest = line;
    loop {
        let text = rest.trim_start_matches(is_blank);
        let (field, after) = match text.strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let end = text.find(delimiter).unwrap_or(text.len());
                (Cow::Borrowed(text[..end].trim_end_matches(is_blank)), &text[end..])
            }
        };
        fields.push(field);
        let after = after.trim_start_matches(is_blank);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(()),
            None => return Err("text follows a closing quote".to_owned()),
        }
    }
}

/// A quoted field without its quotes, and what follows it; two quotes stand for one.
fn unquote(text: &str) -> Result<(Cow<'_, str>, &str), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"').ok_or_else(|| "a quote is not closed".to_owned())?;
        match after.strip_prefix('"') {
            Some(next) => {
                field.push_str(before);
                field.push('"');
                rest = next;
            }
            None if field.is_empty() => return Ok((Cow::Borrowed(before), after)),
            None => {
                field.push_str(before);
                return Ok((Cow::Owned(field), after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    fn check(line: &str, delimiter: u8, expected: Result<&[&str], &str>) {
        let mut fields = Vec::new();
        let found = split(line, delimiter, &mut fields);
        match expected {
            Ok(expected) => {
                assert_eq!(found, Ok(()), "{line}");
                assert_eq!(fields, expected, "{line}");
            }
            Err(part) => assert!(found.unwrap_err().contains(part), "{line}"),
        }
    }

    #[test]
    fn lines_split_into_fields() {
        check("a,b,c", b',', Ok(&["a", "b", "c"]));
        check("a, b ,c,", b',', Ok(&["a", "b", "c", ""]));
        check("", b',', Ok(&[""]));
        check("\"Date\",\"Time\" ,1", b',', Ok(&["Date", "Time", "1"]));
        check("\"a \"\"b\"\", c\",d", b',', Ok(&["a \"b\", c", "d"]));
        check("a\tb c\td", b'\t', Ok(&["a", "b c", "d"]));
        check("a b", b' ', Ok(&["a", "b"]));
        check("a;b", b',', Ok(&["a;b"]));
        check("\"a", b',', Err("a quote is not closed"));
        check("\"a\"b,c", b',', Err("text follows a closing quote"));
    }
}
