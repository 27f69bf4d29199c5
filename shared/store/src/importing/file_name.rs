//! Templates of file names, from which a contract is read: `{root}_{month}{yy}_1min.txt`.

use peaktrade_domain::{ContractMonth, ContractRoot};

/// A template: literal text in any case, `*` for any text, and placeholders.
///
/// * `{root}`: product root, 1 to 8 letters or digits; it is tried from the shortest on;
/// * `{month}`: month letter; `{mm}`: month as two digits;
/// * `{y}`, `{yy}`, `{yyyy}`: year in one, two or four digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameTemplate {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(u8),
    Any,
    Root,
    MonthLetter,
    MonthNumber,
    Year(usize),
}

/// What a name says of its contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NamedContract {
    root: String,
    month: String,
    year: String,
}

impl NamedContract {
    /// The root, where the name has one.
    pub(crate) fn root(&self) -> Option<ContractRoot> {
        self.root.parse().ok()
    }

    /// The contract as symbols write it. Example: "NQH24".
    pub(crate) fn symbol(&self) -> String {
        format!("{}{}{}", self.root, self.month, self.year)
    }
}

/// Longest template and longest name in bytes: matching takes time with their product for each `*`.
const LENGTH_MAX: usize = 255;
/// `*` in a template at most.
const ANY_MAX: usize = 3;

impl NameTemplate {
    /// Reads a template of a profile.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LENGTH_MAX || !text.is_ascii() {
            return Err(format!("file name {text:?}; at most {LENGTH_MAX} characters of ASCII are allowed"));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.bytes().next() {
            let (part, length) = match first {
                b'*' => (Part::Any, 1),
                b'{' => placeholder(rest).ok_or_else(|| {
                    format!("file name {text:?}; the placeholders are {{root}} {{month}} {{mm}} {{y}} {{yy}} {{yyyy}}")
                })?,
                letter => (Part::Literal(letter.to_ascii_lowercase()), 1),
            };
            parts.push(part);
            rest = rest.get(length..).unwrap_or("");
        }
        if parts.iter().filter(|part| **part == Part::Any).count() > ANY_MAX {
            return Err(format!("file name {text:?}; at most {ANY_MAX} times * is allowed"));
        }
        Ok(Self { parts })
    }

    /// What a name says; `None` where it is not of this template.
    pub(crate) fn read(&self, name: &str) -> Option<NamedContract> {
        if name.len() > LENGTH_MAX {
            return None;
        }
        let mut found = NamedContract::default();
        matches(&self.parts, name.as_bytes(), &mut found).then_some(found)
    }
}

fn placeholder(text: &str) -> Option<(Part, usize)> {
    let all = [
        ("{root}", Part::Root),
        ("{month}", Part::MonthLetter),
        ("{mm}", Part::MonthNumber),
        ("{y}", Part::Year(1)),
        ("{yy}", Part::Year(2)),
        ("{yyyy}", Part::Year(4)),
    ];
    all.into_iter().find(|(name, _)| text.starts_with(name)).map(|(name, part)| (part, name.len()))
}

/// Matches the rest of a name with the rest of a template, filling in what placeholders stand for.
fn matches(parts: &[Part], name: &[u8], found: &mut NamedContract) -> bool {
    let Some((part, rest)) = parts.split_first() else { return name.is_empty() };
    let (first, tail) = (name.first().copied(), name.get(1..).unwrap_or(&[]));
    match part {
        Part::Literal(letter) => {
            first.is_some_and(|first| first.to_ascii_lowercase() == *letter) && matches(rest, tail, found)
        }
        Part::Any => (0..=name.len()).any(|length| matches(rest, &name[length..], found)),
        Part::Root => (1..=name.len().min(8)).any(|length| {
            let root = name[..length].to_ascii_uppercase();
            let root = String::from_utf8(root).ok().filter(|root| root.parse::<ContractRoot>().is_ok());
            root.is_some_and(|root| {
                found.root = root;
                matches(rest, &name[length..], found)
            })
        }),
        Part::MonthLetter => {
            let letter = first.map(|first| first.to_ascii_uppercase());
            letter.and_then(ContractMonth::from_letter).is_some_and(|month| {
                found.month = month.letter().to_string();
                matches(rest, tail, found)
            })
        }
        Part::MonthNumber => digits(name, 2).is_some_and(|number| {
            let month = number.parse().ok().and_then(ContractMonth::from_number);
            month.is_some_and(|month| {
                found.month = month.letter().to_string();
                matches(rest, &name[2..], found)
            })
        }),
        Part::Year(length) => digits(name, *length).is_some_and(|year| {
            found.year = year.to_owned();
            matches(rest, &name[*length..], found)
        }),
    }
}

fn digits(name: &[u8], length: usize) -> Option<&str> {
    let text = std::str::from_utf8(name.get(..length)?).ok()?;
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::NameTemplate;

    fn check(template: &str, name: &str, expected: Option<&str>) {
        let found = NameTemplate::parse(template).unwrap().read(name).map(|named| named.symbol());
        assert_eq!(found.as_deref(), expected, "{template} on {name}");
    }

    #[test]
    fn names_give_contracts() {
        check("{root}_{month}{yy}_1min.txt", "NQ_H24_1min.txt", Some("NQH24"));
        check("{root}_{month}{yy}_1min.txt", "MNQ_Z25_1MIN.TXT", Some("MNQZ25"));
        check("{root}_{month}{yy}_1min.txt", "NQ_H24_5min.txt", None);
        check("{root}_{month}{yy}_1min.txt", "NQ_I24_1min.txt", None);
        check("{root}{month}{yy}_intraday-1min*", "nqh26_intraday-1min_historical-data-01-02-2026.csv", Some("NQH26"));
        check("*_{root}{month}{yyyy}, 1.csv", "CME_MINI_NQH2026, 1.csv", Some("NQH2026"));
        check("*_{root}{month}{yyyy}, 1.csv", "CME_MINI_NQ1!, 1.csv", None);
        check("*!, *.csv", "CME_MINI_NQ1!, 5.csv", Some(""));
        // A root may end in letters of months.
        check("{root}{month}{y}.csv", "MNQH6.csv", Some("MNQH6"));
        check("{root} {mm}-{yy}.txt", "NQ 03-25.txt", Some("NQH25"));
        check("{root} {mm}-{yy}.txt", "NQ 13-25.txt", None);
        check("{root}.csv", "TOOLONGROOT.csv", None);
    }

    #[test]
    fn templates_that_are_none_are_refused() {
        for bad in ["{year}", "{root", "*a*b*c*", "é"] {
            assert!(NameTemplate::parse(bad).is_err(), "{bad}");
        }
    }
}
